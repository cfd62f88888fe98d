import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { jsonOf } from "../json.ts";
import type { Problem } from "../problem.ts";
import { shellCommand } from "../shell.ts";
import { replaceSynced } from "../stateFolder/keep.ts";
import { stateFolder } from "../stateFolder/path.ts";
import { snapshotContentSchema } from "./content.ts";

/** That a snapshot was proven from this machine. */
export const provenSnapshotSchema = z.object({
  name: z.string(),
  how: z
    .enum(["opened", "hash"])
    .describe("opened: etcd restored it into a container and its keys were read; hash: its own sha256 is right"),
  by: z.enum(["plan", "apply", "prepare", "prove", "snapshots"]),
  at: z.iso.datetime(),
  nodes: z.array(z.string()).describe("whose copies were proven"),
  source: z
    .string()
    .optional()
    .describe("the folder in S3 that it was fetched from; no copy on a node was proven then"),
  unpacked: z.int().describe("bytes of the snapshot itself"),
  compared: z.boolean().optional().describe("true: it holds all live objects but those that are newer"),
  takenAt: z.iso.datetime({ offset: true }).optional(),
  holds: snapshotContentSchema.optional(),
});
export type ProvenSnapshot = z.infer<typeof provenSnapshotSchema>;

/** How many are remembered. */
const KEPT = 200;

/** Clocks of machines, and of their file systems, differ a little; ms. */
const SKEW = 5000;

/** Every snapshot that was proven from this machine, the last proof of each way and place, the newest first. */
export function provenSnapshots(clusterFile: string): ProvenSnapshot[] {
  return readProofs(clusterFile).proofs;
}

/** Every proven snapshot as above, and why some may be missing. */
export function readProofs(clusterFile: string): { proofs: ProvenSnapshot[]; unread?: Problem } {
  const file = fileOf(clusterFile);
  try {
    const proofs = read(file);
    if (proofs) return { proofs };
    const message = `what was proven before is not known: ${file} is damaged`;
    return { proofs: [], unread: { message, remedy: "the next proof writes it anew" } };
  } catch (error) {
    return { proofs: [], unread: notReadable("what was proven before cannot be read", error, file) };
  }
}

/** Remembers that a snapshot was proven. No run fails for want of it. @returns why it could not. */
export function rememberProof(clusterFile: string, proven: ProvenSnapshot): Problem | undefined {
  const file = fileOf(clusterFile);
  try {
    const isAnother = ({ name, how, source }: ProvenSnapshot) =>
      name !== proven.name || how !== proven.how || source !== proven.source;
    const all = [proven, ...(read(file) ?? []).filter(isAnother)].slice(0, KEPT);
    // It stays the operator's whose cron job reads it, also after a run as root.
    replaceSynced(file, `${JSON.stringify(all, undefined, 2)}\n`, statSync(file, { throwIfNoEntry: false }));
    return undefined;
  } catch (error) {
    return notReadable("the proof cannot be remembered", error, file);
  }
}

/** Undefined where it is damaged. What another release has written otherwise is left out. */
function read(file: string): ProvenSnapshot[] | undefined {
  const text = textOf(file);
  if (text === undefined) return [];
  const all = jsonOf(text);
  return Array.isArray(all) ? all.flatMap((one) => provenSnapshotSchema.safeParse(one).data ?? []) : undefined;
}

/** Undefined where it is not there; its folder may be another user's. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function notReadable(what: string, error: unknown, file: string): Problem {
  return {
    message: `${what}: ${(error as Error).message}`,
    remedy: `let the user of this command read and write it: ${shellCommand(["ls", "-l", file])}`,
  };
}

/**
 * The proof of a copy that is on a node: by opening before by hash, then the last one. A file that was put there or
 * written later than the proof is another one for all that is known.
 * @param changedAt ms since 1970, by this machine's clock.
 */
export function proofOf(
  proofs: ProvenSnapshot[],
  copy: { name: string; node: string; unpacked: number | undefined; changedAt: number },
): ProvenSnapshot | undefined {
  return proofs
    .filter(
      ({ name, nodes, unpacked, at }) =>
        name === copy.name &&
        nodes.includes(copy.node) &&
        unpacked === copy.unpacked &&
        copy.changedAt <= Date.parse(at) + SKEW,
    )
    .sort((one, other) => (one.how === other.how ? (one.at > other.at ? -1 : 1) : one.how === "opened" ? -1 : 1))[0];
}

/** The proof of what is in a folder in S3, by opening before by hash. What was uploaded after it is another one. */
export function proofInBucket(
  proofs: ProvenSnapshot[],
  object: { name: string; place: string; uploadedAt: string },
): ProvenSnapshot | undefined {
  const of = proofs.filter(
    ({ name, source, at }) => name === object.name && source === object.place && object.uploadedAt <= at,
  );
  return of.find(({ how }) => how === "opened") ?? of[0];
}

function fileOf(clusterFile: string): string {
  return stateFolder(clusterFile, "proven.json");
}
