import { asRoot } from "../node/privilege.ts";
import { shellCommand, shellWord } from "../shell.ts";
import { PROOF, proofVariables } from "./proof.ts";
import { type SnapshotSource, s3Place, urlAsSent } from "./source.ts";

/** A script for a node and what it reads from standard input; secrets are only in the latter. */
export interface PullScript {
  script: string;
  /** undefined: the snapshot's own bytes. */
  input?: string;
}

export interface PullArgs {
  name: string;
  source: SnapshotSource;
  /** Of the file, or of the snapshot in a zip; without it, any snapshot of that name whose own hash is right will do. */
  sha256?: string;
  /** The file that comes on standard input, for the sources `file` and `node`. */
  sent?: { bytes: number; sha256: string };
}

/** Stays free on the node's disk, in KiB: etcd and Docker, which may share it, stop when it is full. */
const SPARE = 256 * 1024;

/**
 * The script that makes sure that a node has a snapshot, for a POSIX shell with coreutils. What it says is read by
 * parseProof; its progress is on standard error.
 *
 * It fetches into a folder of its own beside the snapshots, so that renaming is atomic, and takes that away however it
 * ends; what a killed one or a power cut left there, the next one takes away. A file with the name that is not the
 * snapshot asked for is kept as `NAME.replaced-TIME`, never overwritten.
 */
export function pullScript({ name, source, sha256, sent }: PullArgs): PullScript {
  const { fetch, input } = fetching(source, name, sent);
  const script = `${proofVariables(name, sha256)}${PROOF}${PULL}
start
${fetch}
finish
`;
  return { script: asRoot(script), ...(input !== undefined && { input }) };
}

const PULL = `
mib() { echo "$((($1 + 1048575) / 1048576)) MiB"; }
last() { # the last line that a program said
  words='' line=''
  while IFS= read -r line || [ -n "$line" ]; do [ -z "$line" ] || words=$line; done <"$work/said"
  printf '%s\\n' "\${words:-it said nothing}"
}
cleanup() {
  # at once, and waited for: what still writes would put files back
  kill -KILL $fetch $ticker 2>/dev/null
  [ -z "$fetch" ] || wait "$fetch" 2>/dev/null
  rm -rf "$work"
}
tick() { while sleep 10 >/dev/null 2>&1 && [ -d "/proc/$$" ]; do # no longer than the shell itself
  [ ! -f "$work/snapshot" ] || say "$(mib "$(size "$work/snapshot")") fetched so far"
done; }
limited() { ulimit -f $((room * 2)); "$@"; }
run() { # COMMAND…: feeds it what is to be told in secret, and never lets it fill the disk
  # In the background, since a shell hears a signal only between its own commands.
  printf '%s\\n' "$feed" | limited "$@" >"$work/said" 2>&1 &
  fetch=$!
  wait "$fetch"
  code=$? fetch=''
}
fetched() { # FROM: after run
  kill -KILL "$ticker" 2>/dev/null; ticker=''
  [ "$code" -ne 0 ] || return 0
  got=0; [ ! -f "$work/snapshot" ] || got=$(size "$work/snapshot")
  [ "$got" -lt $((room * 1024)) ] || no_room "more than $(mib "$got")"
  fail "fetching from $1 ended with exit code $code: $(last)" "\${mend:-mend what is named, or choose another source}"
}
no_room() { fail "there is no room in $folder: the snapshot needs $1, $(mib $((free * 1024))) are free, and $(mib $((${SPARE} * 1024))) of them stay free for etcd and Docker" "make room on the node: df -h $folder"; }
room_for() { [ $(($1 / 1024)) -lt "$room" ] || no_room "$(mib "$1")"; }
has() { command -v "$1" >/dev/null 2>&1; }
keep() { # FILE: out of the way of RKE, but not gone; the file that is about to be replaced is there all the time
  kept=$1.replaced-$(date -u +%Y%m%dT%H%M%SZ)-$$
  { [ "$1" = "$right" ] && ln "$folder/$1" "$folder/$kept" 2>/dev/null; } || mv "$folder/$1" "$folder/$kept" ||
    fail "$folder/$1 cannot be renamed" "look at the node: ls -la $folder"
  printf 'kept %s\\n' "$kept"
}
start() {
  fetch='' ticker='' feed='' mend=''
  mkdir -p "$folder" 2>/dev/null
  [ -w "$folder" ] || fail "$(id -un) may not write $folder" "look at the node: ls -lad $folder; mount"
  work=$folder/.rancher-rollback-pull.$$
  for stale in "$folder"/.rancher-rollback-pull.*; do
    [ "$stale" != "$work" ] && [ -d "/proc/\${stale##*.}" ] || rm -rf "$stale"
  done
  look
  if [ -n "$right" ]; then settle; report there; exit 0; fi
  free=$(df -Pk "$folder" | tail -n 1 | { read -r _ _ _ free _; echo "$free"; })
  room=$((free - ${SPARE}))
  [ "$room" -gt 0 ] || no_room "some room"
  trap cleanup EXIT
  trap 'exit 143' HUP INT TERM PIPE
  mkdir "$work" || fail "nothing can be written into $folder" "look at the node's disk: df -h $folder; mount"
}
settle() { # the other name, under which RKE could find another snapshot
  expected=''
  for file in "$name" "$name.zip"; do
    if [ "$file" = "$right" ] || [ ! -f "$folder/$file" ]; then continue; fi
    if ! prove "$folder/$file" || [ "$content" != "$right_content" ]; then keep "$file"; fi
  done
}
finish() {
  say "proving what came"
  prove "$work/snapshot" || fail "what came $why" "\${mend:-give the sha256 of the right one, or choose another source}"
  right=$name
  note "$work/snapshot"
  [ "$method" = plain ] || case $name in *.zip) ;; *) right=$name.zip ;; esac
  sync "$work/snapshot" 2>/dev/null || sync
  [ ! -f "$folder/$right" ] || keep "$right"
  mv -f "$work/snapshot" "$folder/$right" || fail "$folder/$right cannot be written" "look at the node: ls -la $folder"
  settle
  report fetched
}
`;

function fetching(source: SnapshotSource, name: string, sent: PullArgs["sent"]): { fetch: string; input?: string } {
  if (source.kind === "s3") return fetchFromS3(source, name);
  if (source.kind === "url") return { fetch: FROM_URL, input: `${urlAsSent(source.url)}\n` };
  if (!sent) throw new Error("a snapshot that is sent is sent with its length and sha256");
  return { fetch: fromInput(sent) };
}

// The keys are in the environment of s3cmd alone: no command line, no file. The node's own s3cmd config is left out.
// RKE uploads NAME.zip; the runbook's snapshots have no extension.
function fetchFromS3(source: Extract<SnapshotSource, { kind: "s3" }>, name: string) {
  const { host, https, region, folder } = s3Place(source);
  const options = [
    "--config=/dev/null",
    `--host=${host}`,
    `--host-bucket=${host}`,
    `--region=${region}`,
    https ? "--ssl" : "--no-ssl",
    "--no-progress",
  ];
  const fetch = `${source.keys ? "IFS= read -r access; IFS= read -r secret" : "access='' secret=''"}
mend=${shellWord(source.keys ? "mend what s3cmd names: bucket, folder, endpoint, region, or the keys" : "mend what s3cmd names; an instance profile that requires IMDSv2 needs s3cmd 2.3.0 or later")}
s3cmd_with() {
  unset AWS_ACCESS_KEY AWS_SECRET_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN
  if [ -n "$access" ]; then AWS_ACCESS_KEY_ID=$access AWS_SECRET_ACCESS_KEY=$secret; export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; fi
  exec s3cmd ${shellCommand(options)} "$@"
}
has s3cmd || fail "s3cmd is not installed" "on the node: apt-get install s3cmd"
tried='' total=''
for key in ${name.endsWith(".zip") ? "" : '"$name.zip" '}"$name"; do
  from=${shellWord(folder)}$key
  say "asking for $from"
  run s3cmd_with info "$from"
  while read -r one two number _; do [ "$one $two" != "File size:" ] || total=$number; done <"$work/said"
  [ -z "$total" ] || break
  case $(last) in
    *404* | *403* | *NoSuchKey* | *"does not exist"*) tried="$tried$from: $(last); " ;;
    *) fail "s3cmd cannot read $from: $(last)" "$mend" ;;
  esac
done
[ -n "$total" ] || fail "there is no snapshot to be had: $tried" "$mend"
room_for "$total"
say "fetching $from ($(mib "$total"))"
tick & ticker=$!
run s3cmd_with get "$from" "$work/snapshot"
fetched "$from"
`;
  return { fetch, ...(source.keys && { input: `${source.keys.access}\n${source.keys.secret}\n` }) };
}

// A presigned URL is a credential: it goes to the program by its standard input, and is never said.
const FROM_URL = `IFS= read -r url
with_curl() { exec curl -q --config - --fail --silent --show-error --location --globoff --proto =http,https --proto-redir "=$redirected" --retry 3 --connect-timeout 20 --speed-time 60 --speed-limit 1 --max-filesize $((room * 1024)) --output "$work/snapshot"; }
with_wget() { exec wget --no-config --input-file=- --no-verbose --tries=3 --timeout=60 --output-document="$work/snapshot"; }
case $url in https:*) redirected=https ;; *) redirected=http,https ;; esac
say "fetching from the url"
tick & ticker=$!
if has curl; then
  feed="url = \\"$url\\""
  run with_curl
  [ "$code" -ne 63 ] || no_room "more than is left"
elif has wget && wget --version 2>/dev/null | head -n 1 | { read -r gnu _; [ "$gnu" = GNU ]; }; then
  feed=$url
  run with_wget
else
  fail "neither curl nor GNU wget is installed" "on the node: apt-get install curl"
fi
fetched "the url"
`;

// What comes is compared with what was sent before it is proven, so that a broken line is told from a bad snapshot.
function fromInput({ bytes, sha256 }: { bytes: number; sha256: string }): string {
  return `exec 3<&0
receive() { exec cat <&3 >"$work/snapshot"; }
room_for ${bytes}
say "receiving $(mib ${bytes})"
tick & ticker=$!
run receive
fetched "this machine"
[ "$(size "$work/snapshot")" -eq ${bytes} ] || fail "the transfer was cut short: $(size "$work/snapshot") of ${bytes} bytes came" "see that the connection holds"
[ "$(digest <"$work/snapshot")" = ${sha256} ] || fail "the transfer was damaged: another sha256 came than was sent" "see that the file is not being written"
`;
}
