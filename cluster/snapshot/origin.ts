import { asRoot } from "../node/privilege.ts";
import { lineOf, script } from "../script.ts";
import { type ProofArgs, proofValues } from "./proof.ts";

const readOrigin = script(import.meta.dirname, "origin.sh");

/**
 * Whether a node's snapshot is of the cluster whose namespace kube-system has this uid: Kubernetes writes the uid into
 * etcd as text, and it stays the same for as long as the cluster exists.
 */
export function snapshotOriginScript(snapshot: ProofArgs, uid: string): string {
  return asRoot(readOrigin({ ...proofValues(snapshot), uid }));
}

/** Undefined where that is not known. */
export function isOfAnotherCluster(printed: string): boolean | undefined {
  const origin = lineOf(printed, "origin");
  return origin === undefined ? undefined : origin === "another";
}
