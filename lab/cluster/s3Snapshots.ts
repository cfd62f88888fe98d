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

/** All objects of the bucket by key, each with what changes when it is written again. */
export async function objects(s3: LabS3): Promise<Record<string, string>> {
  const answer = await signer(s3, "s3").fetch(`${s3.endpoint}/${s3.bucket}?list-type=2`);
  const text = await answer.text();
  if (!answer.ok) throw new Problem(`the objects of ${s3.bucket} cannot be listed: HTTP ${answer.status}: ${text}`);
  return objectsIn(text);
}

/** A listing of a bucket, in which no key needs to be escaped → its objects. */
export function objectsIn(listing: string): Record<string, string> {
  const part = (object: string, name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(object)?.[1] ?? "";
  return Object.fromEntries(
    [...listing.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, object = ""]) => [
      part(object, "Key"),
      ["ETag", "Size", "LastModified"].map((name) => part(object, name)).join(" "),
    ]),
  );
}

export async function removeObject(s3: LabS3, key: string): Promise<void> {
  await signer(s3, "s3").fetch(`${s3.endpoint}/${s3.bucket}/${key}`, { method: "DELETE" });
}
