import { asRoot } from "../node/privilege.ts";
import type { Problem } from "../problem.ts";
import { namesSnapshotsWithoutZip, type RkeVersion } from "../rke/version.ts";
import { linesOf, messagesOf, script } from "../script.ts";
import { defectsText } from "../scriptProblems/defects.ts";
import { failureOf, NO_RESULT } from "../scriptProblems/scriptProblems.ts";
import { shellCommand } from "../shell.ts";
import { takenAt } from "./takenAt.ts";

/** Where RKE keeps snapshots on the etcd hosts (v1.8.0, services/etcd.go). */
export const SNAPSHOT_FOLDER = "/opt/rke/etcd-snapshots";

export interface ProvenSnapshot {
  /** Its name in the folder: the snapshot's own, or with `.zip`. */
  file: string;
  bytes: number;
  sha256: string;
  /** Bytes of the snapshot itself: of the same file, or of what the zip holds. */
  unpacked: number;
  /** When it was saved, ISO 8601; absent where that is not known (takenAt.ts). */
  takenAt?: string;
  /** Whether RKE finds its own state file in it: RKE v1.1.5 and later restore with that instead of the operator's. */
  state: boolean;
  /** sha256 of the snapshot itself: of the same file, or of what the zip holds. The same on nodes whose zips differ. */
  content: string;
}

/** What a script says: the proven snapshot, or why there is none and what to type. */
export type ProofReport =
  | {
      snapshot: ProvenSnapshot;
      fetched: boolean;
      kept: string[];
      /** Why a file that was there is not the one, in words. */
      passedOver?: string;
    }
  | { failed: Problem };

/** Which snapshot is proven, and for which RKE. */
export interface ProofArgs {
  name: string;
  /** That of the file, or of the snapshot in a zip; without it, any snapshot of that name whose own hash is right will do. */
  sha256?: string;
  /** Whether the RKE that restores reads zips (namesSnapshotsWithoutZip); true where it is not given. */
  rkeReadsZips?: boolean;
  /** Where it lies; RKE's own folder if not given. */
  folder?: string;
}

/** What to prove of a snapshot that this RKE restores. */
export function proofArgs(name: string, rke: RkeVersion, sha256?: string): ProofArgs {
  return { name, ...(sha256 && { sha256 }), rkeReadsZips: namesSnapshotsWithoutZip(rke) };
}

export function proofValues({ name, sha256 = "", rkeReadsZips = true, folder = SNAPSHOT_FOLDER }: ProofArgs) {
  return { folder, name, expected: sha256.toLowerCase(), zips: rkeReadsZips ? "yes" : "no" };
}

const proof = script(import.meta.dirname, "proof.sh");

export function snapshotProofScript(args: ProofArgs): string {
  return asRoot(proof(proofValues(args)));
}

export function sendScript(file: string): string {
  return asRoot(shellCommand(["exec", "cat", `${SNAPSHOT_FOLDER}/${file}`]));
}

export function parseProof(printed: string): ProofReport {
  const failed = failureOf(printed);
  if (failed) return { failed };
  const [told] = messagesOf(printed, "snapshot");
  if (!told) return { failed: NO_RESULT };
  const { file = "", bytes, sha256 = "", content = "", unpacked, state, wrong = "", ...saved } = told.values;
  const time = takenAt(file, Number(saved.time));
  const about = { file, bytes: Number(bytes), sha256, content, unpacked: Number(unpacked), state: state === "with" };
  return {
    snapshot: { ...about, ...(time !== undefined && { takenAt: time }) },
    fetched: told.code === "fetched",
    kept: linesOf(printed, "kept"),
    ...(wrong && { passedOver: defectsText(wrong) }),
  };
}
