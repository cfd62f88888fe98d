import { expect, test } from "vitest";
import { ACCESS_SCRIPT, parseAccess } from "../../../cluster/node/access.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";

async function accessOf(change: (node: SnapshotNode) => void) {
  const node = new SnapshotNode();
  node.program("id", "echo 1000");
  change(node);
  return parseAccess((await node.run(ACCESS_SCRIPT)).stdout);
}

test("a node says how its user becomes root", async () => {
  expect((await accessOf((node) => node.program("id", "echo 0"))).root).toBe("login");
  expect((await accessOf((node) => node.program("sudo", "exit 0"))).root).toBe("sudo");
  expect((await accessOf((node) => node.program("docker", "exit 0"))).root).toBe("docker");
});

test("a user who cannot become root is said to have no way", async () => {
  const access = await accessOf((node) => {
    node.program("sudo", "exit 1");
    node.program("docker", "exit 1");
  });
  expect(access).not.toHaveProperty("root");
});

test("a node says its time in seconds", async () => {
  const { now } = await accessOf((node) => node.program("date", "echo 1700000000"));
  expect(now).toBe(1_700_000_000);
});
