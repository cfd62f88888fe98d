import { existsSync } from "node:fs";
import { join } from "node:path";
import { ConcurrentUpdateError } from "@pulumi/pulumi/automation/index.js";
import { describe, expect, test } from "vitest";
import { checkFailed } from "../../../cluster/problem.ts";
import type { StepEvent } from "../../../messages/stepEvents.ts";
import { STOP_VARIABLE } from "../../../steps/stop.ts";
import { somePlan } from "../../plan/somePlan.ts";
import { textFile } from "../../support/folder.ts";
import {
  AT,
  begins,
  COPY,
  ends,
  failing,
  fails,
  failureOf,
  restored,
  say,
  setUpRolls,
  type World,
  wiping,
} from "../../support/roll.ts";

const { rolled, clusterFile } = setUpRolls();

const EARLIER = "2026-11-23T02:00:00.000Z";
const unlockedLater = { id: "1a2b3c4d", finishedAt: "2026-11-23T05:00:00.000Z" };
const verifiedLater = {
  ...{ finishedAt: "2026-11-23T04:00:00.000Z", verified: true, nodesReady: 3, etcdMembers: 3 },
  ...{ rancherVersion: "v2.5.8", image: "rancher/rancher:v2.5.8" },
  rancherEvidence: { runs: "rancher/rancher:v2.5.8", answers: { versions: ["v2.5.8"], sources: [] } },
};

describe("a run that did not succeed", () => {
  test("carries the failure of its step as data and as text", async () => {
    const failure = failureOf({});
    const own: StepEvent[] = [{ event: "failure", resource: "etcd-restore", failure }];
    const { code, ended } = await rolled({ up: failing("etcd-restore", own) });
    expect(code).toBe(1);
    expect(ended).toMatchObject({ result: "failed", failure, canBeUndone: false });
    expect(ended.error).toContain("rancher-rollback apply --stack prod   (continues from this step)");
  });

  test("by a step that was cut off does not claim that nothing was wiped", async () => {
    const { ended } = await rolled({ up: failing("etcd-restore", []) });
    expect(ended.failure).toMatchObject({ kind: "cut-off", pointOfNoReturn: { state: "unknown" } });
  });

  test("after its restore says on the screen that the point of no return was passed, and offers the way back", async () => {
    const up: World["up"] = async (engine, roll) => {
      engine.onEvent(begins("etcd-restore") as never);
      say(engine, wiping);
      engine.onEvent(ends("etcd-restore") as never);
      return await failing("rke-up", [])(engine, roll);
    };
    const states = [{}, {}, { "etcd-restore": { ...restored, way: "rke", reasons: [], safetyCopy: COPY } }];
    const { ended } = await rolled({ up, states });
    expect(ended.error).toContain(`point of no return:  passed at ${AT} by the restore of this run;`);
    expect(ended.error).not.toContain("not reached");
    expect([ended.safetyCopy, ended.canBeUndone]).toEqual(["safety-1", true]);
  });

  test("and continues one that has wiped says that an earlier run has passed the point of no return", async () => {
    const states = [{ "etcd-restore": { ...restored, safetyCopy: COPY } }];
    const { ended } = await rolled({ steps: ["rke-up"], up: failing("rke-up", []), states });
    expect(ended.failure?.pointOfNoReturn).toEqual({ state: "passed-earlier", by: "earlier-run", at: AT });
    expect([ended.safetyCopy, ended.canBeUndone]).toEqual(["safety-1", true]);
  });

  test("as it was refused offers the way back of the rollback that it would have gone on with", async () => {
    const states = [{ "etcd-restore": { ...restored, safetyCopy: COPY } }];
    const { ended } = await rolled({
      steps: ["rke-up"],
      answer: { kind: "no", problem: { message: "not confirmed", remedy: "confirm it" } },
      states,
    });
    expect(ended).toMatchObject({ result: "refused", canBeUndone: true });
  });

  test("and restores nothing anew has nothing to undo, and does not say that nothing was ever wiped", async () => {
    const finished = { verification: verifiedLater, unlock: unlockedLater };
    const states = [{ "etcd-restore": { ...restored, safetyCopy: COPY }, ...finished }];
    const { ended } = await rolled({ steps: ["rancher-image-api"], up: failing("rancher-image-api", []), states });
    expect(ended.failure?.pointOfNoReturn).toEqual({ state: "passed-earlier", by: "earlier-rollback" });
    expect([ended.canBeUndone, ended.safetyCopy]).toEqual([false, undefined]);
  });

  test("and goes on with a verified rollback whose rke up failed still offers the way back, until it is unlocked", async () => {
    const verified = { "etcd-restore": { ...restored, safetyCopy: COPY }, verification: verifiedLater };
    const over = { steps: ["rke-up-last"], up: failing("rke-up-last", []), pending: ["unlock"] };
    const { ended } = await rolled({
      ...over,
      states: [{ ...verified, unlock: { ...unlockedLater, finishedAt: EARLIER } }],
    });
    expect([ended.safetyCopy, ended.canBeUndone]).toEqual(["safety-1", true]);
    expect(ended.failure?.pointOfNoReturn).toEqual({ state: "passed-earlier", by: "earlier-rollback" });
    const anew = { steps: ["etcd-restore"], up: failing("preflight", []), states: [verified] };
    const { ended: other } = await rolled(anew);
    expect([other.safetyCopy, other.canBeUndone]).toEqual([undefined, false]);
    const { ended: after } = await rolled({ ...over, states: [{ ...verified, unlock: unlockedLater }] });
    expect([after.safetyCopy, after.canBeUndone]).toEqual([undefined, false]);
  });

  test("and sets the image alone once more does not offer to undo the rollback that was finished long before", async () => {
    const finished = { verification: verifiedLater, unlock: unlockedLater };
    const states = [{ "etcd-restore": { ...restored, safetyCopy: COPY }, ...finished }];
    const over = { steps: ["rancher-image-api"], states, pending: ["verification", "unlock"] };
    const { ended: failed } = await rolled({ ...over, up: failing("rancher-image-api", []) });
    expect([failed.canBeUndone, failed.safetyCopy]).toEqual([false, undefined]);
    const outputs = { rollback: { value: { safetyCopy: COPY, restore: restored, verification: verifiedLater } } };
    const { ended } = await rolled({ ...over, up: async () => ({ outputs }) });
    expect([ended.result, ended.canBeUndone, ended.safetyCopy]).toEqual(["succeeded", false, undefined]);
  });

  test("and cannot read the note of earlier restores does not say that nothing was wiped, and offers the way back", async () => {
    const note = textFile(join(clusterFile(), "../.rancher-rollback/restore.json"), "{");
    const check = checkFailed("earlier-restores", [{ message: "the note cannot be read", remedy: "rm it" }]);
    const { ended, events } = await rolled({
      plan: somePlan({ failedChecks: check }),
      states: [{ "safety-copy": COPY }],
    });
    expect(events[0]).toMatchObject({ event: "run-started", unreadableNote: note });
    expect(ended).toMatchObject({
      result: "refused",
      safetyCopy: "safety-1",
      canBeUndone: true,
    });
  });

  test("whose restore was refused before its program started has nothing to undo, whatever was printed of it", async () => {
    const states = [{ "safety-copy": COPY }];
    const up: World["up"] = async ({ onEvent }) => {
      const begun = begins("etcd-restore");
      const { urn } = begun.resourcePreEvent.metadata;
      const line = { diagnosticEvent: { message: "waiting for the hook", severity: "info", urn } };
      for (const event of [begun, line, fails("etcd-restore")]) onEvent(event as never);
      throw new Error("the update failed");
    };
    const { ended } = await rolled({ up, states });
    expect(ended).toMatchObject({ result: "failed", canBeUndone: false });
  });

  test("names the safety copy of this run as the way back once it has wiped", async () => {
    const own: StepEvent[] = [
      { event: "safety-copy", resource: "etcd-restore", name: "safety-2", nodes: ["node1"], bytes: 7 },
      wiping,
      {
        ...{ event: "failure", resource: "etcd-restore" },
        failure: failureOf({ pointOfNoReturn: { state: "passed", at: AT } }),
      },
    ];
    const { ended } = await rolled({ up: failing("etcd-restore", own) });
    expect(ended).toMatchObject({
      ...{ safetyCopy: "safety-2", copy: { nodes: ["node1"], bytes: 7 } },
      canBeUndone: true,
    });
  });

  test("after its wipe does not tell of the restore before it, which the state still has to be replaced", async () => {
    const oldData = { id: "1", path: "/old", until: AT };
    const states = [{ "etcd-restore": { ...restored, reasons: [], way: "in-place", oldData, safetyCopy: COPY } }];
    const { ended } = await rolled({ up: failing("etcd-restore", [wiping]), states, pending: ["etcd-restore"] });
    expect(ended.result).toBe("failed");
    expect([ended.safetyCopy, ended.restore]).toEqual([undefined, undefined]);
  });

  test("because another run holds the stack says what to type", async () => {
    const up = () => Promise.reject(Object.create(ConcurrentUpdateError.prototype));
    const { code, ended } = await rolled({ up });
    expect([code, ended.result]).toEqual([1, "failed"]);
    expect(ended.error).toContain("pulumi cancel --stack prod");
  });

  test("leaves nothing for its next step to run: the step that asks finds the request to stop", async () => {
    const asked: boolean[] = [];
    const up: World["up"] = async (engine, roll) => {
      const file = engine.environment[STOP_VARIABLE] ?? "";
      asked.push(existsSync(file));
      roll.stop();
      asked.push(existsSync(file));
      const failure = failureOf({ kind: "stopped" });
      return await failing("rke-up", [{ event: "failure", resource: "rke-up", failure }])(engine, roll);
    };
    const { ended, events } = await rolled({ up });
    expect(asked).toEqual([false, true]);
    expect(ended.result).toBe("interrupted");
    expect(events).toContainEqual(expect.objectContaining({ event: "note", level: "warning" }));
  });

  test("was interrupted where its step was stopped on request", async () => {
    const failure = failureOf({ kind: "stopped" });
    const own: StepEvent[] = [{ event: "failure", resource: "preflight", failure }];
    expect((await rolled({ up: failing("preflight", own) })).ended.result).toBe("interrupted");
  });

  test("was interrupted where it was cut off on request", async () => {
    const up: World["up"] = async (engine, roll) => {
      roll.stopNow();
      return await failing("preflight", [])(engine, roll);
    };
    expect((await rolled({ up })).ended.result).toBe("interrupted");
  });

  test("was interrupted where somebody asked to stop while it was previewed", async () => {
    const { ended, ups } = await rolled({ previewed: (roll) => roll.stop() });
    expect([ended.result, ups]).toEqual(["interrupted", 0]);
  });
});

describe("a run that succeeds", () => {
  test("names the safety copy of what it has wiped, and the way back", async () => {
    const up: World["up"] = async (engine) => {
      engine.onEvent(begins("etcd-restore") as never);
      say(engine, wiping);
      engine.onEvent(ends("etcd-restore") as never);
      return { outputs: { rollback: { value: { safetyCopy: COPY } } } };
    };
    const { code, ended, events } = await rolled({ up });
    expect(code).toBe(0);
    expect(events).toContainEqual(expect.objectContaining({ event: "wiping", step: "etcd-restore" }));
    expect(ended).toMatchObject({ result: "succeeded", safetyCopy: "safety-1", canBeUndone: true });
  });

  test("names the safety copy of a wipe before it, which it has continued", async () => {
    const up = async () => ({ outputs: { rollback: { value: { safetyCopy: COPY } } } });
    const states = [{ "etcd-restore": { ...restored, safetyCopy: COPY } }];
    expect((await rolled({ steps: ["rke-up"], up, states })).ended.safetyCopy).toBe("safety-1");
  });

  test("without a wipe names no safety copy, though the stack has one of a rollback before", async () => {
    const up = async () => ({ outputs: { rollback: { value: { safetyCopy: COPY } } } });
    const { code, ended } = await rolled({ steps: ["rancher-image"], up });
    expect(code).toBe(0);
    expect(ended).toMatchObject({ result: "succeeded", canBeUndone: false });
    expect(ended.safetyCopy).toBeUndefined();
  });
});
