import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { markRun } from "../../../cluster/stateFolder/runMark.ts";
import { textFile } from "../../support/folder.ts";
import { holdFolder } from "../../support/holdFolder.ts";
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

const WAYS_ON = [
  { text: "to finish it", command: "apply" },
  { text: "to return to the safety copy", command: "undo" },
];

/** Giving up is refused with a message like this, and every host keeps its lock. @returns what the operator reads. */
async function refusedBecause(message: string, remedy: unknown = expect.anything()): Promise<string> {
  const { aborted, text } = await gaveUp();
  expect(aborted).toMatchObject({ hosts: [], refused: { message: expect.stringContaining(message), remedy } });
  expect(ADDRESSES.map(lockOf).every((file) => existsSync(file))).toBe(true);
  return text;
}

describe("giving up is refused and releases nothing", () => {
  test("while a restore in place has exchanged data on a host and not finished, also where its note is elsewhere", async () => {
    killedInPlace(["198.18.0.12"]);
    const text = await refusedBecause("data on node2, where", WAYS_ON);
    expect(text).toContain("to return to the safety copy: rancher-rollback undo --stack prod");
    expect(readFileSync(containerOf("198.18.0.11", "etcd"), "utf8")).toBe("false\n");
  });

  test("while a restore has wiped the cluster and not finished, with what to type", async () => {
    locked(MINE);
    wipedAndUnfinished(clusterFile, SINCE);
    expect(await refusedBecause(SINCE, WAYS_ON)).toContain(
      "to finish it: rancher-rollback apply --stack prod; to return to the safety copy: rancher-rollback undo --stack prod",
    );
  });

  test("while the note of earlier restores cannot be read: one of them may have wiped the cluster", async () => {
    locked(MINE);
    textFile(join(clusterFile, "../.rancher-rollback/restore.json"), "{");
    const text = await refusedBecause("may have wiped");
    expect(text).toContain("nothing was released: the note of earlier restores");
  });

  test("while a run is alive on this machine, whatever it does just now, with how to stop it", async () => {
    locked(MINE);
    const done = markRun(clusterFile, "prod");
    const text = await refusedBecause(`a run of stack prod is alive on this machine: process ${process.pid}`);
    expect(text).toContain("wait until it has ended, or stop it with Ctrl-C where it was started; then abort again");
    done();
    expect((await gaveUp()).aborted).not.toHaveProperty("refused");
  });

  test("while another run is at work in the cluster folder", async () => {
    locked(MINE);
    const held = holdFolder(clusterFile);
    await refusedBecause("another run holds this cluster folder").finally(() => held.release());
  });
});
