import { PassThrough, type Readable } from "node:stream";
import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { type SshArgs, ssh } from "../node/ssh.ts";
import { sendScript } from "./proof.ts";

type Side = Pick<SshArgs, "hostKeys" | "timeoutSeconds" | "say">;

export interface Sender extends Side {
  node: ClusterNode;
  /** In RKE's folder of snapshots. */
  file: string;
}

export interface Receiver extends Side {
  node: ClusterNode;
  /** Reads the file on standard input. */
  script: string;
  /** Whether what the script printed is a success. */
  succeeded: (printed: string) => boolean;
}

/**
 * Sends a snapshot from one node to a script on another through this machine, so that no node needs a key of another.
 * @returns what the script printed. @throws SshError
 */
export async function relay({ file, ...from }: Sender, { succeeded, ...to }: Receiver): Promise<string> {
  const wire: Readable & PassThrough = new PassThrough();
  const [there, here] = await Promise.allSettled([
    ssh({ ...from, script: sendScript(file), output: wire }),
    ssh({ ...to, input: wire }),
  ]);
  if (here.status === "rejected") throw here.reason;
  // A receiver that needs nothing more hangs up on the sender; one that got too little is explained by the sender's error.
  if (there.status === "rejected" && !succeeded(here.value)) throw there.reason;
  return here.value;
}
