import { shellCommand } from "../../cluster/shell.ts";
import { SNAPSHOT_FOLDER } from "../../cluster/snapshot/proof.ts";
import { Problem } from "../machine/problem.ts";
import { type LabCluster, nodeOf } from "./cluster.ts";
import { type LabS3, signer } from "./s3.ts";
import { sshTo } from "./ssh.ts";

/**
 * Puts a node's snapshot into the bucket as RKE does, the zip under its own name.
 * @param name without `.zip`.
 * @returns what it is called in the bucket.
 * @throws Problem when the node has no such snapshot or cannot send it.
 */
export async function uploadSnapshot(s3: LabS3, cluster: LabCluster, node: string, name: string): Promise<string> {
  const file = `${name}.zip`;
  // The URL is a credential: it goes to curl by its standard input.
  const upload = ["curl", "-q", "--fail", "--silent", "--show-error", "--config", "-"];
  const command = shellCommand([...upload, "--upload-file", `${SNAPSHOT_FOLDER}/${file}`]);
  const sent = await sshTo(nodeOf(cluster, node), command, `url = "${await objectUrl(s3, "PUT", file)}"\n`);
  if (sent.code === 0) return file;
  throw new Problem(`${node} could not put ${SNAPSHOT_FOLDER}/${file} into ${s3.bucket}: ${sent.stderr.trim()}`);
}

/** A presigned URL, good for an hour: a credential. */
export async function objectUrl(s3: LabS3, method: "GET" | "PUT", file: string): Promise<string> {
  const url = `${s3.endpoint}/${s3.bucket}/${encodeURIComponent(file)}?X-Amz-Expires=3600`;
  return (await signer(s3, "s3").sign(url, { method, aws: { signQuery: true } })).url;
}
