import { expect } from "vitest";
import { parseProof } from "../../cluster/snapshot/proof.ts";
import { type PullArgs, pullScript } from "../../cluster/snapshot/pull.ts";
import type { SnapshotSource } from "../../cluster/snapshot/source.ts";
import { type Delivery, fakeDownloader, fakeS3cmd } from "./fetching.ts";
import { rkeZip, sha256, snapshotBytes } from "./snapshot.ts";
import { SnapshotNode } from "./snapshotNode.ts";

export const SNAPSHOT = snapshotBytes();
export const OTHER = snapshotBytes(8, "other");
export const DAMAGED = Buffer.concat([SNAPSHOT.subarray(0, 512), Buffer.alloc(512, 7), SNAPSHOT.subarray(1024)]);
export const ZIP = rkeZip("base", SNAPSHOT);
export const ACCESS = "AKIAEXAMPLE";
export const SECRET = "s3cr3t/+=$(touch hacked)'\"`\\";
export const S3 = {
  kind: "s3",
  bucket: "snapshots",
  keys: { access: ACCESS, secret: SECRET },
} satisfies SnapshotSource;
export const URL_SECRET = "https://store.example.com/base?X-Signature=s3cr3t";

/** Pulls onto a node; nothing secret may be in the script. */
export async function pull(node: SnapshotNode, over: Partial<PullArgs> & { source: SnapshotSource }, sent?: Buffer) {
  const { script, input } = pullScript({ name: "base", ...over });
  for (const secret of [ACCESS, SECRET, "s3cr3t"]) expect(script).not.toContain(secret);
  const end = await node.run(script, sent ?? input ?? "");
  const report = parseProof(end.stdout);
  return {
    ...end,
    report,
    failed: "failed" in report ? report.failed.message : undefined,
    remedy: "failed" in report ? report.failed.remedy : undefined,
  };
}

type Way = (
  node: SnapshotNode,
  content: Buffer,
  delivery?: Delivery,
  name?: string,
) => { source: SnapshotSource; sent?: Buffer };

export const fromS3: Way = (node, content, delivery, name = "base") => {
  fakeS3cmd(node, { [`snapshots/${name}`]: content }, delivery);
  return { source: S3 };
};

/** @param modified the server's Last-Modified, seconds since 1970; both programs give it to the file. */
export function fromUrl(program: "curl" | "wget", modified?: number): Way {
  return (node, content, delivery) => {
    fakeDownloader(node, program, {
      url: URL_SECRET,
      content,
      ...(modified !== undefined && { modified }),
      ...delivery,
    });
    return { source: { kind: "url", url: URL_SECRET } };
  };
}

/** All ways, each as a node that is about to get `content` from there. */
export const WAYS: [string, Way][] = [
  ["s3", fromS3],
  ...(["curl", "wget"] as const).map((program): [string, Way] => [`url by ${program}`, fromUrl(program)]),
  ["file", (_, content, { cut } = {}) => ({ source: { kind: "file", path: "/x" }, sent: content.subarray(0, cut) })],
];

/** A node, and how to pull `content` onto it. */
export function prepareWay(way: Way, content: Buffer, delivery?: Delivery, name = "base") {
  const node = new SnapshotNode();
  const { source, sent } = way(node, content, delivery, name);
  const measured = sent && { sent: { bytes: content.length, sha256: sha256(content) } };
  return {
    node,
    pull: (over: Partial<PullArgs> = {}) => pull(node, { name, source, ...measured, ...over }, sent),
    script: (over: Partial<PullArgs> = {}) => ({ ...pullScript({ name, source, ...measured, ...over }), sent }),
  };
}
