import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkSettings } from "../../settings/checkSettings.ts";
import { program } from "../support/folder.ts";
import { complete } from "../support/givenSettings.ts";

test("a cluster file with which RKE would fail after the wipe is refused", () => {
  const { given } = complete();
  const path = String(given.clusterFile);
  writeFileSync(path, `rotate_encryption_key: true\n${readFileSync(path, "utf8")}`);
  expect(() => checkSettings(given)).toThrow(/the cluster file has rotate_encryption_key/);
});

test("a cluster file with add-ons is read for every command, also with an RKE that would delete what they have made", () => {
  const { given, folder } = complete();
  const path = String(given.clusterFile);
  writeFileSync(path, `${readFileSync(path, "utf8")}addons: "kind: Namespace"\n`);
  const rkePath = program(join(folder, "old-rke"), "echo rke version v1.3.12");
  expect(checkSettings({ ...given, rkePath }).rke.version.text).toBe("v1.3.12");
});

test("the confirmation of a snapshot's second restore is kept as such, without the file's extension", () => {
  const { given } = complete();
  expect(checkSettings({ ...given, run: "2", acceptDataLossOf: "base.zip#2" }).acceptDataLossOf).toBe("base#2");
});
