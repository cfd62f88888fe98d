import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noRoomForState } from "../../../cluster/stateFolder/room.ts";
import { tempFolder } from "../../support/folder.ts";

test("a disk that has room is no problem, before the folder is made and after", () => {
  const folder = tempFolder();
  expect(noRoomForState(join(folder, "rancher-cluster.yml"), 1)).toBeUndefined();
  mkdirSync(join(folder, ".rancher-rollback"));
  expect(noRoomForState(join(folder, "rancher-cluster.yml"), 1)).toBeUndefined();
});

test("a full disk is named with what is free, what is needed, and where", () => {
  const folder = tempFolder();
  mkdirSync(join(folder, ".rancher-rollback"));
  const problem = noRoomForState(join(folder, "rancher-cluster.yml"), Number.MAX_SAFE_INTEGER);
  expect(problem?.message).toMatch(
    /\/\.rancher-rollback on this machine has \d+ MiB free, and 8589934591 MiB are needed/,
  );
  expect(problem?.remedy).toBe(`make room on this machine: df -h ${folder}/.rancher-rollback`);
});
