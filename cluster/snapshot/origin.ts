import { asRoot } from "../node/privilege.ts";
import { shellWord } from "../shell.ts";
import { PROOF, proofVariables } from "./proof.ts";

/**
 * Whether a node's snapshot is of the cluster whose namespace kube-system has this uid: Kubernetes writes the uid into
 * etcd as text, and it stays the same for as long as the cluster exists.
 */
export function snapshotOriginScript(name: string, uid: string): string {
  return asRoot(`${proofVariables(name)}${PROOF}
look
[ -n "$right" ] && prove "$folder/$right" || exit 0
if unpack "$folder/$right" | grep -qaF ${shellWord(uid)}; then echo "origin this"; else echo "origin another"; fi
`);
}

/** The script's lines → whether the snapshot is of another cluster; undefined where nobody can tell. */
export function isOfAnotherCluster(printed: string): boolean | undefined {
  const [, origin] = /^origin (\w+)$/m.exec(printed) ?? [];
  return origin === undefined ? undefined : origin === "another";
}
