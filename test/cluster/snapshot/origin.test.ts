import { expect, test } from "vitest";
import { isOfAnotherCluster, snapshotOriginScript } from "../../../cluster/snapshot/origin.ts";
import { rkeZip, sha256, snapshotBytes } from "../../support/snapshot.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";

test("a snapshot is of this cluster when it knows the cluster's kube-system, plain or in a zip", async () => {
  const uid = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0";
  const node = new SnapshotNode([..."sh dd wc tr od tail head tee cat sha256sum date id gzip grep".split(" ")]);
  const body = Buffer.alloc(4096);
  body.write(uid, 700);
  const ofThis = Buffer.concat([body, Buffer.from(sha256(body), "hex")]);
  const origin = async () => isOfAnotherCluster((await node.run(snapshotOriginScript({ name: "base" }, uid))).stdout);
  expect(await origin()).toBeUndefined();
  node.put("base.zip", rkeZip("base", ofThis));
  expect(await origin()).toBe(false);
  node.put("base.zip", rkeZip("base", snapshotBytes(400)));
  expect(await origin()).toBe(true);
});
