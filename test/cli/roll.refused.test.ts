import { appendFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { AT_ONCE_MS } from "../../cli/roll/freshness.ts";
import { somePlan } from "../plan/somePlan.ts";
import { setUpRolls, type World } from "../support/roll.ts";

const { clusterFile, rolled } = setUpRolls();

describe("a rollback is refused, and nothing is done,", () => {
  test("where the answer is no", async () => {
    const problem = { message: "not confirmed", remedy: "Confirm it" };
    const { code, ended, ups } = await rolled({ answer: { kind: "no", problem } });
    expect([code, ups]).toEqual([1, 0]);
    const error = "not confirmed. Nothing was done. Confirm it";
    expect(ended).toMatchObject({ result: "refused", error, problems: [problem], canBeUndone: false });
  });

  test("where a pre-flight check failed in the preview, before anybody is asked", async () => {
    const remedy = { text: "take another", pulumi: "config set snapshot older" };
    const plan = somePlan({ failedChecks: [{ message: "node2: there is no base", remedy }] });
    const { ended, previewed, ups } = await rolled({ plan });
    expect(ended.result).toBe("refused");
    expect(ended.error).toContain("node2: there is no base\n    → take another: pulumi config set snapshot older");
    expect([previewed, ups]).toEqual([undefined, 0]);
  });

  test("where a check failed and the run goes on from an earlier one, whose pre-flight checks were good", async () => {
    const plan = somePlan({ failedChecks: [{ message: "node2: there is no base", remedy: "pull it" }] });
    const { ended, ups } = await rolled({ plan, steps: ["etcd-restore"] });
    expect([ended.result, ups]).toEqual(["refused", 0]);
  });

  test("where the cluster has changed since the preview", async () => {
    const { ended, ups } = await rolled({ planLater: somePlan({ clusterFileDiff: "+ a node" }) });
    expect(ended.error).toContain("the cluster is not what the preview showed");
    expect(ended.differences).toEqual([{ what: "cluster-file", was: "", now: "+ a node" }]);
    expect([ended.result, ups]).toEqual(["refused", 0]);
  });

  test("where the cluster has changed while somebody thought about the answer", async () => {
    const plan = somePlan({ readAt: new Date().toISOString() });
    const planLater = somePlan({ clusterFileDiff: "+ a node" });
    const { ended, ups } = await rolled({ plan, planLater, answerAfter: AT_ONCE_MS });
    expect([ended.result, ups]).toEqual(["refused", 0]);
  });

  test("where the stack has changed since the preview", async () => {
    const { ended, ups } = await rolled({ states: [{}, { "lock-id": { id: "1a2b3c4d" } }] });
    expect(ended.error).toContain("the stack or the cluster file has changed since the preview");
    expect([ended.result, ups]).toEqual(["refused", 0]);
  });

  test("where the cluster file has changed since the preview", async () => {
    const { ended, ups } = await rolled({ previewed: () => appendFileSync(clusterFile(), "# edited\n") });
    expect(ended.error).toContain("the stack or the cluster file has changed since the preview");
    expect([ended.result, ups]).toEqual(["refused", 0]);
  });

  test.each(["refused", "refusedUp"] as const)(
    "where the program refuses it, with its problems as data: %s",
    async (at) => {
      const problems = [{ message: "prod can lose data", remedy: { text: "accept it", pulumi: "config set x prod" } }];
      const said = { diagnosticEvent: { severity: "error", message: "error: the engine's own text" } };
      const up: World["up"] = async ({ onEvent }) => {
        onEvent(said as never);
        throw new Error("the engine repeats itself");
      };
      const world = { [at]: { what: "the restore of base is refused", problems }, up };
      const { ended } = await rolled({ ...world, ...(at === "refused" && { preview: [said] }) });
      expect(ended.problems).toEqual(problems);
      expect(ended.error).toBe(
        "the restore of base is refused; nothing was done:\n  prod can lose data\n    → accept it: pulumi config set x prod --stack prod",
      );
    },
  );

  test("where the engine refuses the preview, in the engine's words", async () => {
    const said = { diagnosticEvent: { severity: "error", message: "the cluster file has no nodes\n" } };
    const { ended, previewed, ups } = await rolled({ preview: [said] });
    expect(ended).toMatchObject({ result: "refused", error: "the cluster file has no nodes" });
    expect([previewed, ups]).toEqual([undefined, 0]);
  });
});
