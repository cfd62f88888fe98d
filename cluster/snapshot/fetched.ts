import { PassThrough } from "node:stream";
import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { nodeText } from "../clusterFile/node.ts";
import { OWN_FOLDER } from "../node/ownFolder.ts";
import { asRoot } from "../node/privilege.ts";
import { type HostKeyPolicy, orUnreachable, ssh } from "../node/ssh.ts";
import { type Problem, problemOf } from "../problem.ts";
import { lineOf, script } from "../script.ts";
import { failureOf, NO_RESULT } from "../scriptProblems/scriptProblems.ts";

const hold = script(import.meta.dirname, "hold.sh");

/** A folder on an etcd host from which RKE restores nothing, and which nothing else uses. */
interface HeldFolder {
  folder: string;
  /** Removes it; the next run that holds one on this host does where that is not possible. */
  letGo: () => Promise<void>;
}

/**
 * Holds a folder on a host for a snapshot that is fetched to be proven. It goes also when this process is killed: the
 * connection's end ends it.
 * @param timeoutSeconds how long it is held at most.
 */
export async function holdFolder(
  node: ClusterNode,
  hostKeys: HostKeyPolicy,
  timeoutSeconds: number,
): Promise<HeldFolder | { failed: Problem }> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let printed = "";
  const told = new Promise<"told">((resolve) => {
    output.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      if (/^folder .*\n/m.test(printed)) resolve("told");
      if (failureOf(printed)) input.end();
    });
  });
  const asked = { node, script: asRoot(hold({ state: OWN_FOLDER })), input, output, hostKeys, timeoutSeconds };
  const running = orUnreachable(ssh(asked));
  const first = await Promise.race([told, running]);
  if (typeof first === "object") return { failed: first.unreachable };
  const folder = lineOf(printed, "folder");
  if (folder === undefined) return { failed: problemOf(nodeText(node), failureOf(printed) ?? NO_RESULT) };
  const letGo = async () => {
    input.end();
    await running;
  };
  return { folder, letGo };
}
