#!/bin/sh
# Sourced by open.sh: answers about single keys. No value leaves the node but the fields that the rules name.
#
# A rule is a line: `NUMBER show PATH…`, `NUMBER has PATH…`, `NUMBER same PATH…` or `NUMBER each PATH…`. A path in JSON has
# its names joined by dots, `[]` for the items of a list; one in protobuf is of field numbers. `has`, of JSON alone, shows
# `true` for a field that is neither null nor an empty text. `same` names what two versions of an object are compared by, all
# together; `each` names what is compared one by one, such as secrets, whose values must not leave the node.

# Reads objects, first those of the snapshot, and writes `field SIDE KEY PATH VALUE`, `same KEY`, `differs KEY`,
# `alike KEY PATH`, `unlike KEY PATH`. Each file has all objects of one side and form, whose keys are in the file `list`:
# - json: texts with quotes for newlines and the other way round, so that every second line is a string. Between two
#   objects there are bytes of value 2, which no JSON has.
# - proto: bytes as numbers. The list has for each object its length, and that with what fills it up to whole threes.
# shellcheck disable=SC2016,SC2154 # awk's; open.sh has the others
detail_program='
BEGIN {
  rules = split(ENVIRON["rules"], line, "\n")
  for (i = 1; i <= rules; i++) {
    words = split(line[i], word, " ")
    if (word[2] == "same") { sames[word[1]] = words - 2; for (j = 3; j <= words; j++) same[word[1], j - 2] = word[j] }
    if (word[2] == "each") { eaches[word[1]] = words - 2; for (j = 3; j <= words; j++) each[word[1], j - 2] = word[j] }
    if (word[2] == "has") for (j = 3; j <= words; j++) has[word[1], word[j]] = 1
    if (word[2] == "show") for (j = 3; j <= words; j++) {
      show[word[1], word[j]] = 1
      while (sub(/\.[^.]*$/, "", word[j])) into[word[1], word[j]] = 1
    }
  }
  while ((getline asked < (ENVIRON["asked"])) > 0) { split(asked, word, " "); sides[word[2]] = word[1]; ruleof[word[2]] = word[3] }
  skip["metadata.resourceVersion"]; skip["metadata.generation"]; skip["metadata.managedFields"]
  skip["metadata.annotations"]; skip["metadata.selfLink"]; skip["status"]
}

function begin() {
  size = filled = key = 0
  if ((getline listed < list) <= 0) return 0
  split(listed, word, " ")
  key = word[1]; size = word[2]; filled = word[3]; rule = ruleof[key]; text = ""
  split("", part)
  depth = 0; instring = 0; wantkey = 0; string = ""; literal = ""; n = 0
  return 1
}

function end(i) {
  if (sides[key] != "both") return
  if (side == "opened") {
    before[key] = text
    for (i = 1; i <= eaches[rule]; i++) before[key, i] = part[i]
    return
  }
  if (!(key in before)) return
  print (before[key] == text ? "same" : "differs"), key
  for (i = 1; i <= eaches[rule]; i++) print (before[key, i] == part[i] ? "alike" : "unlike"), key, each[rule, i]
}

function note(path, line, counting, i) {
  if (counting) text = text line
  for (i = 1; i <= eaches[rule]; i++) if (within(path, each[rule, i])) part[i] = part[i] line
}

function within(path, of) { return path == of || index(path, of ".") == 1 || index(path, of "[]") == 1 }

function counts(path, i) {
  if (rule in sames) {
    for (i = 1; i <= sames[rule]; i++) if (within(path, same[rule, i])) return 1
    return 0
  }
  for (i in skip) if (within(path, i)) return 0
  return 1
}

function value(literally, path) {
  path = isobject[depth] ? base[depth] (base[depth] == "" ? "" : ".") name[depth] : base[depth]
  if ((rule, path) in show) print "field", side, key, path, literally
  if ((rule, path) in has && literally != "null" && literally != "\"\"") print "field", side, key, path, "true"
  if (sides[key] == "both") note(path, "\n" path "=" literally, counts(path))
}

function flush() { if (literal != "") value(literal); literal = "" }

function open(object, path) {
  path = depth == 0 ? "" : isobject[depth] ? base[depth] (base[depth] == "" ? "" : ".") name[depth] : base[depth]
  depth++
  base[depth] = object ? path : path "[]"
  isobject[depth] = wantkey = object
}

function structure(s, i, c) {
  for (i = 1; i <= length(s); i++) {
    c = substr(s, i, 1)
    if (c == "\002") { between = 1; depth = 0; literal = "" }
    else if (depth == 0) { if (c == "{" && between && begin()) { between = 0; open(1) } }
    else if (c == "{") open(1)
    else if (c == "[") open(0)
    else if (c == "}" || c == "]") { flush(); depth--; wantkey = 0; if (depth == 0) end() }
    else if (c == ",") { flush(); wantkey = isobject[depth] }
    else if (c == ":") wantkey = 0
    else if (c ~ /[-+.a-zA-Z0-9]/) literal = literal c
  }
}

FNR == 1 { between = 1; depth = 0; instring = 0; n = filled = 0 }

# A string that has no end before the next object is none.
form == "json" && instring && index($0, "\002") { instring = 0; string = ""; sub(/^[^\002]*/, "") }

form == "json" && instring {
  string = string $0
  backslashes = match(string, /\\+$/) ? RLENGTH : 0
  if (backslashes % 2) { string = string "\""; next }
  instring = 0
  if (wantkey) name[depth] = string; else value("\"" string "\"")
  string = ""
  next
}
form == "json" { structure($0); instring = depth > 0; next }

function varint(number, worth) {
  number = 0; worth = 1
  while (at <= n && byte[at] > 127) { number += (byte[at++] - 128) * worth; worth *= 128 }
  return number + byte[at++] * worth
}

function ascii(from, to, i, s) {
  s = ""
  for (i = from; i < to; i++) {
    if (byte[i] < 32 || byte[i] > 126 || byte[i] == 34 || byte[i] == 92) return ""
    s = s sprintf("%c", byte[i])
  }
  return s
}

# Two sums stand for bytes: they stay in awk.
function bytes(from, to, i, one, other) {
  one = other = 0
  for (i = from; i < to; i++) { one = (one * 257 + byte[i]) % 17592186044399; other = (other * 263 + byte[i]) % 17592186044347 }
  return (to - from) ":" sprintf("%.0f:%.0f", one, other)
}

# Kubernetes ObjectMeta: 4 selfLink, 6 resourceVersion, 7 generation, 12 annotations, 17 managedFields. The annotations
# that are left out are heartbeats, or follow what is compared anyway.
function meaningful(path, from, entry) {
  if (path == "1" || path ~ /^1\.(4|6|7|17)$/) return 0
  if (path != "1.12") return path ~ /^1\./ || path !~ /\./
  entry = ascii(from + 2, from + 2 + byte[from + 1])
  return entry !~ /leader$|last-change-trigger-time$|^deployment\.kubernetes\.io\/revision$|^cattle\.io\/status$|^lifecycle\.cattle\.io\//
}

function message(path, from, to, tag, wire, here, start, len, body, number, counting) {
  at = from
  while (at < to) {
    start = at
    tag = varint(); wire = tag % 8; len = 0
    here = path (path == "" ? "" : ".") int(tag / 8)
    if (wire == 0) number = varint()
    else if (wire == 1) len = 8
    else if (wire == 2) len = varint()
    else if (wire == 5) len = 4
    else return
    body = at
    if (len > to - body) return
    if ((rule, here) in show) {
      if (wire == 0) print "field", side, key, here, number
      else if (ascii(body, body + len) != "") print "field", side, key, here, "\"" ascii(body, body + len) "\""
    }
    if (sides[key] == "both") {
      counting = rule in sames ? wanted(here) : meaningful(here, body)
      if (counting || eaches[rule] > 0) note(here, "\n" here ":" bytes(start, body + len), counting)
    }
    if (wire == 2 && ((rule, here) in into || here == "1")) message(here, body, body + len)
    at = body + len
  }
}

function wanted(path, i) {
  if (path ~ /^1\./) return meaningful(path, at)
  for (i = 1; i <= sames[rule]; i++) if (path == same[rule, i]) return 1
  return 0
}

# Behind the four bytes k8s\0 comes an Unknown (k8s.io/apimachinery runtime/generated.proto): 2 is the object.
function unwrap(tag, len) {
  at = 5
  while (at <= n) {
    tag = varint(); len = tag % 8 == 2 ? varint() : -1
    if (len < 0) return
    if (tag == 18) { message("", at, at + len); return }
    at += len
  }
}

form == "proto" {
  for (f = 1; f <= NF; f++) {
    if (n == 0 && !begin()) next
    byte[++n] = $f + 0
    if (n == filled) { n = size; unwrap(); end(); n = 0 }
  }
}
'

# answered SIDE: what the file `questions` asks, in the file `answers`. Half of the answers would look as if less were lost.
answered() {
  # shellcheck disable=SC2034 # of open.sh
  patience=$patience_later
  for _ in 1 2; do ask "$1" txn -w json <"$work/questions" >"$work/answers" 2>"$work/why" && return; done
  return 1
}

# objects SIDE: those of the file `asked`, as the program reads them: SIDE.json and SIDE.proto, each with its list. All of
# them are decoded at once, which one by one takes a hundred times as long. Base64 fills up what is not whole threes: here
# with bytes of value 2, of which there are three more behind each JSON.
# shellcheck disable=SC2154 # of open.sh
objects() {
  for form in json proto; do
    : >"$work/$1.$form"
    : >"$work/$1.$form.list"
    : >"$work/$form.encoded"
  done
  read -r _ consistency <"$work/$1.revision" || return 0
  {
    echo
    while read -r where _ _ plain; do
      case $where in "$1" | both) echo "get --consistency $consistency \"$plain\"" ;; esac
    done <"$work/asked"
    echo
    echo
  } >"$work/questions"
  if ! answered "$1"; then
    why=$(last_line "$(cat "$work/why")")
    [ "$1" = live ] || fail etcd-went-silent name="$name" said="$why"
    # From now on as where it has not been read at all.
    rm -f "$work/live.revision"
    tell unanswered said text="$why"
    return
  fi
  tr '{' '\n' <"$work/answers" |
    sed -n 's/^"key":"\([^"]*\)".*"value":"\([^"]*\)".*/\1 \2/p' |
    LC_ALL=C awk -v side="$1" -v work="$work" '
      {
        key = $1; value = $2; filled = length(value) * 3 / 4; size = filled
        if (sub(/==$/, "IC", value)) size -= 2
        else if (sub(/=$/, "C", value)) size -= 1
      }
      value ~ /^eyJ/ { print key >(work "/" side ".json.list"); print value "AgIC" >(work "/json.encoded"); next }
      value ~ /^azhzA/ { print key, size, filled >(work "/" side ".proto.list"); print value >(work "/proto.encoded"); next }
      { print "opaque", side, key }'
  base64 -d <"$work/json.encoded" | tr '"\n' '\n\001' >"$work/$1.json"
  base64 -d <"$work/proto.encoded" | od -An -v -tu1 >"$work/$1.proto"
  rm -f "$work/json.encoded" "$work/proto.encoded" "$work/answers"
}

# Standard input: `opened|live|both KEY RULE KEY-AS-TEXT` a line.
: "${rules?}"
answer() {
  left=yes
  while [ "$left" = yes ]; do
    : >"$work/asked"
    many=0
    while [ "$many" -lt 100 ]; do
      read -r asked || { left=no; break; }
      printf '%s\n' "$asked" >>"$work/asked"
      many=$((many + 1))
    done
    [ "$many" -gt 0 ] || break
    objects opened
    objects live
    set --
    for side in opened live; do
      for form in json proto; do set -- "$@" "side=$side" "form=$form" "list=$work/$side.$form.list" "$work/$side.$form"; done
    done
    LC_ALL=C rules=$rules asked=$work/asked awk "$detail_program" "$@"
    # There are secrets in them.
    rm -f "$work"/opened.json "$work"/opened.proto "$work"/live.json "$work"/live.proto
  done
  echo "answered"
}
