import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect } from "vitest";
import type { Answer, FromWorker, Job } from "../../cli/job.ts";
import type { RollTarget, RollWorkspace } from "../../cli/roll/rollTarget.ts";
import { Roll } from "../../cli/roll.ts";
import { StackState } from "../../cli/stackState.ts";
import type { Notice } from "../../cluster/problem.ts";
import type { Failure } from "../../messages/failure.ts";
import type { Refused } from "../../messages/refusal.ts";
import { EVENTS_VARIABLE, type StepEvent } from "../../messages/stepEvents.ts";
import type { RollbackPlan } from "../../plan/plan.ts";
import type { RunEvent } from "../../run/events.ts";
import type { Settings } from "../../settings/settings.ts";
import { somePlan } from "../plan/somePlan.ts";
import { clusterFileIn } from "./clusterFile.ts";
import { tempFolder } from "./folder.ts";
import { someSettings } from "./settings.ts";

export const AT = "2026-11-23T03:00:58.000Z";
const URN = "urn:pulumi:prod::rancher-rollback::rancher-rollback:index:RancherRollback$command:local:Command::";
export const COPY = {
  ...{
    name: "safety-1",
    kind: "live",
    nodes: ["node1", "node2", "node3"],
    bytes: 1,
    sha256: "a".repeat(64),
    state: true,
    folder: "/s",
  },
  rancherImage: "rancher/rancher:v2.6.0",
};
export const wiping: StepEvent = { event: "wiping", resource: "etcd-restore", at: AT };
export const restored = { rke: "v1.8.0", wipedAt: AT, warnings: 0, log: "/restore.log", adopted: false };

/** The engine in an update, what its steps have in their environment, and what its program is told. */
type Engine = Parameters<RollWorkspace["stack"]["up"]>[0] & {
  environment: Record<string, string>;
  isUnverified: () => boolean;
};

/** What a stack is and what happens to it. */
export interface World {
  command: Job["command"];
  stack: string;
  config: Record<string, string>;
  accepted: string[];
  settings: Partial<Settings>;
  /** The steps that the preview shows. */
  steps: string[];
  /** What the engine says in the preview before it fails. */
  preview?: object[];
  /** Why the program refuses to go on, in the preview or in the update. */
  refused?: Refused;
  refusedUp?: Refused;
  /** What the program warns of, in the preview and in the update. */
  warned: Notice[];
  warnedUp: Notice[];
  plan: RollbackPlan;
  /** What is read of the cluster once it was answered. */
  planLater: RollbackPlan;
  answer: Answer;
  /** How long the answer takes, ms. */
  answerAfter?: number;
  /** The reports in the state, as they are each time it is read. */
  states: Record<string, object>[];
  /** Those of its resources that a failed run has left to be replaced. */
  pending?: string[];
  /** Names of the EC2 instances that killed runs were making. */
  machines?: string[];
  previewed: (roll: Roll) => void;
  up: (engine: Engine, roll: Roll) => Promise<{ outputs: Record<string, { value: unknown }> }>;
}

/** A roll on a stack that is a stand-in, from its beginning to its end. */
export async function rolledOn(clusterFile: string, over: Partial<World> = {}) {
  const world: World = {
    command: "apply",
    stack: "prod",
    config: {},
    accepted: ["base"],
    settings: {},
    steps: ["preflight", "etcd-restore"],
    warned: [],
    warnedUp: [],
    plan: somePlan(),
    planLater: somePlan(),
    answer: { kind: "go" },
    states: [{}],
    previewed: () => {},
    up: async () => ({ outputs: {} }),
    ...over,
  };
  const said: FromWorker[] = [];
  const set: Record<string, string> = {};
  const kept: Record<string, string>[] = [];
  let [ups, closed, reads] = [0, 0, 0];
  const target: RollTarget = {
    readPlan: async () => world.planLater,
    open: async (_, announce, environment, isUnverified) => ({
      stack: {
        workspace: { pulumiVersion: "3.259.0" },
        preview: async ({ onEvent }) => {
          for (const notice of world.warned) announce({ kind: "warned", notice });
          announce({ kind: "plan", plan: world.plan });
          if (world.refused) announce({ kind: "refused", ...world.refused });
          for (const step of world.steps) onEvent({ sequence: 0, timestamp: 0, ...begins(step) } as never);
          for (const event of world.preview ?? []) onEvent({ sequence: 0, timestamp: 0, ...event } as never);
          if (world.preview) throw new Error("the engine repeats itself");
          world.previewed(roll);
        },
        up: async (engine) => {
          ups++;
          for (const notice of world.warnedUp) announce({ kind: "warned", notice });
          if (world.refusedUp) announce({ kind: "refused", ...world.refusedUp });
          return await world.up({ ...engine, environment, isUnverified }, roll);
        },
      },
      settings: async () => {
        const { cluster } = someSettings();
        return someSettings({ cluster: { ...cluster, path: clusterFile }, ...world.settings, ...set });
      },
      set: (settings) => void Object.assign(set, settings),
      keep: (settings) => kept.push(settings),
      state: async () =>
        stateOf(world.states[Math.min(reads++, world.states.length - 1)] ?? {}, world.pending, world.machines),
      close: () => closed++,
    }),
  };
  const { command, stack, config, accepted } = world;
  const job: Job = { command, stack, config, accepted };
  const roll = new Roll(
    job,
    { tell: (one) => said.push(one), answer: async () => await sleep(world.answerAfter ?? 0, world.answer) },
    target,
  );
  const code = await roll.run();
  const events = said.flatMap((one) => (one.kind === "event" ? [one.event] : []));
  const ended = events.at(-1) as Extract<RunEvent, { event: "run-ended" }>;
  // Whatever happens, a run says how it ended, and the stack's folder is closed.
  expect(ended.event).toBe("run-ended");
  expect(closed).toBe(1);
  const phases = said.flatMap((one) => (one.kind === "phase" ? [one.text] : []));
  return { code, events, phases, ended, ups, set, kept, previewed: said.find(({ kind }) => kind === "previewed") };
}

/**
 * A state in which these steps have run, each with its report; the component around a step has its name too.
 * @param pending those of the rollback before, which this one has begun to replace and has not made again.
 * @param machines that a killed run was making.
 */
export function stateOf(reports: Record<string, object>, pending: string[] = [], machines: string[] = []): StackState {
  const resources = Object.entries(reports).flatMap(([name, report]) => [
    { urn: `urn:pulumi:prod::rancher-rollback::index:Some::${name}`, type: "rancher-rollback:index:Some" },
    {
      urn: URN + name,
      type: "command:local:Command",
      outputs: { stdout: JSON.stringify({ startedAt: AT, finishedAt: AT, seconds: 1, ...report }) },
      ...(pending.includes(name) && { pendingReplacement: true }),
    },
  ]);
  const type = "aws:ec2/instance:Instance";
  const making = machines.map((name) => ({
    type: "creating",
    resource: { urn: `urn:pulumi:prod::rancher-rollback::${type}::${name}`, type, inputs: { tags: { Name: name } } },
  }));
  return new StackState({ resources, pending_operations: making });
}

export const begins = (step: string) => ({ resourcePreEvent: { metadata: { op: "create", urn: URN + step } } });
export const ends = (step: string) => ({ resOutputsEvent: { metadata: { op: "create", urn: URN + step } } });
export const fails = (step: string) => ({ resOpFailedEvent: { metadata: { op: "create", urn: URN + step } } });

/** What a step says of itself, where the roll has said. */
export function say({ environment }: Pick<Engine, "environment">, event: StepEvent): void {
  appendFileSync(environment[EVENTS_VARIABLE] ?? "", `${JSON.stringify(event)}\n`);
}

/** An update in which a step says this of itself and fails. */
export function failing(step: string, own: StepEvent[]): World["up"] {
  return async (engine) => {
    const { onEvent } = engine;
    onEvent(begins(step) as never);
    for (const event of [{ event: "started", resource: step } as const, ...own]) {
      say(engine, event);
    }
    onEvent(fails(step) as never);
    throw new Error("the engine repeats itself");
  };
}

export const failureOf = (over: Partial<Failure>): Failure => ({
  kind: "rke",
  step: "restore",
  happened: ["node1: no space left"],
  pointOfNoReturn: { state: "not-reached" },
  remedies: [],
  ...over,
});

/** Gives each test of a file a cluster file. */
export function setUpRolls() {
  const own = { clusterFile: "" };
  beforeEach(() => {
    own.clusterFile = clusterFileIn(tempFolder());
  });
  return { clusterFile: () => own.clusterFile, rolled: (over?: Partial<World>) => rolledOn(own.clusterFile, over) };
}
