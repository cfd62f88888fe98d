import { expect, test } from "vitest";
import { unmirrored } from "./mirror.ts";

test.each([
  ["cluster/etcd/view.ts", "test/cluster/etcd/view.test.ts"],
  ["steps/restore.ts", "test/steps/restore.withS3.test.ts"],
  ["bin/compileCache.cjs", "test/bin/compileCache.test.ts"],
  ["docs/alerts.rules.yml", "test/docs/alerts.test.ts"],
  ["component.ts", "test/component.test.ts"],
  ["Dockerfile", "test/Dockerfile.test.ts"],
])("what tests %s may be %s", (source, path) => {
  expect(unmirrored([source, path])).toEqual([]);
});

test.each([
  ["is in another folder", "steps/restore/hosts.ts", "test/steps/hosts.test.ts", "steps/hosts"],
  ["begins with that name", "plan/readPlan.ts", "test/plan/read.test.ts", "plan/read"],
  ["is a folder", "steps/restore/hosts.ts", "test/steps/restore.test.ts", "steps/restore"],
  ["is hidden in a folder of that name", "packaging/.npmrc", "test/packaging.test.ts", "packaging"],
])("a test is told where all that there is %s", (_, source, path, missing) => {
  const told = `${path}: there is no ${missing}.*; a test is named SOURCE.test.ts or SOURCE.THEME.test.ts`;
  expect(unmirrored([source, path])).toEqual([told]);
});

test.each(["test/integration/engine.test.ts", "test/browser/report.test.ts", "test/packaging/package.test.ts"])(
  "%s needs no source of that name",
  (path) => {
    expect(unmirrored([path])).toEqual([]);
  },
);
