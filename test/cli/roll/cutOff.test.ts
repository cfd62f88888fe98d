import { describe, expect, test } from "vitest";
import { cutOffFailure } from "../../../cli/roll/cutOff.ts";
import { failureSchema, failureText } from "../../../messages/failure.ts";
import { clusterFileIn } from "../../support/clusterFile.ts";
import { tempFolder } from "../../support/folder.ts";
import { wipedAndUnfinished } from "../../support/restores.ts";

const AT = "2026-11-23T03:00:58.000Z";
const LATER = ["rke-up", "restart", "wait-for-api", "verify", "rke-up-last", "unlock"] as const;
const AUDIENCE = { stack: "prod", program: "rancher-rollback" } as const;

/** A step that was cut off, of a cluster of which nothing is noted. */
function cutOff(over: Partial<Parameters<typeof cutOffFailure>[0]>) {
  return cutOffFailure({ step: "lock", lines: [], clusterFile: clusterFileIn(tempFolder()), ...over });
}

describe("the failure of a step that was cut off", () => {
  test("names the step, its node and its last lines, and no more of them", () => {
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at}`);
    const failure = cutOff({ step: "pull-snapshot", node: "node2", lines });
    expect(failure).toMatchObject({ kind: "cut-off", step: "pull-snapshot", node: "node2" });
    expect(failure.happened).toEqual(["it was cut off"]);
    expect([failure.lastLines?.[0], failure.lastLines?.at(-1)]).toEqual(["line 18", "line 29"]);
    expect(failureSchema.parse(failure)).toEqual(failure);
  });

  test("of one that printed nothing says no more than that", () => {
    expect(cutOff({})).not.toHaveProperty("lastLines");
  });

  test("of a restore does not claim that nothing was wiped", () => {
    const of = (wipedAt?: string) => cutOff({ step: "restore", wipedAt }).pointOfNoReturn;
    expect(of()).toEqual({ state: "unknown" });
    expect(of(AT)).toEqual({ state: "passed", at: AT });
  });

  test("of a step before the restore says that nothing was wiped, unless an earlier restore did not finish", () => {
    expect(cutOff({}).pointOfNoReturn).toEqual({ state: "not-reached" });
    const clusterFile = clusterFileIn(tempFolder());
    const log = wipedAndUnfinished(clusterFile, AT);
    expect(cutOff({ clusterFile }).pointOfNoReturn).toEqual({ state: "passed-earlier", at: AT, log });
  });

  test.each(LATER)("of %s, which only runs after the restore, never says that nothing was wiped", (step) => {
    const failure = cutOff({ step });
    expect(failure.pointOfNoReturn).toEqual({ state: "passed-earlier" });
    expect(failureText(failure, AUDIENCE)).not.toContain("not reached");
  });

  test("says what to type to continue", () => {
    const text = failureText(cutOff({ step: "rke-up" }), AUDIENCE);
    expect(text).toContain("rancher-rollback apply --stack prod   (continues from this step;");
  });
});
