import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test, vi } from "vitest";
import type { Announce } from "../components/announcement.ts";
import type { Refused } from "../messages/refusal.ts";
import type { RollbackPlan } from "../plan/plan.ts";
import { program } from "../program.ts";
import { somePlan } from "./plan/somePlan.ts";

/** What `program()` has the rollback announced to. */
const given = vi.hoisted(() => ({ announce: undefined as Announce | undefined }));
vi.mock("../components/stackProgram.ts", () => ({
  stackProgram: ({ announce }: { announce: Announce }) => {
    given.announce = announce;
    return {};
  },
}));

describe("the program of an embedder", () => {
  test("is told the plan, and why a rollback is refused, each where it asks for it", () => {
    const [plans, refused]: [RollbackPlan[], Refused[]] = [[], []];
    program({ onPlan: (plan) => plans.push(plan), onRefused: (why) => refused.push(why) });
    const problems = [{ message: "prod can lose data", remedy: "accept it" }];
    given.announce?.({ kind: "plan", plan: somePlan() });
    given.announce?.({ kind: "refused", problems });
    expect(plans).toEqual([somePlan()]);
    expect(refused).toEqual([expect.objectContaining({ problems })]);
  });

  test("has warnings logged, whoever is told the plan", () => {
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    program({ onPlan: () => {} });
    given.announce?.({ kind: "warned", notice: { message: "the add-on was not read" } });
    expect(warn.mock.calls.map(([text]) => text)).toEqual(["the add-on was not read"]);
  });

  test("prints the plan by default, with the stack that it was called in: a hook of an inline program knows none", async () => {
    const printed = vi.spyOn(console, "log").mockImplementation(() => {});
    await pulumi.runtime.setMocks({ call: () => ({}), newResource: () => ({ id: "", state: {} }) }, "p", "prod");
    program();
    await pulumi.runtime.setMocks({ call: () => ({}), newResource: () => ({ id: "", state: {} }) }, "p", "");
    given.announce?.({ kind: "plan", plan: somePlan({ accepted: false }) });
    expect(printed.mock.calls.join("\n")).toContain("--stack prod");
  });
});
