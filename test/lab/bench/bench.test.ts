import { beforeEach, describe, expect, test, vi } from "vitest";
import { bench } from "../../../lab/bench/bench.ts";
import { measure, type Timed } from "../../../lab/bench/measure.ts";
import { byAnsible, byHand, getAnsible } from "../../../lab/bench/operator.ts";
import { type BenchOptions, TURNS } from "../../../lab/bench/options.ts";
import { readResults } from "../../../lab/bench/results.ts";
import { Rollback } from "../../../lab/bench/rollback.ts";
import { StartState } from "../../../lab/bench/startState.ts";
import { startNode, stopNode } from "../../../lab/cluster/cluster.ts";
import { nodesOf } from "../../../lab/cluster/plans.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { someResults } from "./someResults.ts";

vi.mock("../../../lab/cluster/cluster.ts", () => ({
  ...{ clusterDown: vi.fn(), clusterUp: vi.fn(), startNode: vi.fn(), stopNode: vi.fn() },
}));
vi.mock("../../../lab/engine/engine.ts", () => ({ getEngine: vi.fn() }));
vi.mock("../../../lab/bench/circumstances.ts", () => ({
  ...{ load: () => 0.5, keepTraces: () => "kept", neutral: (text: string) => text, versions: async () => ({}) },
  ...{ commitOf: async () => someResults().commit, machine: () => someResults().machine },
}));
vi.mock("../../../lab/bench/measure.ts", () => ({ measure: vi.fn() }));
vi.mock("../../../lab/bench/operator.ts", () => ({
  ...{ ANSIBLE_VERSION: "ansible-core 1", getAnsible: vi.fn(), byAnsible: vi.fn(), byHand: vi.fn() },
}));
vi.mock("../../../lab/bench/rollback.ts", () => ({ Rollback: { begin: vi.fn() } }));
vi.mock("../../../lab/bench/startState.ts", () => ({ WORKING: "v2.5.9", StartState: vi.fn() }));

const TIMED: Timed = { total: 30, whole: 70, steps: [] };
const OUTAGE = { seconds: 20, from: 0, until: 20, firstAnswer: 20, lapses: 0 };

let into: string;
let state: Record<
  "failedUpgrade" | "workingUpgrade" | "mustBeRestored" | "mustBeUndone" | "failed",
  ReturnType<typeof vi.fn>
>;
let rollback: Record<"roll" | "dryRun", ReturnType<typeof vi.fn>>;

beforeEach(async () => {
  vi.resetAllMocks();
  into = tempFolder();
  const dir = tempFolder();
  const kubeconfig = textFile(`${dir}/kubeconfig`, "clusters: [{ cluster: { server: 'https://198.18.0.12:6443' } }]\n");
  const { clusterUp } = await import("../../../lab/cluster/cluster.ts");
  vi.mocked(clusterUp).mockResolvedValue({ name: "a", dir, kubeconfig, nodes: nodesOf("a") } as never);
  vi.mocked(getAnsible).mockResolvedValue("ansible-playbook");
  vi.mocked(byHand).mockResolvedValue(TIMED);
  vi.mocked(byAnsible).mockResolvedValue(TIMED);
  vi.mocked(measure).mockImplementation(async (_, __, work) => ({ ...(await work(0)), outage: OUTAGE }));
  state = {
    ...{ failedUpgrade: vi.fn(async () => "bench-1"), workingUpgrade: vi.fn(async () => "bench-1") },
    ...{ mustBeRestored: vi.fn(), mustBeUndone: vi.fn(), failed: vi.fn() },
  };
  const Standing = class {
    constructor() {
      Object.assign(this, state);
    }
  };
  vi.mocked(StartState).mockImplementation(Standing as never);
  rollback = { roll: vi.fn(async () => ({ ...TIMED, safetyCopy: "copy" })), dryRun: vi.fn(async () => 3.5) };
  vi.mocked(Rollback.begin).mockResolvedValue(rollback as never);
});

async function run(changes: Partial<BenchOptions> = {}) {
  const options = { rounds: 2, turns: [...TURNS], dryRuns: 1, into, keep: false, big: false, pageOnly: false };
  return await bench({ ...options, ...changes }, () => {});
}

describe("the bench", () => {
  test("takes every way once a round, undo with the apply that it takes back", async () => {
    const { turns, dryRuns, endedAt } = await run();
    const methods = ["by-hand", "ansible", "rke", "in-place", "in-place-working", "undo"];
    expect(turns.map(({ round, method }) => `${round} ${method}`)).toEqual(
      [1, 2].flatMap((round) => methods.map((method) => `${round} ${method}`)),
    );
    expect(rollback.roll.mock.calls.map(([words, way]) => [words[0], words[2], way]).slice(0, 4)).toEqual([
      ["apply", "bench-1", "rke"],
      ["apply", "bench-1", "in-place"],
      ["apply", "bench-1", "in-place"],
      ["undo", "copy", "rename-back"],
    ]);
    const each = ["preview", "no-op", "prove", "prepare"];
    expect(dryRuns.map(({ dryRun }) => dryRun)).toEqual([...each, ...each, "preview-dead-node"]);
    expect(endedAt).toBeDefined();
    expect(readResults(into, "results.json")?.turns).toEqual(turns);
  });

  test("keeps what fails as failed, and goes on", async () => {
    vi.mocked(byHand).mockRejectedValueOnce(new Error("no SSH"));
    const { turns } = await run({ turns: ["by-hand", "rke"] });
    expect(turns.map(({ method, result }) => `${method} ${result}`)).toEqual([
      ...["by-hand failed", "rke measured", "by-hand measured", "rke measured"],
    ]);
    expect(turns[0]).toMatchObject({ reason: "no SSH" });
    expect(state.failed).toHaveBeenCalledOnce();
  });

  test("counts no restore that has not brought the data back", async () => {
    state.mustBeRestored.mockRejectedValueOnce(new Error("mallory is there"));
    const { turns } = await run({ turns: ["rke"], rounds: 1 });
    expect(turns).toMatchObject([{ result: "failed", reason: "mallory is there" }]);
  });

  test("undoes nothing where the apply before has failed", async () => {
    rollback.roll.mockRejectedValueOnce(new Error("refused"));
    const { turns } = await run({ turns: ["undo"], rounds: 1 });
    expect(turns.map(({ method, result }) => `${method} ${result}`)).toEqual(["in-place-working failed"]);
  });

  test("has written what was measured so far when it is cut off", async () => {
    rollback.roll.mockImplementation(async () => {
      expect(readResults(into, "results.json")?.turns).toMatchObject([{ method: "by-hand", result: "measured" }]);
      expect(readResults(into, "results.json")).not.toHaveProperty("endedAt");
      return { ...TIMED, safetyCopy: "copy" };
    });
    const { turns } = await run({ turns: ["by-hand", "rke"], rounds: 1 });
    expect(turns).toMatchObject([{ result: "measured" }, { result: "measured" }]);
  });

  test("goes without Ansible where that cannot be had, and says so", async () => {
    vi.mocked(getAnsible).mockRejectedValue(new Error("no index at https://example.com"));
    const { turns, skipped } = await run({ rounds: 1 });
    expect(turns.map(({ method }) => method)).not.toContain("ansible");
    expect(skipped).toEqual([{ method: "ansible", reason: "ansible-core 1 could not be installed from PyPI" }]);
  });

  test("switches the node of the kubeconfig off for its preview, and on again though that fails", async () => {
    rollback.dryRun.mockRejectedValue(new Error("plan hangs"));
    const { failedDryRuns } = await run({ turns: ["rke"], rounds: 1 });
    expect(failedDryRuns).toEqual([{ dryRun: "preview-dead-node", reason: "plan hangs" }]);
    expect(vi.mocked(stopNode).mock.calls.map(([, node]) => node)).toEqual(["node2"]);
    expect(vi.mocked(startNode).mock.calls.map(([, node]) => node)).toEqual(["node2"]);
  });
});
