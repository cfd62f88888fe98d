import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkSettings } from "../../settings/checkSettings.ts";
import { complete } from "../support/givenSettings.ts";

test("a cluster file with which RKE would fail after the wipe is refused", () => {
  const { given } = complete();
  const path = String(given.clusterFile);
  writeFileSync(path, `rotate_encryption_key: true\n${readFileSync(path, "utf8")}`);
  expect(() => checkSettings(given)).toThrow(/the cluster file has rotate_encryption_key/);
});

test("the confirmation of a snapshot's second restore is kept as such, without the file's extension", () => {
  const { given } = complete();
  expect(checkSettings({ ...given, run: "2", acceptDataLossOf: "base.zip#2" }).acceptDataLossOf).toBe("base#2");
});
