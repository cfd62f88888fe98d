import { z } from "zod";
import { jsonOf } from "../json.ts";
import { OWN_FOLDER } from "../node/ownFolder.ts";
import { asRoot } from "../node/privilege.ts";
import { lineOf, script } from "../script.ts";

export const LOCK_FILE = `${OWN_FOLDER}/lock`;

/** Who holds a cluster, for what, since when. Two laptops with two backends are still one cluster (design law 6). */
export const lockSchema = z.object({
  id: z.string().describe("what `unlock --of` takes"),
  holder: z.string().describe("user@machine"),
  machine: z.string().optional().describe("the folder with the cluster file there; absent where it cannot be told"),
  stack: z.string(),
  snapshot: z.string(),
  since: z.string().describe("ISO 8601"),
});
export type Lock = z.infer<typeof lockSchema>;

/** The ids that this program gives to locks, and releases them by. */
export const LOCK_ID_PATTERN = /^[0-9a-f]{8}$/;

/** Whether a lock can be released by its id: one that somebody has written otherwise cannot. */
export function isReleasable({ id }: Pick<Lock, "id">): boolean {
  return LOCK_ID_PATTERN.test(id);
}

const take = script(import.meta.dirname, "take.sh");
const holder = script(import.meta.dirname, "holder.sh");
const release = script(import.meta.dirname, "release.sh");

export function lockScript(lock: Lock): string {
  return asRoot(take({ file: LOCK_FILE, id: lock.id, lock: JSON.stringify(lock) }));
}

export const HOLDER_SCRIPT = asRoot(holder({ file: LOCK_FILE }));

export function unlockScript(id: string): string {
  return asRoot(release({ file: LOCK_FILE, id }));
}

/** What the scripts print → whether the lock was taken, and who holds it if another does. */
export function parseLock(printed: string): { taken: boolean; held?: Lock } {
  const held = lineOf(printed, "held");
  return { taken: lineOf(printed, "taken") !== undefined, ...(held !== undefined && { held: readable(held) }) };
}

const UNKNOWN: Lock = { id: "unreadable", holder: "someone", stack: "?", snapshot: "?", since: "?" };

/** Whether a lock tells who holds it. */
export function namesHolder({ holder }: Lock): boolean {
  return holder !== UNKNOWN.holder;
}

const asFound = z.object({
  id: z.string().catch(UNKNOWN.id),
  holder: z.string().catch(UNKNOWN.holder),
  machine: z.string().optional().catch(undefined),
  stack: z.string().catch(UNKNOWN.stack),
  snapshot: z.string().catch(UNKNOWN.snapshot),
  since: z.string().catch(UNKNOWN.since),
});

/** A lock that someone has written otherwise is held all the same. */
function readable(line: string): Lock {
  return asFound.catch(UNKNOWN).parse(jsonOf(line));
}
