import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { FromWorker, Job } from "../../cli/job.ts";
import type { RollTarget, RollWorkspace } from "../../cli/roll/rollTarget.ts";
import { Roll } from "../../cli/roll.ts";
import { setRemedy } from "../../cluster/problem.ts";
import { aliveRun } from "../../cluster/stateFolder/runMark.ts";
import { STACK_VARIABLE } from "../../messages/commands.ts";
import { EVENTS_VARIABLE } from "../../messages/stepEvents.ts";
import { reportTicket } from "../../output/report/ticket.ts";
import { keptRuns } from "../../run/runs.ts";
import { STOP_VARIABLE } from "../../steps/stop.ts";
import { somePlan } from "../plan/somePlan.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { tempFolder, textFile } from "../support/folder.ts";
import { COPY, failing, restored, rolledOn, say, setUpRolls, stateOf, type World } from "../support/roll.ts";

const { clusterFile, rolled } = setUpRolls();

test("a cluster that was read seconds ago is not read once more where nobody had to be asked", async () => {
  const plan = somePlan({ readAt: new Date(Date.now() - 5000).toISOString() });
  const { ended, ups } = await rolled({ plan, planLater: somePlan({ clusterFileDiff: "+ a node" }) });
  expect([ended.result, ups]).toEqual(["succeeded", 1]);
});

test("what an earlier run has left at work is waited for by a run that goes on from it, and refused by a new one", async () => {
  const busy = { message: "node1: etcd-restore is running", remedy: "wait", passes: true as const };
  const plan = somePlan({ failedChecks: [busy] });
  const results = await Promise.all(
    [["etcd-restore"], ["preflight", "etcd-restore"]].map(
      async (steps) => (await rolled({ plan, planLater: plan, steps })).ended.result,
    ),
  );
  expect(results).toEqual(["succeeded", "refused"]);
});

test("a program knows whether the stack's last restore was verified before the run, which its lock does not tell after an abort", async () => {
  const at = (minute: number) => ({ finishedAt: `2026-11-23T03:0${minute}:00.000Z` });
  const restore = { "etcd-restore": { ...restored, ...at(2) } };
  const verification = {
    ...{ verified: true, nodesReady: 3, etcdMembers: 3, rancherVersion: "v2.5.8", image: "rancher/rancher:v2.5.8" },
    rancherEvidence: { runs: "rancher/rancher:v2.5.8", answers: { versions: ["v2.5.8"], sources: ["rancherversion"] } },
    ...at(4),
  };
  const known: boolean[] = [];
  for (const state of [{}, restore, { ...restore, verification }]) {
    await rolled({
      states: [state],
      up: async ({ isUnverified }) => {
        known.push(isUnverified());
        return { outputs: {} };
      },
    });
  }
  expect(known).toEqual([false, true, false]);
});

describe("a note of earlier restores that cannot be read", () => {
  const warnings = async (over: Partial<World>) => {
    textFile(join(clusterFile(), "../.rancher-rollback/restore.json"), "{");
    const { events } = await rolled(over);
    return events.flatMap((event) => (event.event === "note" && event.level === "warning" ? [event] : []));
  };

  test("is warned of with its remedy by a run that restores nothing, whose plan does not tell of it", async () => {
    for (const [command, steps] of [
      ["plan", ["rancher-image-api"]],
      ["plan", []],
      ["apply", ["rancher-image-api"]],
    ] as const) {
      expect(await warnings({ command, steps: [...steps] })).toEqual([
        expect.objectContaining({
          text: expect.stringMatching(/^the note of earlier restores, .* cannot be read: it is no JSON$/),
          remedy: expect.stringContaining("put it back from a backup"),
        }),
      ]);
    }
  });

  test("is told once where a restore is planned, by the plan's failed check", async () => {
    expect(await warnings({ command: "plan" })).toEqual([]);
  });
});

test("an instance that a killed run may have made is warned of, with how to find it", async () => {
  for (const command of ["plan", "apply"] as const) {
    const { events } = await rolled({ command, machines: ["node4"] });
    expect(events).toContainEqual(
      expect.objectContaining({
        ...{ event: "note", level: "warning" },
        text: "a run was killed while it made the EC2 instance node4: there may be one that the stack does not know, and the rollback makes another one",
        remedy: {
          text: expect.stringMatching(
            /^look for it .*: aws ec2 describe-instances --filters 'Name=tag:Name,Values=node4'; then tell Pulumi/,
          ),
          pulumi: "refresh",
        },
      }),
    );
  }
});

describe("what the program warns of", () => {
  const notice = { message: "the add-on was not read", remedy: setRemedy("look into it", "run", "2") };
  const warnings = async (over: Partial<World>) => {
    const { events } = await rolled(over);
    const told = events.flatMap((one) => (one.event === "note" && one.level === "warning" ? [one] : []));
    const [run] = keptRuns(clusterFile());
    return { told, kept: run?.record.notes, ticket: run && reportTicket(run.record) };
  };

  test("right before the wipe is one warning with its remedy, in events, record and report", async () => {
    const { told, kept, ticket } = await warnings({ warnedUp: [notice] });
    const { message: text, remedy } = notice;
    expect(told).toMatchObject([{ text, remedy }]);
    expect(kept).toMatchObject([{ level: "warning", text, remedy }]);
    expect(ticket).toMatch(/the add-on was not read.*remedy: .*look into it: pulumi config set run 2 --stack prod/);
  });

  test("in the preview and again in the update is told once", async () => {
    const other = { message: "something else" };
    const { told } = await warnings({ warned: [notice], warnedUp: [notice, other] });
    expect(told.map(({ text }) => text)).toEqual([notice.message, other.message]);
  });
});

test("a run marks that it is alive while it updates the stack, and only then", async () => {
  const alive: unknown[] = [];
  const look = () => void alive.push(aliveRun(clusterFile())?.stack);
  const up = async () => {
    look();
    return { outputs: {} };
  };
  await rolled({ previewed: look, up });
  look();
  await rolled({ up: failing("preflight", []) });
  look();
  expect(alive).toEqual([undefined, "prod", undefined, undefined]);
});

test("two rolls in one process share nothing: each hears its own steps, and is stopped alone", async () => {
  const [bothUpdate, prodIsStopped] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const updating = new Set<string>();
  const seen: Record<string, unknown> = {};
  const roll = async (stack: string) => {
    const up: World["up"] = async (engine, roll) => {
      if (updating.add(stack).size === 2) bothUpdate.resolve();
      await bothUpdate.promise;
      if (stack === "prod") {
        roll.stop();
        prodIsStopped.resolve();
      }
      await prodIsStopped.promise;
      say(engine, { event: "warning", resource: "preflight", message: `of ${stack}` });
      const { [STACK_VARIABLE]: told, [STOP_VARIABLE]: stop = "" } = engine.environment;
      seen[stack] = { told, isStopped: existsSync(stop) };
      return { outputs: {} };
    };
    const { events } = await rolledOn(clusterFileIn(tempFolder()), { stack, up });
    return events.flatMap((one) => (one.event === "note" && one.text.startsWith("of ") ? [one.text] : []));
  };
  expect(await Promise.all(["prod", "staging"].map(roll))).toEqual([["of prod"], ["of staging"]]);
  expect(seen).toEqual({ prod: { told: "prod", isStopped: true }, staging: { told: "staging", isStopped: false } });
  for (const name of [STACK_VARIABLE, STOP_VARIABLE, EVENTS_VARIABLE]) expect(process.env).not.toHaveProperty(name);
});

test.each<[how: string, over: Partial<World>]>([
  ["terminal", { accepted: [], answer: { kind: "go", accept: "base" } }],
  ["command-line", {}],
  ["command-line", { accepted: [], config: { acceptDataLossOf: "base" }, settings: { acceptDataLossOf: "base" } }],
  ["settings", { accepted: [], settings: { acceptDataLossOf: "base" } }],
  ["nothing-to-confirm", { accepted: [], steps: ["rancher-image"] }],
])("a rollback records how it was confirmed: %s", async (how, over) => {
  const { events } = await rolled(over);
  expect(events).toContainEqual(expect.objectContaining({ event: "confirmed", how }));
});

test("a rollback says what it does while there is nothing else to show", async () => {
  const { phases } = await rolled();
  expect(phases[0]).toBe("opening the stack");
  expect(phases).toContain("checking that nothing has changed since the preview");
});

describe("a plan", () => {
  const failed = { message: "node2: there is no base", remedy: "take another" };
  test("touches nothing, and ends with 2 where changes are planned, and with 0 where there are none", async () => {
    expect(await rolled({ command: "plan" })).toMatchObject({ code: 2, ups: 0, ended: { result: "planned" } });
    const none = await rolled({ command: "plan", steps: [] });
    expect(none).toMatchObject({ code: 0, ups: 0, ended: { result: "unchanged" } });
  });

  test("ends with 3 where a check failed, and says that apply would be refused", async () => {
    const { code, ended, events } = await rolled({ command: "plan", plan: somePlan({ failedChecks: [failed] }) });
    expect([code, ended.result]).toEqual([3, "planned"]);
    expect(events).toContainEqual(
      expect.objectContaining({
        event: "note",
        level: "warning",
        text: expect.stringContaining("apply would be refused"),
      }),
    );
  });

  test("ends with 2 where a check failed that this run does not make", async () => {
    const plan = somePlan({ failedChecks: [failed] });
    expect((await rolled({ command: "plan", plan, steps: ["rancher-image"] })).code).toBe(2);
  });
});

describe("consent", () => {
  test("on the command line is for the restore that it names", async () => {
    const again = { settings: { run: 2 } };
    const accepted = await rolled({ ...again, accepted: ["base#2"] });
    expect(accepted.set).toEqual({ acceptDataLossOf: "base#2" });
    expect(accepted.previewed).toEqual({ kind: "previewed" });
    const other = await rolled({ ...again, accepted: ["base"] });
    expect(other.set).toEqual({});
    expect(other.previewed).toEqual({ kind: "previewed", consent: "base#2" });
  });

  test("on the terminal is kept for this run alone", async () => {
    const { set, kept } = await rolled({ accepted: [], answer: { kind: "go", accept: "base" } });
    expect(set).toEqual({ acceptDataLossOf: "base" });
    expect(kept).toEqual([]);
  });

  test("is asked for only where something is restored", async () => {
    const { previewed } = await rolled({ accepted: [], steps: ["rancher-image"] });
    expect(previewed).toEqual({ kind: "previewed" });
  });
});

describe("the stack's state and its settings", () => {
  const job: Job = { command: "plan", stack: "prod", config: {}, accepted: [] };

  async function opened({ state, settings }: Pick<RollWorkspace, "state" | "settings">) {
    const said: FromWorker[] = [];
    const workspace = { state, settings, close: () => {} } as RollWorkspace;
    const target: RollTarget = { open: async () => workspace, readPlan: async () => somePlan() };
    const code = await new Roll(job, { tell: (one) => said.push(one), answer: vi.fn() }, target).run();
    const [event] = said.flatMap((one) => (one.kind === "event" ? [one.event] : []));
    return { code, event };
  }

  test("are read at once; of two failures the state's is shown", async () => {
    const asked = Promise.withResolvers<void>();
    const { code, event } = await opened({
      state: async () => {
        await asked.promise;
        throw new Error("wrong passphrase");
      },
      settings: async () => {
        asked.resolve();
        throw new Error("wrong settings");
      },
    });
    expect(code).toBe(1);
    expect(event).toMatchObject({ event: "run-ended", result: "refused", error: "wrong passphrase" });
  });

  test("are both waited for: wrong settings take nothing away from what the state says", async () => {
    const { event } = await opened({
      state: async () => {
        await new Promise(setImmediate);
        return stateOf({ "safety-copy": COPY });
      },
      settings: async () => {
        throw new Error("wrong settings");
      },
    });
    expect(event).toMatchObject({ result: "refused", error: "wrong settings", safetyCopy: "safety-1" });
  });
});
