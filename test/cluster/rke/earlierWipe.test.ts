import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { earlierWipe } from "../../../cluster/rke/earlierWipe.ts";
import { clusterFileIn } from "../../support/clusterFile.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { wipedAndUnfinished } from "../../support/restores.ts";

describe("the point of no return", () => {
  test("of a step that wipes nothing is not reached, unless an earlier restore has wiped and did not finish", () => {
    const clusterFile = clusterFileIn(tempFolder());
    expect(earlierWipe(clusterFile)).toEqual({ state: "not-reached" });
    const log = wipedAndUnfinished(clusterFile, "2026-11-23T14:00:00.000Z");
    expect(earlierWipe(clusterFile)).toEqual({ state: "passed-earlier", at: "2026-11-23T14:00:00.000Z", log });
  });

  test("is not known where the note of earlier restores cannot be read", () => {
    const clusterFile = clusterFileIn(tempFolder());
    const unreadable = textFile(join(clusterFile, "../.rancher-rollback/restore.json"), "{");
    expect(earlierWipe(clusterFile)).toEqual({ state: "unknown", unreadable });
  });
});
