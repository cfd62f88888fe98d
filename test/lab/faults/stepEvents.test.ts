import { describe, expect, test, vi } from "vitest";
import { HeardSteps } from "../../../lab/faults/stepEvents.ts";
import type { Failure } from "../../../messages/failure.ts";
import { EVENTS_VARIABLE, type StepEvent } from "../../../messages/stepEvents.ts";
import { emit } from "../../../steps/emit.ts";
import { tempFolder } from "../../support/folder.ts";

const failure: Failure = {
  kind: "check",
  step: "preflight",
  happened: ["node1: base is damaged", "node2: base is damaged"],
  pointOfNoReturn: { state: "not-reached" },
  remedies: [],
};
const started: StepEvent = { event: "started", resource: "etcd-restore" };

function heardSteps(): HeardSteps {
  vi.stubEnv(EVENTS_VARIABLE, "");
  return new HeardSteps(tempFolder());
}

describe("a disturbed rollback", () => {
  test("fails with what its step says happened first, whatever the engine prints", async () => {
    const rolled = heardSteps().during(async () => {
      emit({ event: "failure", resource: "preflight", failure });
      throw new Error("preflight FAILED\n  what happened: something else");
    });
    await expect(rolled).rejects.toThrow(/^node1: base is damaged$/);
  });

  test("fails with the engine's words where no step could say it, as the one before it has said", async () => {
    const steps = heardSteps();
    await steps.during(async () => emit({ event: "failure", resource: "preflight", failure })).catch(() => {});
    await steps.during(async () => {}).catch(() => {});
    const rolled = steps.during(async () => {
      emit(started);
      throw new Error("killed");
    });
    await expect(rolled).rejects.toThrow("killed");
  });

  test("is heard while it runs", async () => {
    const reached = Promise.withResolvers<StepEvent>();
    await heardSteps().during(async () => {
      emit(started);
      await reached.promise;
    }, reached.resolve);
    expect(await reached.promise).toEqual(started);
  });
});
