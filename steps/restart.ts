import { type ClusterNode, readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { API_REMEDY } from "../cluster/kubernetes/apiError.ts";
import { ask, unreachable } from "../cluster/node/connection.ts";
import {
  type Asked,
  parseRestart,
  parseRestartFacts,
  type RestartFacts,
  rancherStopScript,
  restartFactsScript,
  restartScript,
  restoredSince,
  startedBefore,
} from "../cluster/node/restarts.ts";
import type { Problem } from "../cluster/problem.ts";
import { type Failure, StepFailure } from "../messages/failure.ts";
import type { StepInput, StepReport } from "./contract.ts";
import type { Tools } from "./step.ts";

type RestartInput = StepInput<"restart">;
type Reading = { facts: RestartFacts; asked: Asked };

/**
 * The runbook's "restart the Kubernetes components", with the network and Rancher's containers, on one node. What has
 * started on the restored data is left alone, unless the settings ask for all of it; where it is not known, everything is
 * restarted. After a restore that has raised etcd's revisions, whatever watched through it learns that its resource
 * version is too old, and lists again (kubernetes#118501): only Rancher itself has to start on the restored data. The
 * network and Rancher wait for the API: without it they fail, and kubelet lets them wait ever longer.
 */
export async function restart(input: RestartInput, tools: Tools): Promise<StepReport<"restart">> {
  const { node: name, restarts, wipedAt, bumped = false, timeoutSeconds } = input;
  const node = readClusterFile(tools.clusterFile).nodes.find((other) => other.name === name);
  if (!node) {
    const message = `the cluster file has no node ${name}`;
    throw failure(name, "unreachable", { message, remedy: "put the node back into the cluster file" });
  }
  const first = await readFacts(node, input, tools);
  const { facts, asked } = first;
  const missing = facts.components.filter(({ startedAt }) => startedAt === undefined);
  if (missing.length > 0) {
    const message = missing.map((one) => `${name}: container ${one.name} is missing`).join("; ");
    throw failure(name, "check", { message, remedy: "build the cluster with the cluster file: rke up" });
  }
  const since =
    restarts === "auto"
      ? restoredSince(facts, asked, node, wipedAt === undefined ? undefined : Date.parse(wipedAt))
      : undefined;
  if (restarts === "auto" && since === undefined) {
    tools.say(`${name}: cannot tell when the restored data became active: restarting everything`);
  }
  const old = (containers: RestartFacts["network"], { facts: now, asked: when }: Reading, from: number | undefined) =>
    startedBefore(containers, from ?? Number.POSITIVE_INFINITY, now, when);
  // What is stopped is started all the same.
  const watchersSince = bumped && since !== undefined ? 0 : since;

  const components = old(facts.components, first, watchersSince);
  const restarted = components.length > 0 ? await run(node, restartScript(components), input, tools) : [];
  const stopped: string[] = [];
  if (old(facts.network, first, watchersSince).length + old(facts.rancher, first, since).length > 0) {
    // Most nodes need none of this, and the Kubernetes client takes longer to load than they take to look at.
    const { untilApiReady } = await import("./apiReady.ts");
    const ready = await untilApiReady(tools, { timeoutSeconds, ask: async () => {} });
    if ("late" in ready) throw notReady(name, ready.late);
    const second = await readFacts(node, input, tools);
    // Kubelet may have replaced some meanwhile. The clock was read in whole seconds, rounded down.
    const from = since ?? facts.clock + 1000;
    const network = old(second.facts.network, second, watchersSince ?? from);
    const rancher = old(second.facts.rancher, second, from);
    const scripts = [
      network.length > 0 && restartScript(network, { mayVanish: true }),
      rancher.length > 0 && rancherStopScript(rancher),
    ];
    const [again, gone] = await Promise.all(
      scripts.map(async (script) => (script ? await run(node, script, input, tools) : [])),
    );
    restarted.push(...(again ?? []));
    stopped.push(...(gone ?? []));
  }
  const clock = new Date(facts.clock).toISOString();
  const all = [...facts.components, ...facts.network, ...facts.rancher].map((one) => one.name);
  const kept = all.filter((one) => since !== undefined && !restarted.includes(one) && !stopped.includes(one));
  const earlier = old([...facts.components, ...facts.network], first, since);
  const ranThrough = kept.filter((one) => earlier.includes(one));
  if (kept.length > 0) {
    const why =
      ranThrough.length === 0
        ? "have started on the restored data"
        : "have started on the restored data or read it again";
    tools.say(`${name}: ${kept.length} containers ${why} and are left alone`);
  }
  return {
    node: name,
    clock,
    since: since === undefined ? clock : new Date(since).toISOString(),
    restarted,
    stopped,
    kept,
    ...(ranThrough.length > 0 && { ranThrough }),
  };
}

async function readFacts(node: ClusterNode, { rancher }: RestartInput, tools: Tools): Promise<Reading> {
  const from = Date.now();
  const printed = await ask(tools, node, restartFactsScript(node, rancher), READ_SECONDS).catch((error: unknown) => {
    throw failure(node.name, "unreachable", unreachable(error));
  });
  const facts = parseRestartFacts(printed, node);
  if (Number.isNaN(facts.clock)) {
    const message = `${node.name} did not print its time`;
    throw failure(node.name, "unreachable", { message, remedy: "look at the node: date -u" });
  }
  return { facts, asked: { from, to: Date.now() } };
}

async function run(
  node: ClusterNode,
  script: string,
  { timeoutSeconds }: RestartInput,
  tools: Tools,
): Promise<string[]> {
  const printed = await ask(tools, node, script, timeoutSeconds).catch((error: unknown) => {
    throw failure(node.name, "unreachable", unreachable(error));
  });
  return parseRestart(printed);
}

const READ_SECONDS = 60;

function notReady(node: string, message: string): StepFailure {
  return failure(node, "kubernetes", { message, remedy: API_REMEDY });
}

function failure(node: string, kind: Failure["kind"], { message, remedy }: Problem): StepFailure {
  return new StepFailure({
    kind,
    step: `The restart of the components on ${node}`,
    node,
    happened: [message],
    done: "the etcd restore; other nodes may have been restarted",
    notDone: `the restart on ${node}, the Rancher image, the verification and what comes after it`,
    pointOfNoReturn: { state: "passed earlier" },
    remedies: [remedy],
    rerun: "continues from this step",
  });
}
