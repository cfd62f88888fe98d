import { asRoot, shellWord } from "../shell.ts";

/** Where an etcd host keeps the lock: RKE's wipe does not reach it (v1.8.0, hosts/hosts.go: /opt/rke survives). */
export const LOCK_FILE = "/opt/rke/rancher-rollback/lock";

/** Who holds a cluster, for what, since when. Two laptops with two backends are still one cluster (design law 6). */
export interface Lock {
  /** The holder's, 8 hexadecimal digits: a run that goes on has the same. */
  id: string;
  /** user@machine. */
  holder: string;
  stack: string;
  snapshot: string;
  /** ISO 8601. */
  since: string;
}

/**
 * Takes the lock of one host, or says who holds it. A lock is written whole under another name first and appears by a
 * hard link: of two that come at once one fails, and nobody ever reads half of it.
 */
export function lockScript(lock: Lock): string {
  return asRoot(`set -u
file=${shellWord(LOCK_FILE)}
mkdir -p "\${file%/*}" || exit 1
mine="\${file%/*}/.lock-${lock.id}-$$"
printf '%s\\n' ${shellWord(JSON.stringify(lock))} >"$mine" && { sync "$mine" 2>/dev/null || sync; } || exit 1
tries=0
until ln "$mine" "$file" 2>/dev/null && echo taken; do
  held=$(cat "$file" 2>/dev/null) && printf 'held %s\\n' "$held" && break
  tries=$((tries + 1))
  [ "$tries" -lt 5 ] || { echo "neither to be made nor to be read: $file" >&2; rm -f "$mine"; exit 1; }
done
rm -f "$mine"
`);
}

/** Says who holds a host. */
export const HOLDER_SCRIPT = asRoot(
  `held=$(cat ${shellWord(LOCK_FILE)} 2>/dev/null) && printf 'held %s\\n' "$held"; exit 0`,
);

/** Takes away the lock with this id, and no other one. */
export function unlockScript(id: string): string {
  return asRoot(`file=${shellWord(LOCK_FILE)}
case $(cat "$file" 2>/dev/null) in *${shellWord(`"id":"${id}"`)}*) rm -f "$file" && echo released ;; esac
exit 0`);
}

/** What the scripts print → whether the lock was taken, and who holds it if another does. */
export function parseLock(printed: string): { taken: boolean; held?: Lock } {
  const lines = printed.split("\n");
  const held = lines.find((line) => line.startsWith("held "))?.slice("held ".length);
  return { taken: lines.includes("taken"), ...(held !== undefined && { held: readable(held) }) };
}

/** A lock that someone has written otherwise is held all the same. */
function readable(line: string): Lock {
  const unknown = { id: "unreadable", holder: "someone", stack: "?", snapshot: "?", since: "?" };
  try {
    const found: unknown = JSON.parse(line);
    return typeof found === "object" && found !== null ? { ...unknown, ...found } : unknown;
  } catch {
    return unknown;
  }
}
