import { numberIn } from "../json.ts";
import { asRoot } from "../node/privilege.ts";
import type { Problem } from "../problem.ts";
import { lineOf, script } from "../script.ts";
import { failureOf } from "../scriptProblems/scriptProblems.ts";
import { type ProofArgs, proofValues } from "./proof.ts";

/** What etcd itself reads in a snapshot; undefined where the node has no etcd to ask. */
export type StatusReport = { revision: number; keys: number } | { failed: Problem } | undefined;

const readStatus = script(import.meta.dirname, "status.sh");

export function snapshotStatusScript(snapshot: ProofArgs): string {
  return asRoot(readStatus(proofValues(snapshot)));
}

export function parseStatus(printed: string): StatusReport {
  const failed = failureOf(printed);
  if (failed) return { failed };
  const status = lineOf(printed, "status");
  if (status === undefined) return undefined;
  const revision = numberIn(status, "revision");
  if (revision === undefined)
    return { failed: { message: `etcd cannot read it: ${status}`, remedy: "name another snapshot" } };
  return { revision: Number(revision), keys: Number(numberIn(status, "totalKey") ?? 0) };
}
