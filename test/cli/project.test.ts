import { join } from "node:path";
import { expect, test } from "vitest";
import { projectOf } from "../../cli/project.ts";
import { tempFolder, textFile } from "../support/folder.ts";

test("the project is the nearest folder upwards with a Pulumi.yaml of this program", () => {
  const folder = tempFolder();
  textFile(join(folder, "Pulumi.yaml"), "name: rancher-rollback\nruntime: nodejs\n");
  textFile(join(folder, "a/b/keep"), "");
  expect(projectOf(join(folder, "a/b"))).toEqual({ folder, stacks: folder });
});

test("the stacks' files are where Pulumi.yaml says", () => {
  const folder = tempFolder();
  textFile(join(folder, "Pulumi.yaml"), "name: rancher-rollback\nruntime: nodejs\nstackConfigDir: stacks\n");
  expect(projectOf(folder)).toEqual({ folder, stacks: join(folder, "stacks") });
});

test("a Pulumi.yaml of another program is passed over", () => {
  const outer = tempFolder();
  const folder = join(outer, "inner");
  textFile(join(outer, "Pulumi.yaml"), "name: rancher-rollback\nruntime: nodejs\n");
  textFile(join(folder, "Pulumi.yaml"), "name: network\nruntime: go\n");
  expect(projectOf(folder).folder).toBe(outer);
});

test("without a Pulumi.yaml it is the folder itself", () => {
  const folder = tempFolder();
  expect(projectOf(folder)).toEqual({ folder, stacks: folder });
});
