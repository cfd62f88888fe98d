import { describe, expect, test } from "vitest";
import { verdictOf } from "../../report/verdict.ts";
import { somePlan } from "../plan/somePlan.ts";
import { changes, EVERY_KIND, failed, planned, recordOf, step, unchanged } from "./someRecord.ts";

describe("the verdict of a run", () => {
  test.each([
    ["succeeded", "good", "The rollback succeeded", "passed"],
    ["failed", "bad", "The rollback failed", "passed"],
    ["refused", "caution", "The rollback was refused; nothing was begun", "not passed"],
    ["interrupted", "caution", "The rollback was interrupted and stopped at a safe point", "not passed"],
    ["unchanged", "good", "The rollback had nothing to do", "not passed"],
    ["killed", "bad", "The rollback has not ended: it was killed, or is still running", "not known"],
    ["previewed", "neutral", "Preview only, nothing was touched", "not passed"],
  ] as const)("that is %s is %s: %s, the point of no return %s", (kind, tone, headline, state) => {
    expect(verdictOf(EVERY_KIND[kind]())).toMatchObject({ tone, headline, pointOfNoReturn: { state } });
  });

  test("says when the point of no return was passed", () => {
    expect(verdictOf(failed()).pointOfNoReturn.words).toContain("at 03:00:58 UTC, 58 s into the run");
  });

  test("of a preview warns that the rollback would be refused", () => {
    const failedProofs = [{ wrong: "node2: there is no base", mend: "fetch it" }];
    const record = { ...EVERY_KIND.previewed(), plan: somePlan({ failedProofs }) };
    expect(verdictOf(record)).toMatchObject({
      tone: "caution",
      headline: "Preview only, nothing was touched; the rollback would be refused",
    });
  });

  test("tells a restore that failed before its wipe from one whose wipe nobody saw", () => {
    const stopped = recordOf("apply", [changes, planned(), ...step("etcd-restore", 10, 20, [], true)]);
    expect(verdictOf(stopped).pointOfNoReturn).toMatchObject({
      state: "not passed",
      words: "the restore stopped before it wiped anything",
    });
    const found = recordOf("apply", [changes, planned(), ...step("etcd-restore", 10, 20)]);
    expect(verdictOf(found).pointOfNoReturn.state).toBe("not known");
  });

  test("calls each command by its name", () => {
    for (const [command, name] of [
      ["undo", "The undo"],
      ["verify", "The verification"],
      ["unlock", "The unlocking"],
    ] as const) {
      expect(verdictOf({ ...unchanged(), command }).headline).toBe(`${name} had nothing to do`);
    }
  });
});
