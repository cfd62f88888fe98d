import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterNode } from "../../../cluster/clusterFile/clusterFile.ts";
import { hasRole } from "../../../cluster/clusterFile/node.ts";
import { etcdEndpoint } from "../../../cluster/etcd/endpoint.ts";
import {
  type Content,
  contentProblems,
  contentScript,
  type ExpectedContent,
  forgetLocksScript,
  isOfAnother,
  parseContent,
} from "../../../cluster/inPlace/content.ts";
import { CONTROL_PLANE } from "../../../cluster/inPlace/controlPlane.ts";
import { type ExchangeHost, exchangeScript, startScript, stopScript } from "../../../cluster/inPlace/exchange.ts";
import { type Answers, ask, askEach } from "../../../cluster/node/connection.ts";
import { type Problem, problemOf } from "../../../cluster/problem.ts";
import { untilApiReady } from "../../apiReady.ts";
import type { StepInput } from "../../contract.ts";
import type { Tools } from "../../step.ts";
import { resumeKubelets, stopForRestore } from "../../stopForRestore.ts";

export interface Host extends ExchangeHost {
  node: ClusterNode;
}

export interface Work {
  id: string;
  nodes: ClusterNode[];
  hosts: Host[];
  input: StepInput<"restore">;
  /** The name of the safety copy that was saved for it; undefined where it goes without. */
  copy: string | undefined;
  tools: Tools;
}

/** To stop or to start containers, s. */
const SECONDS = 60;
/** For renames, which wait for the disk, s. */
const RENAME_SECONDS = 120;
/** Until a member of etcd is healthy that reads its data and elects a leader, s. */
const HEALTHY_SECONDS = 90;
/** To wait for one answer of the API, s: one that is about to start may leave a connection open for longer than it takes. */
const API_SECONDS = 1.5;
/** How often members that are healthy are asked until they have the same data. */
const TRIES = 20;

export async function onEach<N extends { node: ClusterNode }>(
  tools: Tools,
  hosts: N[],
  script: (host: N) => string,
  seconds: number,
): Promise<Answers<N>> {
  return await askEach(hosts, (host) => ask(tools, host.node, script(host), seconds));
}

export const controlPlanes = ({ nodes }: Work) =>
  nodes.filter((node) => hasRole(node, "controlplane")).map((node) => ({ node }));

/** Nothing writes from now on: kubelet and Rancher are stopped on every node (design law 4), and so are the control planes. */
export async function stopWriters(work: Work): Promise<Problem[]> {
  const { tools, nodes, input } = work;
  tools.say(`stopping kubelet, Rancher and the control planes on all ${nodes.length} nodes`);
  tools.tell({ event: "rancher-stopping" });
  const [components, stopped] = await Promise.all([
    stopForRestore(tools, nodes, input.rancher),
    onEach(tools, controlPlanes(work), () => stopScript(CONTROL_PLANE), SECONDS),
  ]);
  return [...components, ...stopped.problems];
}

/** Stops etcd on every host, or says on which it is not certain. */
export async function stopEtcd({ tools }: Work, hosts: Host[]): Promise<Answers<Host>> {
  tools.say(`stopping etcd on ${names(hosts)}`);
  tools.tell({ event: "phase", phase: "stopping-etcd" });
  // It would wait for its peers, which stop too. What it has acknowledged is on the disk.
  return await onEach(tools, hosts, () => stopScript(["etcd"]), SECONDS);
}

/** Exchanges the data on every host. Only while etcd is stopped on all of them: one that runs overwrites the others. */
export async function exchangeAll({ tools, hosts, id }: Work): Promise<Problem[]> {
  tools.say(`exchanging the data of etcd on ${names(hosts)}`);
  tools.tell({ event: "phase", phase: "exchanging" });
  return (await onEach(tools, hosts, ({ data }) => exchangeScript({ data, id }), RENAME_SECONDS)).problems;
}

/** Starts etcd on hosts, and waits until each of them is healthy. @returns what each has, and what is wrong. */
export async function startEtcd(
  { tools }: Work,
  hosts: Host[],
): Promise<{ contents: { node: string; content: Content }[]; problems: Problem[] }> {
  tools.say(`starting etcd on ${names(hosts)}`);
  tools.tell({ event: "phase", phase: "starting-etcd" });
  const started = await onEach(tools, hosts, () => startScript(["etcd"]), SECONDS);
  if (started.problems.length > 0) return { contents: [], problems: started.problems };
  return await readContents(tools, hosts);
}

/** What etcd has on each host, as soon as it is healthy there. */
export async function readContents(tools: Tools, hosts: Host[], seconds = HEALTHY_SECONDS) {
  const script = ({ node }: Host) => contentScript(etcdEndpoint(node), seconds);
  const { answers, problems } = await onEach(tools, hosts, script, seconds + 30);
  const read = answers.map(({ host: { node }, printed }) => ({ node: node.name, content: parseContent(printed) }));
  return {
    contents: read.flatMap(({ node, content }) => (content ? [{ node, content }] : [])),
    problems: [
      ...problems,
      ...read
        .filter(({ content }) => !content)
        .map(({ node }) => ({
          message: `${node}: etcd did not report its data`,
          remedy: `on ${node}: docker logs --tail 50 etcd`,
        })),
    ],
  };
}

/** Starts etcd on every host and proves what it serves: the expected data, the same on all members. */
export async function startProven(work: Work, expected: ExpectedContent): Promise<Problem[]> {
  const { tools, hosts } = work;
  let { contents, problems } = await startEtcd(work, hosts);
  for (let tries = 0; problems.length === 0; tries++) {
    const wrong = contentProblems(contents, expected);
    if (wrong.length === 0) {
      const [one] = contents;
      tools.say(
        `etcd has the same data on ${names(hosts)}: revision ${one?.content.revision}, hash ${one?.content.hash}`,
      );
      return [];
    }
    // A member that was behind when it stopped catches up; one of another cluster does not.
    if (tries >= TRIES || contents.some(({ content }) => isOfAnother(content, expected)))
      return wrong.map((message) => ({ message, remedy: "look at etcd: docker logs --tail 50 etcd" }));
    await sleep(500);
    ({ contents, problems } = await readContents(tools, hosts));
  }
  return problems;
}

/** Removes the leader locks of what is stopped from the data: else whatever starts waits until they lapse. */
export async function forgetLocks({ tools, hosts }: Work): Promise<void> {
  const [first] = hosts;
  if (!first) return;
  const { problems } = await onEach(tools, [first], ({ node }) => forgetLocksScript(etcdEndpoint(node)), SECONDS);
  for (const problem of problems) tools.warn(problemOf("controllers wait until the old leader locks expire", problem));
}

/**
 * Starts the control planes, and kubelet on every node once the API serves the data: before, it may start what ran before.
 * @param bumped etcd's revisions were raised: watchers notice, and nothing else has to restart.
 */
export async function startCluster(work: Work, bumped: boolean): Promise<Problem[]> {
  const { tools, nodes } = work;
  // All at once: it takes the controllers longer to lead than the API to start.
  tools.say("starting the control planes");
  tools.tell({ event: "phase", phase: "starting-control-planes" });
  const { problems } = await onEach(tools, controlPlanes(work), () => startScript(CONTROL_PLANE), SECONDS);
  const ready = await untilApiReady(tools, {
    ...{ timeoutSeconds: work.input.preflight.timeoutSeconds, times: 1, pollMs: 200 },
    isReady: async (reader) => await reader.isReady(API_SECONDS),
    ask: async () => undefined,
  });
  if ("late" in ready) return [...problems, ready.late];
  // One control plane that does not start is no reason to leave the nodes without kubelet.
  tools.say(`starting kubelet on all ${nodes.length} nodes`);
  return [...problems, ...(await resumeKubelets(tools, nodes, !bumped))];
}

export function names(hosts: { node: ClusterNode }[]): string {
  return hosts.map(({ node }) => node.name).join(", ");
}
