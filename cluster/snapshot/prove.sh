#!/bin/sh
# Functions that prove a snapshot of this name in the folder, with coreutils, and gzip for zips. A file is a whole etcd v3
# snapshot, plain or as the member /backup/NAME of a zip, when its length is 32 modulo 512 and its last 32 bytes are the
# sha256 of what comes before.
set -u
umask 077
# expected: the sha256 of the file or of the snapshot in a zip; empty where any snapshot of the name will do.
# zips: yes where the RKE that restores reads zips.
: "${folder?}" "${name?}" "${expected?}" "${zips?}"
. ../script.sh
. ./archive.sh

digest() { sha256sum | { read -r digest _; echo "$digest"; }; }

# Not echo: dash's takes a backslash in a name for an escape.
say() { printf '%s\n' "$*" >&2; }

# What is to be known of the snapshot in a file, in one pass, since unpacking takes as long as all else together: `begins`
# and the sha256 of all but its last 32 bytes, `ends` and these, `content` and the sha256 of it all, in any order, and
# `intact` where the zip's own checksum is right.
read_once() { # FILE
  {
    {
      {
        {
          if unpack "$1"; then echo intact >&3; fi
        } | tee /dev/fd/4 | tee /dev/fd/5 | { printf 'ends %s\n' "$(tail -c 32 | od -An -v -tx1 | tr -d ' \n')" >&3; }
      } 5>&1 | { printf 'content %s\n' "$(digest)" >&3; }
    } 4>&1 | {
      printf 'begins %s\n' "$(head -c $((unpacked - 32)) | digest)" >&3
      cat >/dev/null
    }
  } 3>&1
}

find_in() { # FILE: finds the snapshot in it for `unpack`, unproven; sets bytes and unpacked, or why
  why='' bytes=$(size "$1") method=plain
  unpacked=$bytes
  if is_zip "$1"; then
    if [ "$zips" = no ]; then because zip-for-old-rke; return; fi
    member "$1" "/backup/$name" || return 1
  fi
}

prove() { # FILE: sets bytes, unpacked, sha and content, or why
  find_in "$1" || return 1
  if [ $((unpacked % 512)) -ne 32 ] || [ "$unpacked" -le 32 ]; then
    because cut-short length="$unpacked"; return
  fi
  if ! command -v tee >/dev/null || [ ! -d /dev/fd ]; then
    because no-tee; return
  fi
  begins='' ends='' content='' intact=''
  while read -r what value; do
    case $what in
      begins) begins=$value ;;
      ends) ends=$value ;;
      content) content=$value ;;
      intact) intact=yes ;;
    esac
  done <<READ
$(read_once "$1")
READ
  if [ -z "$ends" ] || [ "$ends" != "$begins" ]; then because damaged; return; fi
  if [ -z "$intact" ]; then because zip-checksum path="/backup/$name"; return; fi
  if [ "$method" = plain ]; then sha=$content; else sha=$(digest <"$1"); fi
  [ -z "$expected" ] || [ "$expected" = "$sha" ] || [ "$expected" = "$content" ] || because other-sha256 sha="$sha" expected="$expected"
}

# For a file that was proven moments ago, or that etcd proves as it restores it.
pick() { # sets right to the file that RKE would take, unproven, and finds the snapshot in it
  right=''
  for file in "$name.zip" "$name"; do
    [ -f "$folder/$file" ] || continue
    [ "$zips" = yes ] || [ "$file" = "$name" ] || continue
    right=$file
    find_in "$folder/$file"
    return
  done
  because absent folder="$folder"
}

unpack_to() { # TARGET FILE: writes what was found in it, and sets content
  content=$(unpack "$2" | tee "$1" | digest) && [ "$(size "$1")" -eq "$unpacked" ]
}

prove_here() { # NAME in the folder: proves it as what RKE takes a file of this name for
  why=''
  if [ "$1" != "$name" ]; then is_zip "$folder/$1" || because no-zip
  elif [ "$zips" = yes ] && is_zip "$folder/$1"; then because zip-name name="$name"; fi
  [ -z "$why" ] && prove "$folder/$1"
}

has_state() { # FILE that is proven: whether RKE finds a whole state file in it. In a shell of its own: what prove has set stays.
  (is_zip "$1" && member "$1" "/etc/kubernetes/$name.rkestate" && unpack "$1" >/dev/null)
}

note() { # FILE that is proven: keeps what is known of it, since other files are proven after it
  right_content=$content right_bytes=$bytes right_sha=$sha right_unpacked=$unpacked right_time=$(date -r "$1" +%s)
  if has_state "$1"; then right_state=with; else right_state=without; fi
}

find_right() { # sets right to the file that is there and right, and wrong to those that are not, with the reasons (defectsText)
  right='' wrong=''
  # The zip first: RKE unpacks it over the plain file, so it is what is restored.
  for file in "$name.zip" "$name"; do
    [ -f "$folder/$file" ] || continue
    [ "$zips" = yes ] || [ "$file" = "$name" ] || continue
    say "proving $folder/$file"
    if ! prove_here "$file"; then
      wrong="${wrong:+$wrong
}value file $file
$why"
      continue
    fi
    if [ -n "$right" ] && [ "$content" != "$right_content" ]; then
      fail two-snapshots folder="$folder" name="$name"
    fi
    [ -n "$right" ] || { right=$file; note "$folder/$file"; }
  done
}

report() { # HOW it came here; with what find_right has passed over
  tell snapshot "$1" file="$right" bytes="$right_bytes" sha256="$right_sha" content="$right_content" \
    unpacked="$right_unpacked" time="$right_time" state="$right_state" wrong="${wrong-}"
}
