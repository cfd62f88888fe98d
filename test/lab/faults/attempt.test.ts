import { describe, expect, test, vi } from "vitest";
import { hearSteps, reasonOf } from "../../../lab/faults/attempt.ts";
import type { Failure } from "../../../messages/failure.ts";
import { emit, EVENTS_VARIABLE } from "../../../messages/stepEvents.ts";
import { tempFolder } from "../../support/folder.ts";

const failure: Failure = {
  ...{ kind: "check", step: "The pre-flight checks", happened: ["node1: base is damaged", "node2: base is damaged"] },
  ...{ done: "nothing", notDone: "the rest", pointOfNoReturn: { state: "not reached" }, remedies: [] },
};

describe("why a disturbed rollback failed", () => {
  test("is what its step says happened first, whatever the engine prints", () => {
    vi.stubEnv(EVENTS_VARIABLE, "");
    const steps = hearSteps(tempFolder());
    emit({ event: "started", resource: "preflight" });
    emit({ event: "failure", resource: "preflight", failure });
    expect(reasonOf(steps.drain(), new Error("preflight FAILED\n  what happened: something else"))).toBe(
      "node1: base is damaged",
    );
  });

  test("is the error where no step could say it", () => {
    expect(reasonOf([{ event: "started", resource: "etcd-restore" }], new Error("killed"))).toBe("killed");
  });
});
