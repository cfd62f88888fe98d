import { appendFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { FromWorker, Job, ToWorker } from "../../cli/job.ts";
import { Roll, type RollTarget, type RollWorkspace } from "../../cli/roll.ts";
import { StackState } from "../../cli/stackState.ts";
import { STACK_VARIABLE } from "../../messages/commands.ts";
import type { Failure } from "../../messages/failure.ts";
import { EVENTS_VARIABLE, type StepEvent } from "../../messages/stepEvents.ts";
import type { RollbackPlan } from "../../plan/plan.ts";
import type { RunEvent } from "../../run/events.ts";
import type { Settings } from "../../settings/settings.ts";
import { STOP_VARIABLE } from "../../steps/stop.ts";
import { somePlan } from "../plan/somePlan.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { tempFolder } from "../support/folder.ts";
import { someSettings } from "../support/settings.ts";

const AT = "2026-11-23T03:00:58.000Z";
const URN = "urn:pulumi:prod::rancher-rollback::rancher-rollback:index:RancherRollback$command:local:Command::";
const COPY = {
  ...{ name: "safety-1", kind: "live", nodes: ["node1"], bytes: 1, sha256: "a".repeat(64), state: true, folder: "/s" },
  rancherImage: "rancher/rancher:v2.6.0",
};
const restored = { rke: "v1.8.0", wipedAt: AT, warnings: 0, log: "/restore.log", adopted: false };

type Engine = Parameters<RollWorkspace["stack"]["up"]>[0];

/** What a stack is and what happens to it. */
interface World {
  command: Job["command"];
  config: Record<string, string>;
  accepted: string[];
  settings: Partial<Settings>;
  /** The steps that the preview shows. */
  steps: string[];
  plan: RollbackPlan;
  /** What is read of the cluster once it was answered. */
  planLater: RollbackPlan;
  answer: Extract<ToWorker, { kind: "go" | "no" }>;
  /** The reports in the state, as they are each time it is read. */
  states: Record<string, object>[];
  previewed: (roll: Roll) => void;
  up: (engine: Engine, roll: Roll) => Promise<{ outputs: Record<string, { value: unknown }> }>;
}

let clusterFile: string;
beforeEach(() => {
  clusterFile = clusterFileIn(tempFolder());
  // A roll sets them for what it runs.
  for (const name of [EVENTS_VARIABLE, STACK_VARIABLE, STOP_VARIABLE]) vi.stubEnv(name, "");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

async function rolled(over: Partial<World> = {}) {
  const world: World = {
    ...{ command: "apply", config: {}, accepted: ["base"], settings: {}, steps: ["preflight", "etcd-restore"] },
    ...{ plan: somePlan(), planLater: somePlan(), answer: { kind: "go" }, states: [{}], previewed: () => {} },
    up: async () => ({ outputs: {} }),
    ...over,
  };
  const said: FromWorker[] = [];
  const set: Record<string, string> = {};
  const kept: Record<string, string>[] = [];
  let [ups, closed, reads] = [0, 0, 0];
  const target: RollTarget = {
    readPlan: async () => world.planLater,
    open: async (_, announce) => ({
      stack: {
        workspace: { pulumiVersion: "3.259.0" },
        preview: async ({ onEvent }) => {
          announce("the screen", world.plan);
          for (const step of world.steps) onEvent({ sequence: 0, timestamp: 0, ...begins(step) } as never);
          world.previewed(roll);
        },
        up: async (engine) => {
          ups++;
          return await world.up(engine, roll);
        },
      },
      settings: async () => {
        const { cluster } = someSettings();
        return someSettings({ cluster: { ...cluster, path: clusterFile }, ...world.settings, ...set });
      },
      set: async (key, value) => {
        set[key] = value;
      },
      keep: (settings) => kept.push(settings),
      state: async () => stateOf(world.states[Math.min(reads++, world.states.length - 1)] ?? {}),
      close: () => closed++,
    }),
  };
  const job: Job = { command: world.command, stack: "prod", config: world.config, accepted: world.accepted };
  const roll = new Roll(job, { tell: (one) => said.push(one), answer: async () => world.answer }, target);
  const code = await roll.run();
  const events = said.flatMap((one) => (one.kind === "event" ? [one.event] : []));
  const ended = events.at(-1) as Extract<RunEvent, { event: "run-ended" }>;
  expect(ended.event).toBe("run-ended");
  expect(closed).toBe(1);
  return { code, events, ended, ups, set, kept, previewed: said.find(({ kind }) => kind === "previewed") };
}

function stateOf(reports: Record<string, object>): StackState {
  const resources = Object.entries(reports).map(([name, report]) => ({
    urn: URN + name,
    type: "command:local:Command",
    outputs: { stdout: JSON.stringify({ startedAt: AT, finishedAt: AT, seconds: 1, ...report }) },
  }));
  return new StackState({ resources });
}

const begins = (step: string) => ({ resourcePreEvent: { metadata: { op: "create", urn: URN + step } } });
const fails = (step: string) => ({ resOpFailedEvent: { metadata: { op: "create", urn: URN + step } } });

/** An update in which a step says this of itself and fails. */
function failing(step: string, own: StepEvent[]): World["up"] {
  return async ({ onEvent }) => {
    onEvent(begins(step) as never);
    for (const event of [{ event: "started", resource: step } as const, ...own]) {
      appendFileSync(process.env[EVENTS_VARIABLE] ?? "", `${JSON.stringify(event)}\n`);
    }
    onEvent(fails(step) as never);
    throw new Error("the engine repeats itself");
  };
}

const failureOf = (over: Partial<Failure>): Failure => ({
  ...{ kind: "rke", step: "The etcd restore", happened: ["node1: no space left"], done: "the checks" },
  ...{ notDone: "the rest", pointOfNoReturn: { state: "not reached" }, remedies: [], rerun: "restores again" },
  ...over,
});

describe("a rollback is refused, and nothing is done,", () => {
  test("where the answer is no", async () => {
    const { code, ended, ups } = await rolled({ answer: { kind: "no", why: "not confirmed; nothing was done" } });
    expect([code, ups]).toEqual([1, 0]);
    expect(ended).toMatchObject({ result: "refused", error: "not confirmed; nothing was done", undo: [] });
  });

  test("where a pre-flight check failed in the preview, before anybody is asked", async () => {
    const remedy = { text: "take another", pulumi: "config set snapshot older" };
    const plan = somePlan({ failedChecks: [{ message: "node2: there is no base", remedy }] });
    const { ended, previewed, ups } = await rolled({ plan });
    expect(ended.result).toBe("refused");
    expect(ended.error).toContain("node2: there is no base\n    → take another: pulumi config set snapshot older");
    expect([previewed, ups]).toEqual([undefined, 0]);
  });

  test("where the cluster has changed since the preview", async () => {
    const { ended, ups } = await rolled({ planLater: somePlan({ clusterFileDiff: "+ a node" }) });
    expect(ended.error).toContain("the cluster is not what the preview showed");
    expect([ended.result, ups]).toEqual(["refused", 0]);
  });

  test("where the stack has changed since the preview", async () => {
    const { ended, ups } = await rolled({ states: [{}, { "lock-id": { id: "1a2b3c4d" } }] });
    expect(ended.error).toContain("the stack or the cluster file has changed since the preview");
    expect([ended.result, ups]).toEqual(["refused", 0]);
  });

  test("where undo has no safety copy to return to", async () => {
    const { code, ended, ups } = await rolled({ command: "undo" });
    expect(ended).toMatchObject({ result: "refused", error: expect.stringContaining("has made no safety copy") });
    expect([code, ups]).toEqual([1, 0]);
  });
});

describe("consent", () => {
  test("on the command line is for the restore that it names", async () => {
    const again = { settings: { run: 2 } };
    const accepted = await rolled({ ...again, accepted: ["base#2"] });
    expect(accepted.set).toEqual({ acceptDataLossOf: "base#2" });
    expect(accepted.previewed).toEqual({ kind: "previewed", changes: 2 });
    const other = await rolled({ ...again, accepted: ["base"] });
    expect(other.set).toEqual({});
    expect(other.previewed).toEqual({ kind: "previewed", changes: 2, snapshotToAccept: "base#2" });
  });

  test("on the terminal is kept for this run alone", async () => {
    const { set, kept } = await rolled({ accepted: [], answer: { kind: "go", accept: "base" } });
    expect(set).toEqual({ acceptDataLossOf: "base" });
    expect(kept).toEqual([]);
  });

  test("is asked for only where something is restored", async () => {
    const { previewed } = await rolled({ accepted: [], steps: ["rancher-image"] });
    expect(previewed).toEqual({ kind: "previewed", changes: 1 });
  });
});

describe("a run that did not succeed", () => {
  test("carries the failure of its step as data and as text", async () => {
    const failure = failureOf({});
    const own: StepEvent[] = [{ event: "failure", resource: "etcd-restore", failure }];
    const { code, ended } = await rolled({ up: failing("etcd-restore", own) });
    expect(code).toBe(1);
    expect(ended).toMatchObject({ result: "failed", failure, undo: [] });
    expect(ended.error).toContain("npx rancher-rollback apply --stack prod   (restores again)");
  });

  test("by a step that was cut off does not claim that nothing was wiped", async () => {
    const { ended } = await rolled({ up: failing("etcd-restore", []) });
    expect(ended.failure).toMatchObject({ kind: "cut-off", pointOfNoReturn: { state: "unknown" } });
  });

  test("names the safety copy of this run as the way back once it has wiped", async () => {
    const own: StepEvent[] = [
      { event: "safety-copy", resource: "etcd-restore", name: "safety-2" },
      { event: "wiping", resource: "etcd-restore", at: AT },
      {
        ...{ event: "failure", resource: "etcd-restore" },
        failure: failureOf({ pointOfNoReturn: { state: "passed", at: AT } }),
      },
    ];
    const { ended } = await rolled({ up: failing("etcd-restore", own) });
    expect(ended).toMatchObject({ safetyCopy: "safety-2", undo: ["npx rancher-rollback undo --stack prod"] });
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
  test("without a wipe names no safety copy, though the stack has one of a rollback before", async () => {
    const up = async () => ({ outputs: { rollback: { value: { safetyCopy: COPY } } } });
    const { code, ended } = await rolled({ steps: ["rancher-image"], up });
    expect(code).toBe(0);
    expect(ended).toMatchObject({ result: "succeeded", undo: [] });
    expect(ended.safetyCopy).toBeUndefined();
  });

  test("as undo returns to the safety copy and its Rancher, and keeps both settings", async () => {
    const before = { "etcd-restore": { ...restored, safetyCopy: COPY } };
    const { code, kept, ups } = await rolled({ command: "undo", states: [before], accepted: ["safety-1"] });
    expect([code, ups]).toEqual([0, 1]);
    expect(kept).toEqual([{ snapshot: "safety-1", rancherVersion: "v2.6.0" }]);
  });

  test("as plan touches nothing and says whether there is something to do", async () => {
    expect(await rolled({ command: "plan" })).toMatchObject({ code: 2, ups: 0, ended: { result: "planned" } });
    const none = await rolled({ command: "plan", steps: [] });
    expect(none).toMatchObject({ code: 0, ups: 0, ended: { result: "unchanged" } });
  });
});
