import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { holdFolder } from "../../../cluster/snapshot/fetched.ts";
import { textFile } from "../../support/folder.ts";
import { foldersOf } from "../../support/openedDocker.ts";
import { someNode } from "../../support/settings.ts";
import { reach, SnapshotNode } from "../../support/snapshotNode.ts";

const node = someNode(1);
const hold = async () => await holdFolder(node, { allowUnknown: false }, 60);

function host(): SnapshotNode {
  const made = new SnapshotNode();
  reach({ [node.address]: made });
  return made;
}

test("each run holds a folder of its own on the host until it lets go of it", async () => {
  const made = host();
  mkdirSync(join(made.root, "rancher-rollback"));
  const held = await Promise.all([hold(), hold()]);
  expect(foldersOf(made)).toHaveLength(2);
  const [first, second] = held.map((one) => ("failed" in one ? undefined : one));
  await first?.letGo();
  expect(foldersOf(made)).toEqual([second?.folder.split("/").at(-1)]);
  await second?.letGo();
  expect(foldersOf(made)).toEqual([]);
});

test("what a killed run has left goes with the next, also where its process's number is another's since a reboot", async () => {
  const made = host();
  const left = (name: string) => join(made.root, "rancher-rollback", name);
  const ended = await new Promise<number>((resolve) => {
    const child = spawn("true");
    child.on("exit", () => resolve(child.pid ?? 0));
  });
  // This process was none of the runs.
  const [reused, unknown] = [`fetched.${process.pid}`, `fetched.${process.ppid}`];
  textFile(left(`${reused}/.holder`), "boot-id-of-before 4711\n");
  textFile(left("fetched/base.zip"), "of an earlier release");
  for (const name of [`fetched.${ended}`, unknown]) mkdirSync(left(name));
  const held = await hold();
  if ("failed" in held) throw new Error(held.failed.message);
  const own = held.folder.split("/").at(-1);
  // Of one that cannot be told yet the process decides.
  expect(foldersOf(made).toSorted()).toEqual([own, unknown].toSorted());
  await held.letGo();
});

test("a host on which no folder can be made says so, and one that does not answer, too", async () => {
  textFile(join(host().root, "rancher-rollback"), "");
  expect(await hold()).toEqual({
    failed: {
      message: expect.stringMatching(/^node1 .*rancher-rollback\/fetched\.\d+ cannot be written$/),
      remedy: expect.stringContaining("df -h"),
    },
  });
  reach({});
  expect(await hold()).toMatchObject({ failed: { message: expect.stringContaining("cannot be reached") } });
});
