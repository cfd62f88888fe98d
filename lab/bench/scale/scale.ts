import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pool } from "../../../cli/runAll.ts";
import type { NodeRestart, StepInput, StepName, StepReport } from "../../../steps/contract.ts";
import { attempt } from "../../machine/process.ts";
import type { Progress } from "../../machine/progress.ts";
import { commitOf, load, machine, productVersion } from "../circumstances.ts";
import type { ScaleSizes } from "../options.ts";
import type { ScalePart, ScaleResults, Used } from "../results.ts";
import { RANCHER } from "./api.ts";
import { RANCHER_CONTAINER, RKE, SNAPSHOT } from "./cluster.ts";
import { ANSWER_MS } from "./node.ts";
import { Processes } from "./process.ts";
import { type SimulatedCluster, Simulation } from "./simulation.ts";

const STACK_NODES = 3;
const TIMEOUT_SECONDS = 600;
const rancher = { namespace: "cattle-system", deployment: "cattle", container: "cattle-server" };

/** Measures the parts of a rollback that ask every node, on simulated nodes. @throws Problem where one of them fails. */
export async function benchScale({ sizes, stacks }: ScaleSizes, rounds: number, say: Progress): Promise<ScaleResults> {
  const folder = mkdtempSync(join(tmpdir(), "scale-"));
  const simulation = new Simulation(folder);
  const bench = new Scale(simulation, new Processes(folder), say);
  try {
    const about = {
      ...{ startedAt: new Date().toISOString(), commit: await commitOf(), machine: machine(), load: load() },
      versions: { "rancher-rollback": productVersion(), OpenSSH: await sshVersion(), Node: process.version },
    };
    say("answering once, so that the nodes know their answers and V8 has compiled the programs");
    await bench.rollback(await simulation.cluster("first", STACK_NODES, bench.rancherSince), []);
    const parts: ScaleResults["parts"] = [];
    for (const nodes of sizes) {
      const cluster = await simulation.cluster(`of-${nodes}`, nodes, bench.rancherSince);
      for (let round = 1; round <= rounds; round++) {
        say(`\n${nodes} nodes, round ${round} of ${rounds}`);
        await bench.rollback(cluster, parts);
      }
    }
    const many = { ...stacks, nodes: STACK_NODES, used: await bench.previews(stacks) };
    return { resultsVersion: 1, ...about, answerMs: ANSWER_MS, parts, stacks: many };
  } finally {
    simulation.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function sshVersion(): Promise<string> {
  return (await attempt("ssh", ["-V"])).stderr.split(/[ ,]/)[0] ?? "";
}

class Scale {
  /** When Rancher began, before the restore, ms since 1970. */
  readonly rancherSince = Date.now() - 3_600_000;
  private readonly simulation: Simulation;
  private readonly processes: Processes;
  private readonly say: Progress;

  constructor(simulation: Simulation, processes: Processes, say: Progress) {
    this.simulation = simulation;
    this.processes = processes;
    this.say = say;
  }

  /** Every part in its order, once; what each has used goes into `parts`. */
  async rollback(cluster: SimulatedCluster, parts: ScaleResults["parts"]): Promise<void> {
    const { simulation } = this;
    const { nodes, settings } = cluster;
    const measure = async (part: ScalePart, work: () => Promise<unknown>): Promise<void> => {
      simulation.shell.most = 0;
      const used = await this.processes.used(work);
      const commands = simulation.shell.most;
      parts.push({ nodes: nodes.length, part, commands, ...used });
      this.say(`${part}: ${shown(used)}, ${commands} commands at once`);
    };
    simulation.hangUp();
    // As it is after a restore: etcd and what RKE has created behind it are new, Rancher's containers are from before.
    const wiped = Date.now() - 120_000;
    simulation.shell.reset((name) => (name === RANCHER_CONTAINER ? this.rancherSince : wiped + 60_000));
    await measure("preview", () => this.processes.run(PREVIEW, [JSON.stringify(settings)]));
    await measure("proof", () => this.step(cluster, "preflight", PREFLIGHT));
    const reports: NodeRestart[] = [];
    await measure("restarts", async () => {
      const asked = {
        rancher,
        order: "parallel",
        restarts: "auto",
        timeoutSeconds: TIMEOUT_SECONDS,
        silenceSeconds: 60,
      } as const;
      const restarted = await this.step(cluster, "restart", { ...asked, wipedAt: new Date(wiped).toISOString() });
      reports.push(...restarted.nodes);
    });
    await measure("verification", () =>
      this.step(cluster, "verify", {
        rancher: {
          ...rancher,
          image: `rancher/rancher:${RANCHER}`,
          version: RANCHER,
          url: settings.rancherUrl ?? "",
          caFile: settings.rancherCaFile,
        },
        restarts: Object.fromEntries(reports.map(({ node, clock, since }) => [node, { clock, since }])),
        timeoutSeconds: TIMEOUT_SECONDS,
      }),
    );
  }

  /** The previews of many stacks, each of a cluster of its own. */
  async previews({ count, parallel }: ScaleSizes["stacks"]): Promise<Used> {
    this.say(`\n${count} stacks of ${STACK_NODES} nodes, ${parallel} at once`);
    const clusters: SimulatedCluster[] = [];
    for (let stack = 1; stack <= count; stack++) {
      clusters.push(await this.simulation.cluster(`stack-${stack}`, STACK_NODES, this.rancherSince, stack + 1));
    }
    const used = await this.processes.used(() =>
      pool(clusters, parallel, ({ settings }) => this.processes.run(PREVIEW, [JSON.stringify(settings)])),
    );
    this.say(shown(used));
    return used;
  }

  private async step<N extends StepName>(
    { settings }: SimulatedCluster,
    step: N,
    input: StepInput<N>,
  ): Promise<StepReport<N>> {
    const hostKeys = { knownHostsFile: this.simulation.knownHosts, allowUnknown: false };
    const context = { resource: step, stack: "scale", clusterFile: settings.clusterFile, hostKeys };
    const printed = await this.processes.run("steps/main.ts", [], JSON.stringify({ step, context, input }));
    return JSON.parse(printed) as StepReport<N>;
  }
}

const PREVIEW = "lab/bench/scale/preview.ts";
const [major = 0, minor = 0, patch = 0] = RKE.slice(1).split(".").map(Number);
const PREFLIGHT: StepInput<"preflight"> = {
  snapshot: SNAPSHOT,
  rkeVersion: { major, minor, patch, text: RKE },
  timeoutSeconds: TIMEOUT_SECONDS,
};

function shown({ seconds, cpuSeconds, peakMiB }: Used): string {
  return `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU, ${peakMiB.toFixed(0)} MiB`;
}
