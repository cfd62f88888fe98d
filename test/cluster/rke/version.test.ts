import { describe, expect, test } from "vitest";
import {
  isV01,
  namesSnapshotsWithoutZip,
  needsS3ForBackupConfig,
  parseRkeVersion,
} from "../../../cluster/rke/version.ts";

function version(text: string) {
  const parsed = parseRkeVersion(`rke version ${text}\n`);
  if (!parsed) throw new Error(`${text} is no release`);
  return parsed;
}

describe("the version that rke prints", () => {
  test("is read into its parts", () => {
    expect(parseRkeVersion("rke version v1.8.0\n")).toEqual({ major: 1, minor: 8, patch: 0, text: "v1.8.0" });
    expect(parseRkeVersion("rke version v0.1.18")).toEqual({ major: 0, minor: 1, patch: 18, text: "v0.1.18" });
    expect(parseRkeVersion("rke version v1.3.0-rc2\r\n")).toEqual({ major: 1, minor: 3, patch: 0, text: "v1.3.0-rc2" });
  });

  test("is found below what a wrapper prints first", () => {
    expect(parseRkeVersion("using rke from somewhere\nrke version v1.4.11\n")?.text).toBe("v1.4.11");
  });

  test.each([
    "",
    "rke version",
    "rke version dev",
    "rke version 1.8.0",
    "v1.8.0",
    "helm version v3.1.0",
    "rke version v1.8",
    "rke version v1.8.0 and more",
  ])("is not read out of %j", (printed) => {
    expect(parseRkeVersion(printed)).toBeUndefined();
  });
});

describe("thresholds between releases", () => {
  test.each([
    ["v0.1.7", false],
    ["v0.1.18", false],
    ["v0.2.4", false],
    ["v0.2.5", true],
    ["v0.2.10", true],
    ["v0.3.0", true],
    ["v1.0.0", true],
    ["v1.8.0", true],
  ])("%s names snapshots without .zip: %s", (text, without) => {
    expect(namesSnapshotsWithoutZip(version(text))).toBe(without);
  });

  test.each([
    ["v0.1.7", true, false],
    ["v0.1.20", true, false],
    ["v0.2.0-rc1", false, true],
    ["v0.2.0", false, true],
    ["v1.0.16", false, true],
    ["v1.1.0", false, false],
    ["v1.8.0", false, false],
  ])("%s is v0.1.x: %s, needs S3 for a backup_config: %s", (text, isOld, needsS3) => {
    expect([isV01(version(text)), needsS3ForBackupConfig(version(text))]).toEqual([isOld, needsS3]);
  });
});
