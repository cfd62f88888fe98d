import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { rkeFolder } from "../../../cluster/rke/earlierRke.ts";
import { ClusterFolderLock } from "../../../cluster/rke/folderLock.ts";
import { markRun } from "../../../cluster/stateFolder/runMark.ts";
import { textFile } from "../../support/folder.ts";
import { wipedAndUnfinished } from "../../support/restores.ts";
import {
  ADDRESSES,
  clusterFile,
  containerOf,
  gaveUp,
  hostsForEachTest,
  killedInPlace,
  locked,
  lockOf,
  MINE,
  SINCE,
} from "./abortedHosts.ts";

hostsForEachTest();

describe("giving up is refused and releases nothing", () => {
  test("while a restore in place has exchanged data on a host and not finished, also where its note is elsewhere", async () => {
    killedInPlace(["198.18.0.12"]);
    const { aborted, text } = await gaveUp();
    expect(aborted).toMatchObject({ hosts: [], refused: { message: expect.stringContaining("data on node2, where") } });
    expect(text).toContain("rancher-rollback undo --stack prod");
    expect(readFileSync(containerOf("198.18.0.11", "etcd"), "utf8")).toBe("false\n");
    expect(ADDRESSES.map(lockOf).every((file) => existsSync(file))).toBe(true);
  });

  test("while a restore has wiped the cluster and not finished, with what to type", async () => {
    locked(MINE);
    wipedAndUnfinished(clusterFile, SINCE);
    const { aborted, text } = await gaveUp();
    expect(aborted).toMatchObject({ hosts: [], refused: { message: expect.stringContaining(SINCE) } });
    expect(text).toContain("rancher-rollback apply --stack prod");
    expect(text).toContain("rancher-rollback undo --stack prod");
    expect(ADDRESSES.map(lockOf).every((file) => existsSync(file))).toBe(true);
  });

  test("while the note of earlier restores cannot be read: one of them may have wiped the cluster", async () => {
    locked(MINE);
    textFile(join(clusterFile, "../.rancher-rollback/restore.json"), "{");
    const { aborted, text } = await gaveUp();
    expect(aborted).toMatchObject({ hosts: [], refused: { message: expect.stringContaining("may have wiped") } });
    expect(text).toContain("nothing was released: the note of earlier restores");
    expect(ADDRESSES.map(lockOf).every((file) => existsSync(file))).toBe(true);
  });

  test("while a run is alive on this machine, whatever it does just now, with how to stop it", async () => {
    locked(MINE);
    const done = markRun(clusterFile, "prod");
    const { aborted, text } = await gaveUp();
    expect(aborted).toMatchObject({
      hosts: [],
      refused: {
        message: expect.stringContaining(`a run of stack prod is alive on this machine: process ${process.pid}`),
      },
    });
    expect(text).toContain("wait until it has ended, or stop it with Ctrl-C where it was started; then abort again");
    expect(ADDRESSES.map(lockOf).every((file) => existsSync(file))).toBe(true);
    done();
    expect((await gaveUp()).aborted).not.toHaveProperty("refused");
  });

  test("while another run is at work in the cluster folder", async () => {
    locked(MINE);
    const { lock: path } = rkeFolder(clusterFile);
    const held = ClusterFolderLock.take(path, { step: process.pid, command: "rke up", since: SINCE, log: "/up.log" });
    if (!(held instanceof ClusterFolderLock)) throw new Error("the folder is held");
    try {
      const { aborted } = await gaveUp();
      expect(aborted.refused?.message).toContain("another run holds this cluster folder");
    } finally {
      held.release();
    }
    expect(ADDRESSES.map(lockOf).every((file) => existsSync(file))).toBe(true);
  });
});
