import { asRoot } from "../node/privilege.ts";
import type { Problem } from "../problem.ts";
import { shellWord } from "../shell.ts";

/** Where RKE keeps snapshots on the etcd hosts (v1.8.0, services/etcd.go). */
export const SNAPSHOT_FOLDER = "/opt/rke/etcd-snapshots";

/** A snapshot on a node that has been proven. */
export interface ProvenSnapshot {
  /** Its name in the folder: the snapshot's own, or with `.zip`. */
  file: string;
  bytes: number;
  /** sha256 of the file. */
  sha256: string;
  /** Bytes of the snapshot itself: of the same file, or of what the zip holds. */
  unpacked: number;
  /** When it was saved, ISO 8601: the time inside a zip, which copies keep, else that of the file. */
  takenAt: string;
  /** sha256 of the snapshot itself: of the same file, or of what the zip holds. The same on nodes whose zips differ. */
  content: string;
}

/** What a script says: the proven snapshot, or a sentence about why not and what to type. */
export type ProofReport = { snapshot: ProvenSnapshot; fetched: boolean; kept: string[] } | { failed: Problem };

/**
 * Shell functions for a POSIX shell with coreutils, and gzip for zips. `prove FILE` says whether a file is a whole etcd
 * v3 snapshot, plain or as the member `backup/NAME` of a zip: its length is 32 modulo 512 and its last 32 bytes are
 * the sha256 of what comes before. It sets bytes, sha and content, or why.
 *
 * A zip's deflated member is a gzip file but for the header, so it is read without unzip, which nodes need not have.
 * Its limit: zip64, that is a snapshot of 4 GiB or more.
 */
export const PROOF = `
size() { wc -c <"$1" | tr -d ' '; }
number() { # FILE OFFSET COUNT: little-endian
  sum=0 worth=1
  for byte in $(od -An -v -tu1 -j "$2" -N "$3" "$1"); do sum=$((sum + byte * worth)); worth=$((worth * 256)); done
  echo "$sum"
}
part() { tail -c "+$(($2 + 1))" "$1" | head -c "$3"; } # FILE OFFSET COUNT
member() { # FILE: finds backup/NAME in a zip; sets at, start, packed, unpacked, method
  end=$((bytes - 22))
  if [ "$end" -lt 0 ] || [ "$(number "$1" "$end" 4)" -ne $((0x06054b50)) ]; then why="is a zip that is cut short"; return 1; fi
  at=$(number "$1" $((end + 16)) 4) left=$(number "$1" $((end + 10)) 2) holds=
  while [ "$left" -gt 0 ]; do
    if [ "$(number "$1" "$at" 4)" -ne $((0x02014b50)) ]; then why="is a damaged zip"; return 1; fi
    length=$(number "$1" $((at + 28)) 2)
    found=$(part "$1" $((at + 46)) "$length" | tr -d '\\000')
    [ "$found" != "backup/$name" ] || break
    holds="$holds $found" left=$((left - 1))
    at=$((at + 46 + length + $(number "$1" $((at + 30)) 2) + $(number "$1" $((at + 32)) 2)))
  done
  if [ "$left" -eq 0 ]; then why="is a zip without backup/$name; it holds:$holds"; return 1; fi
  method=$(number "$1" $((at + 10)) 2) packed=$(number "$1" $((at + 20)) 4) unpacked=$(number "$1" $((at + 24)) 4)
  header=$(number "$1" $((at + 42)) 4)
  start=$((header + 30 + $(number "$1" $((header + 26)) 2) + $(number "$1" $((header + 28)) 2)))
  case $method in 0 | 8) ;; *) why="is a zip packed in a way that RKE does not use (method $method)"; return 1 ;; esac
  if [ "$unpacked" -eq $((0xffffffff)) ] || [ "$packed" -eq $((0xffffffff)) ]; then why="is a zip of 4 GiB or more, which cannot be proven here; unpack it"; return 1; fi
  if [ "$method" = 8 ] && ! command -v gzip >/dev/null; then why="is a zip, and there is no gzip here to prove it: apt-get install gzip"; return 1; fi
}
unpack() { # FILE: the snapshot itself
  case $method in
    plain) cat "$1" ;;
    0) part "$1" "$start" "$packed" ;;
    8) {
        printf '\\037\\213\\010\\000\\000\\000\\000\\000\\000\\003'
        part "$1" "$start" "$packed"; part "$1" $((at + 16)) 4; part "$1" $((at + 24)) 4
      } | gzip -dc 2>/dev/null ;;
  esac
}
digest() { sha256sum | { read -r digest _; echo "$digest"; }; }
prove() {
  why='' bytes=$(size "$1") method=plain
  unpacked=$bytes
  if [ "$(od -An -v -tx1 -N 2 "$1" | tr -d ' \\n')" = 504b ]; then member "$1" || return 1; fi
  if [ $((unpacked % 512)) -ne 32 ] || [ "$unpacked" -le 32 ]; then
    why="is cut short or no etcd snapshot: its length is $unpacked, which is not 32 modulo 512"; return 1
  fi
  if [ "$(unpack "$1" | tail -c 32 | od -An -v -tx1 | tr -d ' \\n')" != "$(unpack "$1" | head -c $((unpacked - 32)) | digest)" ]; then
    why="is damaged: the sha256 at its end is not that of what comes before"; return 1
  fi
  sha=$(digest <"$1")
  if [ "$method" = plain ]; then content=$sha; else content=$(unpack "$1" | digest); fi
  [ -z "$expected" ] || [ "$expected" = "$sha" ] || [ "$expected" = "$content" ] || { why="has the sha256 $sha, not $expected"; return 1; }
}
moment() { # FILE, after it is proven: when the snapshot was saved; a zip can have it in MS-DOS's way
  time=0 day=0
  [ "$method" = plain ] || { time=$(number "$1" $((at + 12)) 2) day=$(number "$1" $((at + 14)) 2); }
  if [ "$day" -eq 0 ]; then date -u -r "$1" +%Y-%m-%dT%H:%M:%SZ; return; fi
  printf '%04d-%02d-%02dT%02d:%02d:%02dZ' $((1980 + (day >> 9))) $(((day >> 5) & 15)) $((day & 31)) \
    $((time >> 11)) $(((time >> 5) & 63)) $(((time & 31) * 2))
}
# Not echo: dash's takes a backslash in a name for an escape.
say() { printf '%s\\n' "$*" >&2; }
fail() { printf 'failed %s\\nnext %s\\n' "$1" "$2"; exit 0; }
note() { # FILE: keeps what was proven of it, since other files are proven after it
  right_content=$content right_bytes=$bytes right_sha=$sha right_unpacked=$unpacked right_taken=$(moment "$1")
}
look() { # sets right to the file that is there and right, with its bytes, sha and content, and wrong to those that are not
  right='' wrong=''
  for file in "$name" "$name.zip"; do
    [ -f "$folder/$file" ] || continue
    say "proving $folder/$file"
    if ! prove "$folder/$file"; then say "$folder/$file $why"; wrong="$wrong$file $why; "; continue; fi
    if [ -n "$right" ] && [ "$content" != "$right_content" ]; then
      fail "$folder holds two different snapshots, $name and $name.zip" "give the sha256 of the one to restore, or move the other away"
    fi
    [ -n "$right" ] || { right=$file; note "$folder/$file"; }
  done
}
report() {
  printf 'snapshot %s %s %s %s %s %s %s\\n' "$1" "$right" "$right_bytes" "$right_sha" "$right_content" "$right_unpacked" "$right_taken"
}
`;

/** The variables that the functions above work with. */
export function proofVariables(name: string, sha256 = ""): string {
  return `set -u
umask 077
folder=${shellWord(SNAPSHOT_FOLDER)} name=${shellWord(name)} expected=${shellWord(sha256.toLowerCase())}
`;
}

/** A script that proves the snapshot a node has, and changes nothing. */
export function snapshotProofScript(name: string, sha256?: string): string {
  return asRoot(`${proofVariables(name, sha256)}${PROOF}
look
[ -n "$right" ] || fail "\${wrong:-there is no $name and no $name.zip in $folder}" "choose another source"
report there
`);
}

/** A script that writes a proven snapshot to standard output. */
export function sendScript(file: string): string {
  return asRoot(`exec cat ${shellWord(`${SNAPSHOT_FOLDER}/${file}`)}`);
}

/** The lines of the scripts → what they report. */
export function parseProof(printed: string): ProofReport {
  const lines = printed.split("\n").map((line) => line.split(" "));
  const rest = (kind: string) => lines.filter(([first]) => first === kind).map(([, ...words]) => words.join(" "));
  const [failed] = rest("failed");
  if (failed !== undefined) return { failed: { message: failed, remedy: rest("next")[0] ?? "" } };
  const [how, file = "", bytes, sha256 = "", content = "", unpacked, takenAt = ""] =
    rest("snapshot")[0]?.split(" ") ?? [];
  if (!how) return { failed: { message: "the script ended without a word", remedy: "look at the node" } };
  return {
    snapshot: { file, bytes: Number(bytes), sha256, content, unpacked: Number(unpacked), takenAt },
    fetched: how === "fetched",
    kept: rest("kept"),
  };
}
