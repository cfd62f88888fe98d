import { type ClusterNode, readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import {
  parseRestart,
  parseRestartFacts,
  type RestartFacts,
  rancherStopScript,
  restartFactsScript,
  restartScript,
  restoredSince,
  startedBefore,
} from "../cluster/containers/restarts.ts";
import type { Asked } from "../cluster/node/about.ts";
import { ask, unreachable } from "../cluster/node/connection.ts";
import { ssh } from "../cluster/node/ssh.ts";
import type { Problem } from "../cluster/problem.ts";
import { type Failure, type StepFailure, stepFailure } from "../messages/failure.ts";
import { aloneInFolder } from "./clusterFolder.ts";
import type { NodeRestart, StepInput, StepReport } from "./contract.ts";
import { ensureLockAfterRestore } from "./heldLock.ts";
import type { Tools } from "./step.ts";

type RestartInput = StepInput<"restart">;
type Reading = { facts: RestartFacts; asked: Asked };

/** A node whose components are restarted as far as that was needed. */
interface StartedRestart {
  node: ClusterNode;
  first: Reading;
  /** Since when the node has the restored data, by its own clock; undefined where all is restarted. */
  since: number | undefined;
  /** Since when what only watches the API has them, too; undefined where all is restarted. */
  watchersSince: number | undefined;
  restarted: string[];
}

/** What has kept nodes from being restarted; the others go on. */
class Trouble extends Error {
  readonly kind: Failure["kind"];
  readonly nodes: string[];
  readonly remedy: Problem["remedy"];
  constructor(kind: Failure["kind"], nodes: ClusterNode[], { message, remedy }: Problem) {
    super(message);
    this.kind = kind;
    this.nodes = nodes.map(({ name }) => name);
    this.remedy = remedy;
  }
}

/**
 * The runbook's "restart the Kubernetes components", with the network and Rancher's containers, on every node: side by
 * side, or node after node. What has started on the restored data is left alone, unless the settings ask for all of it;
 * where it is not known, everything is restarted. After a restore that has raised etcd's revisions, whatever watched
 * through it learns that its resource version is too old, and lists again (kubernetes#118501): only Rancher itself has to
 * start on the restored data. The network and Rancher wait for the API: without it they fail, and kubelet lets them wait
 * ever longer.
 * No other run works in the cluster folder at the same time: a restore must not find its nodes started again.
 * @throws StepFailure once the other nodes are done; node after node, with the first that fails.
 */
export async function restart(input: RestartInput, tools: Tools): Promise<StepReport<"restart">> {
  const { nodes } = readClusterFile(tools.clusterFile);
  const { silenceSeconds, lock } = input;
  const alone = { command: "restart of the components", step: "restart", silenceSeconds } as const;
  return await aloneInFolder(alone, tools, async () => {
    await ensureLockAfterRestore(lock, "restart", tools);
    return await restartAlone(nodes, input, tools);
  });
}

async function restartAlone(nodes: ClusterNode[], input: RestartInput, tools: Tools): Promise<StepReport<"restart">> {
  const reports: NodeRestart[] = [];
  for (const turn of input.order === "rolling" ? nodes.map((node) => [node]) : [nodes]) {
    const ended = await restartTogether(turn, input, tools);
    reports.push(...ended.filter(isWell));
    const troubles = ended.filter((one) => one instanceof Trouble);
    if (troubles.length > 0) throw failure(nodes, reports, troubles, tools);
  }
  return { nodes: reports };
}

/** How it ended for nodes that are restarted side by side, in their order; one trouble may be that of several. */
async function restartTogether(
  nodes: ClusterNode[],
  input: RestartInput,
  tools: Tools,
): Promise<(NodeRestart | Trouble)[]> {
  const all = await Promise.all(nodes.map((node) => orTrouble(node, begin(node, input, tools))));
  const waiting = all.filter(isWell).filter(isWaiting);
  const notReady = waiting.length > 0 ? await untilReady(waiting, input, tools) : undefined;
  const ended = await Promise.all(
    all.map(async (one) => {
      if (one instanceof Trouble) return one;
      if (!waiting.includes(one)) return reportOf(one, [], tools);
      return notReady ?? (await orTrouble(one.node, finish(one, input, tools)));
    }),
  );
  return [...new Set(ended)];
}

function isWell<T extends object>(one: T | Trouble): one is T {
  return !(one instanceof Trouble);
}

async function orTrouble<T>(node: ClusterNode, work: Promise<T>): Promise<T | Trouble> {
  try {
    return await work;
  } catch (error) {
    return error instanceof Trouble ? error : new Trouble("unreachable", [node], unreachable(error));
  }
}

async function begin(node: ClusterNode, input: RestartInput, tools: Tools): Promise<StartedRestart> {
  const { name } = node;
  const { restarts, wipedAt, bumped = false } = input;
  const first = await readFacts(node, input, tools);
  const { facts, asked } = first;
  const missing = facts.components.filter(({ startedAt }) => startedAt === undefined);
  if (missing.length > 0) {
    const message = missing.map((one) => `${name}: container ${one.name} is missing`).join("; ");
    throw new Trouble("check", [node], { message, remedy: "build the cluster with the cluster file: rke up" });
  }
  const since =
    restarts === "auto"
      ? restoredSince(facts, asked, node, wipedAt === undefined ? undefined : Date.parse(wipedAt))
      : undefined;
  if (restarts === "auto" && since === undefined) {
    tools.say(`${name}: cannot tell when the restored data became active: restarting everything`);
  }
  // What is stopped is started all the same.
  const watchersSince = bumped && since !== undefined ? 0 : since;
  const components = old(facts.components, first, watchersSince);
  const restarted = components.length > 0 ? await run(node, restartScript(components), input, tools) : [];
  return { node, first, since, watchersSince, restarted };
}

/** Whether something has to be restarted that waits for the API. */
function isWaiting({ first, since, watchersSince }: StartedRestart): boolean {
  const { network, rancher } = first.facts;
  return old(network, first, watchersSince).length + old(rancher, first, since).length > 0;
}

/** @returns the trouble of all who wait, where the API does not become ready. */
async function untilReady(
  waiting: StartedRestart[],
  { timeoutSeconds }: RestartInput,
  tools: Tools,
): Promise<Trouble | undefined> {
  // Most runs need none of this, and the Kubernetes client takes longer to load than a node takes to look at.
  const { untilApiReady } = await import("./apiReady.ts");
  const ready = await untilApiReady(tools, { timeoutSeconds, ask: async () => {} });
  if (!("late" in ready)) return undefined;
  const nodes = waiting.map(({ node }) => node);
  return new Trouble("kubernetes", nodes, ready.late);
}

/** The network and Rancher, on a node whose API is ready again. */
async function finish(begun: StartedRestart, input: RestartInput, tools: Tools): Promise<NodeRestart> {
  const { node, first, since, watchersSince } = begun;
  const second = await readFacts(node, input, tools);
  // Kubelet may have replaced some since. The clock was read in whole seconds, rounded down.
  const from = since ?? first.facts.clock + 1000;
  const network = old(second.facts.network, second, watchersSince ?? from);
  const rancher = old(second.facts.rancher, second, from);
  const scripts = [
    network.length > 0 && restartScript(network, { mayVanish: true }),
    rancher.length > 0 && rancherStopScript(rancher),
  ];
  const [again = [], stopped = []] = await Promise.all(
    scripts.map(async (script) => (script ? await run(node, script, input, tools) : [])),
  );
  return reportOf({ ...begun, restarted: [...begun.restarted, ...again] }, stopped, tools);
}

function reportOf(
  { node: { name }, first, since, restarted }: StartedRestart,
  stopped: string[],
  tools: Tools,
): NodeRestart {
  const { facts } = first;
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

function old(containers: RestartFacts["network"], { facts, asked }: Reading, since: number | undefined): string[] {
  return startedBefore(containers, since ?? Number.POSITIVE_INFINITY, facts, asked);
}

async function readFacts(node: ClusterNode, { rancher }: RestartInput, tools: Tools): Promise<Reading> {
  const { hostKeys, say } = tools;
  let from = Date.now();
  const printed = await ssh({
    ...{ node, script: restartFactsScript(node, rancher), hostKeys, timeoutSeconds: READ_SECONDS },
    // Some of very many nodes wait for their turn, and the clock is compared with that of the time it was read.
    begins: () => {
      from = Date.now();
    },
    say: (line) => say(`${node.name}: ${line}`),
  });
  const facts = parseRestartFacts(printed, node);
  if (Number.isNaN(facts.clock)) {
    const message = `${node.name} did not print its time`;
    throw new Trouble("unreachable", [node], { message, remedy: "look at the node: date -u" });
  }
  return { facts, asked: { from, to: Date.now() } };
}

async function run(
  node: ClusterNode,
  script: string,
  { timeoutSeconds }: RestartInput,
  tools: Tools,
): Promise<string[]> {
  return parseRestart(await ask(tools, node, script, timeoutSeconds));
}

const READ_SECONDS = 60;

/** @param reports of the nodes that are done. */
function failure(nodes: ClusterNode[], reports: NodeRestart[], troubles: Trouble[], tools: Tools): StepFailure {
  const [node, ...others] = troubles.flatMap((one) => one.nodes);
  const components = troubles.flatMap((one) => (one.kind === "kubernetes" ? one.nodes : []));
  const done = reports.map((report) => report.node);
  const left = nodes.map(({ name }) => name).filter((name) => !done.includes(name) && !components.includes(name));
  return stepFailure(tools, {
    kind: troubles[0]?.kind ?? "unreachable",
    step: "restart",
    ...(node !== undefined && others.length === 0 && { node }),
    problems: troubles,
    progress: { of: "restart", done, components, left },
  });
}
