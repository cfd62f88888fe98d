import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { partOf, replaceSynced, sweepParts } from "../../../cluster/stateFolder/keep.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { ended } from "../../support/holdFolder.ts";

/** What a process that was killed while it wrote has left. */
const leftBy = (path: string, pid: number, started = "1") =>
  textFile(partOf(path, { pid, started }), "half of it, with keys");

test("what a killed run has left of a file that it was replacing goes when the file is replaced again", () => {
  const folder = tempFolder();
  const path = textFile(join(folder, "rancher-cluster.rkestate"), "before");
  leftBy(path, ended());
  // By now, another process has the id.
  leftBy(path, process.pid);
  replaceSynced(path, "after");
  expect(readdirSync(folder)).toEqual(["rancher-cluster.rkestate"]);
  expect(readFileSync(path, "utf8")).toBe("after");
});

test("what a living process is writing stays, and so does what is called otherwise", () => {
  const folder = tempFolder();
  const path = join(folder, "rancher-cluster.yml");
  textFile(partOf(path), "being written");
  leftBy(join(folder, "other-cluster.yml"), ended());
  for (const name of [".rancher-cluster.yml.swp", ".rancher-cluster.yml.1.part", "rancher-cluster.yml.part"]) {
    textFile(join(folder, name), "the operator's");
  }
  const before = readdirSync(folder);
  sweepParts(path);
  expect(readdirSync(folder)).toEqual(before);
});

test("there is nothing to sweep in a folder that is not there", () => {
  expect(() => sweepParts(join(tempFolder(), "gone", "file"))).not.toThrow();
});
