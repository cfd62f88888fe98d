import { CONTROL_PLANE } from "../../../cluster/inPlace/controlPlane.ts";
import { abandonScript, exchangeFolder, putBackScript, startScript } from "../../../cluster/inPlace/exchange.ts";
import { type Problem, problemOf } from "../../../cluster/problem.ts";
import { resumeKubelets } from "../../stopForRestore.ts";
import { controlPlanes, type Host, names, onEach, startEtcd, stopEtcd, type Work } from "./phases.ts";

const SECONDS = 120;

/** What became of the old data after an exchange that failed. */
interface PutBack {
  /** Names of the hosts that have them again, or had them all along. */
  back: string[];
  /** A sentence each, for the failure. */
  said: string[];
  /** Hosts that may still have the new data, with what to do there. */
  left: Problem[];
}

/**
 * Gives etcd its old data back on every host that answers, and starts everything again. A host that
 * does not answer does no harm: if it has the new data, those are of another etcd cluster.
 * @param from the earlier exchange that the new data came from. @param begun a host may have been exchanged.
 */
export async function putBack(work: Work, from?: string, begun = true): Promise<PutBack> {
  try {
    return await attempt(work, from, begun);
  } catch (error) {
    // An error of this machine, such as a full disk: which hosts are done is not known, so all are named.
    const problem = (host: Host): Problem => ({
      message: `${host.node.name} was not put back: ${(error as Error).message}`,
      remedy: "see what this machine lacks: df -h; ulimit -a",
    });
    const said = ["what was stopped may not run again"];
    return { back: [], said, left: work.hosts.map((host) => leftOn(host, work.id, problem(host), begun)) };
  }
}

async function attempt(work: Work, from: string | undefined, begun: boolean): Promise<PutBack> {
  const { id, hosts, tools } = work;
  tools.say(begun ? "putting the old data back" : "starting etcd again with the data that it has");
  // All before the first is renamed; one that cannot be stopped refuses the rename by itself.
  await stopEtcd(work, hosts);
  const returned = await onEach(tools, hosts, ({ data }) => putBackScript({ data, id }), SECONDS);
  const back = returned.answers.map(({ host }) => host);
  const { problems: unhealthy } = await startEtcd(work, back);
  await abandon(work, back, from);
  const unstarted = await startAll(work);
  return {
    back: back.map(({ node }) => node.name),
    said: [
      ...(back.length > 0
        ? [`etcd has its old data again${unhealthy.length === 0 ? " and is healthy" : ""} on ${names(back)}`]
        : []),
      ...[...unhealthy, ...unstarted].map(({ message }) => message),
    ],
    left: returned.failed.map(({ host, problem }) => leftOn(host, id, problem, begun)),
  };
}

/** What may have become of a host that did not put its old data back. */
function leftOn({ node, data }: Host, id: string, { message, remedy }: Problem, begun: boolean): Problem {
  const folder = exchangeFolder({ data, id });
  const may = begun
    ? `${node.name} may have the restored data; then the old data are in ${folder}/old`
    : `${node.name} has the data that it had; what runs there may be stopped`;
  return { message: `${message}; ${may}`, remedy };
}

/** Removes what was prepared. What cannot be removed is a warning: a later run takes it away. */
export async function abandon({ id, tools }: Work, hosts: Host[], from?: string): Promise<void> {
  const { problems } = await onEach(tools, hosts, ({ data }) => abandonScript({ data, id }, from), SECONDS);
  for (const problem of problems) tools.warn(problemOf("what was prepared is left on a host", problem));
}

/** Starts whatever an exchange has stopped, etcd apart: with the old data nothing has to wait. */
export async function startAll(work: Work): Promise<Problem[]> {
  const { nodes, tools } = work;
  tools.say("starting the control planes and kubelet again");
  const { problems } = await onEach(tools, controlPlanes(work), () => startScript(CONTROL_PLANE), SECONDS);
  return [...problems, ...(await resumeKubelets(tools, nodes))];
}
