import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { type Lack, type NodeNeeds, nodeLacks, parseReadiness, READY_SCRIPT } from "../cluster/node/readiness.ts";
import { type HostKeyPolicy, SshError, ssh } from "../cluster/node/ssh.ts";
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
    const waitingFor = seen.lacks.map(({ lack }) => lack).join("; ");
    looks = seen.final ? looks + 1 : 0;
    if (looks >= LOOKS || seen.over) throw failure(node, [], seen.lacks, options);
    if (waitingFor !== told) say(`waiting for ${node.name}: ${waitingFor}`);
    told = waitingFor;
    if (Date.now() + pause > deadline)
      throw failure(node, [`not ready after ${timeoutSeconds} s:`], seen.lacks, options);
    await sleep(pause);
    pause = Math.min(pause * 1.5, LONGEST_PAUSE);
  }
}

type Seen =
  | { ready: true; docker: string | undefined }
  | {
      ready: false;
      lacks: Lack[];
      /** The machine answers, and nobody is known to be mending what it lacks. */
      final: boolean;
      /** Waiting will not help. */
      over: boolean;
    };

async function look(node: ClusterNode, input: AwaitInput, hostKeys: HostKeyPolicy, seconds: number): Promise<Seen> {
  try {
    const found = parseReadiness(await ssh({ node, script: READY_SCRIPT, hostKeys, timeoutSeconds: seconds }));
    const setUp = found.provisioning ?? (input.setsItselfUp ? "has not begun" : "done");
    const lacks = [
      ...nodeLacks(found, { ...input, user: node.user }),
      // What is half set up may be restarted yet.
      ...(setUp === "done"
        ? []
        : [{ lack: `its user data ${setUp.replace(/^running$/, "is running")}`, mend: CLOUD_INIT }]),
    ];
    if (setUp.startsWith("failed")) return { ready: false, lacks: lacks.slice(-1), final: true, over: true };
    return lacks.length === 0
      ? { ready: true, docker: found.docker }
      : { ready: false, lacks, final: !input.setsItselfUp, over: false };
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    return { ready: false, lacks: [{ lack: error.message, mend: error.next }], final: false, over: !error.mayPass };
  }
}

const CLOUD_INIT = "on the node: tail /var/log/cloud-init-output.log";

function failure(
  node: ClusterNode,
  happened: string[],
  lacks: Lack[],
  { stack, clusterFile }: StepOptions,
): StepFailure {
  return new StepFailure({
    step: `waiting for the node ${node.name} (${node.user}@${node.address})`,
    happened: [...happened, ...lacks.map(({ lack }) => lack)],
    done: "nothing but the snapshot folder on this machine",
    notDone: "its snapshot, the cluster file, the etcd restore and everything after it",
    pointOfNoReturn: notReached(clusterFile, "not reached; waiting wipes nothing"),
    next: [...lacks.map(({ mend }) => mend), goOn(stack)],
  });
}
