import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SilenceClock, silenceBound } from "../../../cluster/rke/silence.ts";
import { THREE_NODES } from "../../support/clusterFile.ts";
import { tempFolder, textFile } from "../../support/folder.ts";

describe("how long RKE may print nothing", () => {
  const timeout = (value: string) => `${THREE_NODES}services:\n  etcd:\n    backup_config:\n      timeout: ${value}\n`;

  test.each([
    ["the setting, where it is more than RKE's own time-out", 600, THREE_NODES, 600],
    ["RKE's own time-out and a margin, where the setting is less", 60, THREE_NODES, 360],
    ["the cluster file's time-out and a margin", 600, timeout("1800"), 1860],
    ["the setting, where the cluster file's time-out is short", 600, timeout("30"), 600],
    ["the same for a number in quotes", 600, timeout('"1800"'), 1860],
    ["by RKE's own time-out where the cluster file has 0", 60, timeout("0"), 360],
    ["by RKE's own time-out where the cluster file has none", 60, timeout("soon"), 360],
    [
      "by RKE's own time-out where backup_config is empty",
      60,
      `${THREE_NODES}services: {etcd: {backup_config: }}\n`,
      360,
    ],
  ])("is %s", (_, setting, source, bound) => {
    expect(silenceBound(textFile(join(tempFolder(), "c.yml"), source), setting)).toBe(bound);
  });
});

describe("the silence of RKE", () => {
  test("is reported once a minute, and again after RKE has printed something", () => {
    const clock = new SilenceClock(600);
    const due = [0, 59, 60, 61, 119, 121, 200, 3, 59, 60].filter((quiet) => clock.isDue(quiet));
    expect(due).toEqual([60, 121, 200, 60]);
  });

  test("is reported before a shorter bound is reached", () => {
    expect(new SilenceClock(10).isDue(10)).toBe(true);
  });
});
