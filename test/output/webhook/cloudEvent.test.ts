import { describe, expect, test } from "vitest";
import { cloudEvent, cloudEventSchema } from "../../../output/webhook/cloudEvent.ts";
import { failureOf } from "../../support/roll.ts";
import { at, EVERY_KIND, failed, recordOf, succeeded } from "../report/someRecord.ts";

describe("an event of a run", () => {
  test.each(Object.entries(EVERY_KIND))("that is %s is as its schema says", (_, record) => {
    for (const moment of ["started", "wiping", "ended"] as const) {
      expect(() => cloudEventSchema.strict().parse(cloudEvent(moment, record(), at(1)))).not.toThrow();
    }
  });

  test("says in a sentence what happened", () => {
    const summary = (...args: Parameters<typeof cloudEvent>) => cloudEvent(...args).summary;
    expect(summary("started", failed(), at(6))).toBe(
      "Rancher on cluster prod (stack prod): the rollback to snapshot before-upgrade begins, started by alice@console",
    );
    expect(summary("wiping", recordOf("undo", []), at(58))).toBe(
      "Rancher on cluster prod (stack prod): the undo has passed the point of no return",
    );
    expect(summary("ended", failed(), at(461))).toBe(
      'Rancher on cluster prod (stack prod): The rollback failed. Point of no return: passed. Step "Run rke up" FAILED',
    );
    const failure = failureOf({
      step: "restore",
      snapshot: "base",
      happened: ["RKE ended with exit code 1", "h1 is gone"],
    });
    expect(summary("ended", { ...failed(), failure }, at(461))).toMatch(
      /Point of no return: \w+\. Step "Restore etcd" \(snapshot base\) failed: RKE ended with exit code 1; h1 is gone$/,
    );
  });

  test("has the command that undoes the run, where there is something to undo", () => {
    expect(cloudEvent("ended", succeeded(), at(250)).data.undo).toEqual(["rancher-rollback undo --stack prod"]);
    expect(cloudEvent("ended", recordOf("apply", []), at(250)).data.undo).toEqual([]);
  });

  test("has a source that is an address, whatever the stack is called", () => {
    const { source } = cloudEvent("started", { ...succeeded(), stack: "ops/rancher/prod eu" }, at(0));
    expect(source).toBe("/rancher-rollback/ops/rancher/prod%20eu");
  });
});
