import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseStatus, snapshotStatusScript } from "../../../cluster/snapshot/status.ts";
import { fakeDf } from "../../support/fetching.ts";
import { textFile, until } from "../../support/folder.ts";
import { snapshotBytes } from "../../support/snapshot.ts";
import { ended, SnapshotNode } from "../../support/snapshotNode.ts";

const SCRIPT = snapshotStatusScript({ name: "base" });
const ETCD = `case $* in
  inspect*) echo etcd:v3 ;;
  run*) HANG echo '{"hash":1,"revision":7,"totalKey":3}' ;;
esac`;

function nodeWith(hang = ""): SnapshotNode {
  const node = new SnapshotNode();
  node.put("base", snapshotBytes());
  node.program("docker", ETCD.replace("HANG", hang));
  return node;
}

describe.concurrent("etcd's reading of a snapshot", () => {
  test.each(["SIGHUP", "SIGINT", "SIGTERM", "SIGPIPE"] as const)(
    "leaves nothing of the unpacked snapshot where it is ended by %s",
    async (signal) => {
      const node = nodeWith(`: >"$here/hangs"; until [ -e "$here/go" ]; do sleep 0.05; done;`);
      const cutOff = node.start(SCRIPT);
      await until(() => existsSync(join(node.root, "hangs")));
      expect(node.names()).not.toEqual(["base"]);
      cutOff.kill(signal);
      textFile(join(node.root, "go"), "");
      expect((await ended(cutOff)).code).toBe(143);
      expect(node.names()).toEqual(["base"]);
    },
  );

  test("is not begun where unpacking it would fill the disk, which etcd may share", async () => {
    const node = nodeWith();
    fakeDf(node, 128 * 1024);
    expect(parseStatus((await node.run(SCRIPT)).stdout)).toEqual({
      failed: { message: expect.stringMatching(/has no room to read base$/), remedy: expect.stringContaining("df -h") },
    });
    expect(node.argv.filter((line) => line.startsWith("docker run"))).toEqual([]);
    expect(node.names()).toEqual(["base"]);
  });

  test("takes away what a killed one has left, and not what a running one reads", async () => {
    const node = nodeWith(
      `[ -e "$here/hangs" ] || { : >"$here/hangs"; until [ -e "$here/go" ]; do sleep 0.05; done; };`,
    );
    const killed = node.start(SCRIPT);
    await until(() => existsSync(join(node.root, "hangs")));
    killed.kill("SIGKILL");
    await once(killed, "exit");
    textFile(join(node.root, "go"), "");
    const running = `.rancher-rollback-status.${process.pid}`;
    mkdirSync(join(node.snapshots, running));
    const { stdout } = await node.run(SCRIPT);
    expect(parseStatus(stdout)).toEqual({ revision: 7, keys: 3 });
    expect(node.names()).toEqual([running, "base"]);
  });
});
