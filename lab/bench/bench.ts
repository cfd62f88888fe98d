import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { clusterDown, clusterUp, type LabCluster, type Progress, startNode, stopNode } from "../cluster/cluster.ts";
import { type Engine, getEngine } from "../engine/engine.ts";
import { Problem } from "../machine/problem.ts";
import { PRIOR } from "../rehearsals/failedUpgrade.ts";
import { commitOf, keepTraces, load, machine, neutral, versions } from "./circumstances.ts";
import { measure, type Timed } from "./measure.ts";
import { ANSIBLE_VERSION, byAnsible, byHand, getAnsible } from "./operator.ts";
import type { BenchOptions, Turn } from "./options.ts";
import { METHOD_TITLES, writePage } from "./page.ts";
import { type DryRun, type Measured, type Method, type Results, writeResults } from "./results.ts";
import { Rollback } from "./rollback.ts";
import { StartState, WORKING } from "./startState.ts";

/** Measures everything in turn; what was measured is written after each turn. */
export async function bench(options: BenchOptions, say: Progress): Promise<Results> {
  const engine = await getEngine(say);
  // An earlier run may have left pods of a newer Rancher, which migrate whatever is restored.
  await clusterDown("a", say);
  const cluster = await clusterUp("a", say);
  const results: Results = {
    resultsVersion: 1,
    startedAt: new Date().toISOString(),
    commit: await commitOf(),
    machine: machine(),
    versions: await versions(cluster, engine),
    rounds: options.rounds,
    ...{ turns: [], skipped: [], dryRuns: [], failedDryRuns: [] },
  };
  const save = () => {
    writeResults(options.into, "results.json", results);
    writePage(options.into);
  };
  const run = new BenchRun({ cluster, engine, results, dryRuns: options.dryRuns, say, save });
  const turns = await run.possible(options.turns);
  for (let round = 1; round <= options.rounds; round++) {
    for (const turn of turns) await run.take(turn, round);
  }
  await run.previewDeadNode();
  results.endedAt = new Date().toISOString();
  save();
  return results;
}

interface Given {
  cluster: LabCluster;
  engine: Engine;
  /** Filled as the bench goes on. */
  results: Results;
  /** How often a command that restores nothing is measured where its turn comes. */
  dryRuns: number;
  say: Progress;
  save: () => void;
}

class BenchRun {
  private readonly given: Given;
  private readonly start: StartState;
  private ansible = "";
  /** Of the last turn. */
  private snapshot: string | undefined;

  constructor(given: Given) {
    this.given = given;
    this.start = new StartState(given.cluster);
  }

  /** Those turns that can be taken here. */
  async possible(turns: readonly Turn[]): Promise<Turn[]> {
    if (!turns.includes("ansible")) return [...turns];
    const { results, say } = this.given;
    try {
      this.ansible = await getAnsible();
      results.versions.Ansible = ANSIBLE_VERSION;
      return [...turns];
    } catch (error) {
      say(`${ANSIBLE_VERSION} cannot be had, going on without it: ${(error as Error).message}`);
      results.skipped.push({ method: "ansible", reason: `${ANSIBLE_VERSION} could not be installed from PyPI` });
      return turns.filter((turn) => turn !== "ansible");
    }
  }

  /** One turn of a round. What fails is kept as failed, and the next turn begins with a new cluster. */
  async take(turn: Turn, round: number): Promise<void> {
    const { cluster } = this.given;
    switch (turn) {
      case "by-hand":
        await this.restore(turn, round, async (snapshot) => {
          // Here, and not before an apply: connections that a preview has opened are none of that apply's speed.
          await this.dryRun("preview", await this.rollback("in-place"), ["plan"], [2]);
          return (began) => byHand(cluster, snapshot, began);
        });
        return;
      case "ansible":
        await this.restore(
          turn,
          round,
          async (snapshot) => (began) => byAnsible(this.ansible, cluster, snapshot, began),
        );
        return;
      case "rke":
        await this.apply(turn, round, "rke");
        return;
      case "in-place": {
        const done = await this.apply(turn, round, "in-place");
        if (!done) return;
        await this.dryRun("no-op", done.rollback, ["apply"], [0]);
        await this.dryRun("prove", done.rollback, ["prove", this.snapshot ?? ""], [0], 1);
        await this.dryRun("prepare", done.rollback, ["prepare"], [0], 1);
        return;
      }
      case "undo":
        await this.undo(round);
    }
  }

  /** Previews while the node that the kubeconfig names is switched off. */
  async previewDeadNode(): Promise<void> {
    const { cluster, say } = this.given;
    if (this.snapshot === undefined) return;
    try {
      const node = nodeOfKubeconfig(cluster);
      say(`\npreview with ${node} switched off`);
      const rollback = await this.rollback("in-place");
      await stopNode(cluster, node);
      await this.dryRun("preview-dead-node", rollback, ["plan"], [2, 3]);
      await startNode(cluster, node, say);
    } catch (error) {
      this.dryRunFailed("preview-dead-node", error);
    }
  }

  private async restore<T extends Timed>(
    method: Method,
    round: number,
    prepare: (snapshot: string) => Promise<(began: number) => Promise<T>>,
  ): Promise<T | undefined> {
    return await this.measured(method, round, PRIOR, {
      prepare: async () => {
        this.snapshot = await this.start.failedUpgrade(this.given.say);
        return await prepare(this.snapshot);
      },
      check: () => this.start.mustBeRestored(),
    });
  }

  private async apply(method: Method, round: number, way: "rke" | "in-place") {
    return await this.restore(method, round, (snapshot) => this.rolling(snapshot, way));
  }

  /** An apply that waits for its beginning. */
  private async rolling(snapshot: string, way: "rke" | "in-place") {
    const rollback = await this.rollback(way);
    return async (began: number) => ({
      rollback,
      ...(await rollback.roll(["apply", "--accept-data-loss-of", snapshot], way, began)),
    });
  }

  /** An upgrade that works is taken back in place, and that rollback is undone. */
  private async undo(round: number): Promise<void> {
    const applied = await this.measured("in-place-working", round, PRIOR, {
      prepare: async () => {
        this.snapshot = await this.start.workingUpgrade(this.given.say);
        return await this.rolling(this.snapshot, "in-place");
      },
      check: () => this.start.mustBeRestored(),
    });
    if (!applied) return;
    const { rollback, safetyCopy } = applied;
    await this.measured("undo", round, WORKING, {
      prepare: async () => (began) =>
        rollback.roll(["undo", "--accept-data-loss-of", safetyCopy], "rename-back", began),
      check: () => this.start.mustBeUndone(),
    });
  }

  private async rollback(way: "rke" | "in-place"): Promise<Rollback> {
    const { cluster, engine } = this.given;
    return await Rollback.begin(cluster, engine, this.snapshot ?? "", way);
  }

  /** @returns undefined where it failed. */
  private async measured<T extends Timed>(
    method: Method,
    round: number,
    right: string,
    { prepare, check }: { prepare: () => Promise<(began: number) => Promise<T>>; check: () => Promise<void> },
  ): Promise<T | undefined> {
    const { cluster, results, say, save } = this.given;
    say(`\nround ${round} of ${results.rounds}: ${METHOD_TITLES[method]}`);
    let about = this.about(method, round);
    try {
      const work = await prepare();
      about = this.about(method, round);
      say("measuring");
      const done = await measure(cluster, right, work);
      await check();
      const { outage, total, whole, steps } = done;
      results.turns.push({ result: "measured", ...about, outage, total, whole, steps } satisfies Measured);
      say(`outage ${outage.seconds.toFixed(1)} s, total ${total.toFixed(1)} s, to the end ${whole.toFixed(1)} s`);
      return done;
    } catch (error) {
      this.start.failed();
      const reason = neutral((error as Error).message).slice(0, 1000);
      results.turns.push({ result: "failed", ...about, reason });
      say(`FAILED: ${reason}\nkept for inspection: ${keepTraces(cluster, `${round}-${method}`)}`);
      return undefined;
    } finally {
      save();
    }
  }

  private async dryRun(
    dryRun: DryRun,
    rollback: Rollback,
    words: string[],
    codes: number[],
    times = this.given.dryRuns,
  ): Promise<void> {
    const { results, say, save } = this.given;
    for (let time = 1; time <= times; time++) {
      const before = load();
      try {
        const seconds = await rollback.dryRun(words, codes);
        results.dryRuns.push({ dryRun, seconds, load: before });
        say(`${dryRun}: ${seconds.toFixed(1)} s`);
      } catch (error) {
        this.dryRunFailed(dryRun, error);
      }
    }
    save();
  }

  private dryRunFailed(dryRun: DryRun, error: unknown): void {
    const reason = neutral((error as Error).message).slice(0, 1000);
    this.given.results.failedDryRuns.push({ dryRun, reason });
    this.given.say(`${dryRun} FAILED: ${reason}`);
  }

  private about(method: Method, round: number) {
    return { method, round, startedAt: new Date().toISOString(), load: load() };
  }
}

function nodeOfKubeconfig({ kubeconfig, nodes }: LabCluster): string {
  const { clusters } = parse(readFileSync(kubeconfig, "utf8")) as { clusters: { cluster: { server: string } }[] };
  const servers = clusters.map(({ cluster }) => new URL(cluster.server).hostname);
  const node = nodes.find(({ address }) => servers.includes(address));
  if (node) return node.name;
  throw new Problem(`the kubeconfig names ${servers.join(", ")}, which is no node of the cluster`);
}
