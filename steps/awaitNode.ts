import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { type NodeNeeds, nodeProblems, parseReadiness, READY_SCRIPT } from "../cluster/node/readiness.ts";
import { type HostKeyPolicy, SshError, ssh } from "../cluster/node/ssh.ts";
import type { Problem } from "../cluster/problem.ts";
import { StepFailure } from "../messages/failure.ts";
import { goOn } from "../messages/goOn.ts";
import { notReached } from "../messages/pointOfNoReturn.ts";
import type { StepOptions } from "./main.ts";

/** What the program hands to this step on standard input; a secret where the node's key is one. */
export interface AwaitInput extends Omit<NodeNeeds, "user"> {
  /** The machine that is to become a node. It need not be in the cluster file yet. */
  node: ClusterNode;
  /** The machine is new and sets itself up by cluster/node/userData.ts: what it lacks, it may only lack yet. */
  setsItselfUp: boolean;
}

/** How often a machine that does not set itself up may lack the same: its Docker may just be starting. */
const LOOKS = 3;
const [FIRST_PAUSE, LONGEST_PAUSE] = [1000, 15_000];

/** Waits until a machine can become a node: SSH answers, Docker is up in a version that RKE takes, there is the snapshot folder. */
export async function awaitNode(options: StepOptions): Promise<object> {
  const { knownHostsFile, allowUnknownHostKeys, timeoutSeconds, say } = options;
  const input = JSON.parse(await options.input()) as AwaitInput;
  const { node } = input;
  const hostKeys: HostKeyPolicy = { allowUnknown: allowUnknownHostKeys, ...(knownHostsFile && { knownHostsFile }) };
  const deadline = Date.now() + timeoutSeconds * 1000;
  let [told, looks, pause] = ["", 0, FIRST_PAUSE];
  while (true) {
    const seconds = Math.min(30, Math.max(1, (deadline - Date.now()) / 1000));
    const seen = await look(node, input, hostKeys, seconds);
    if (seen.ready) return { node: node.name, address: node.address, docker: seen.docker };
    const waitingFor = seen.problems.map(({ message }) => message).join("; ");
    looks = seen.final ? looks + 1 : 0;
    if (looks >= LOOKS || seen.over) throw failure(node, [], seen.problems, options);
    if (waitingFor !== told) say(`waiting for ${node.name}: ${waitingFor}`);
    told = waitingFor;
    if (Date.now() + pause > deadline)
      throw failure(node, [`not ready after ${timeoutSeconds} s:`], seen.problems, options);
    await sleep(pause);
    pause = Math.min(pause * 1.5, LONGEST_PAUSE);
  }
}

type Seen =
  | { ready: true; docker: string | undefined }
  | {
      ready: false;
      problems: Problem[];
      /** The machine answers, and nobody is known to be mending what it problems. */
      final: boolean;
      /** Waiting will not help. */
      over: boolean;
    };

async function look(node: ClusterNode, input: AwaitInput, hostKeys: HostKeyPolicy, seconds: number): Promise<Seen> {
  try {
    const found = parseReadiness(await ssh({ node, script: READY_SCRIPT, hostKeys, timeoutSeconds: seconds }));
    const setUp = found.provisioning ?? (input.setsItselfUp ? "has not begun" : "done");
    const problems = [
      ...nodeProblems(found, { ...input, user: node.user }),
      // What is half set up may be restarted yet.
      ...(setUp === "done"
        ? []
        : [{ message: `its user data ${setUp.replace(/^running$/, "is running")}`, remedy: CLOUD_INIT }]),
    ];
    if (setUp.startsWith("failed")) return { ready: false, problems: problems.slice(-1), final: true, over: true };
    return problems.length === 0
      ? { ready: true, docker: found.docker }
      : { ready: false, problems, final: !input.setsItselfUp, over: false };
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    return { ready: false, problems: [error], final: false, over: !error.mayPass };
  }
}

const CLOUD_INIT = "on the node: tail /var/log/cloud-init-output.log";

function failure(
  node: ClusterNode,
  happened: string[],
  problems: Problem[],
  { stack, clusterFile }: StepOptions,
): StepFailure {
  return new StepFailure({
    step: `waiting for the node ${node.name} (${node.user}@${node.address})`,
    happened: [...happened, ...problems.map(({ message }) => message)],
    done: "nothing but the snapshot folder on this machine",
    notDone: "its snapshot, the cluster file, the etcd restore and everything after it",
    pointOfNoReturn: notReached(clusterFile, "not reached; waiting wipes nothing"),
    next: [...problems.map(({ remedy }) => remedy), goOn(stack)],
  });
}
