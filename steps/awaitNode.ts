import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { nodeProblems, parseReadiness, READY_SCRIPT } from "../cluster/node/readiness.ts";
import { type HostKeyPolicy, SshError, ssh } from "../cluster/node/ssh.ts";
import type { Problem } from "../cluster/problem.ts";
import { StepFailure } from "../messages/failure.ts";
import { nothingWiped } from "../messages/pointOfNoReturn.ts";
import type { StepInput, StepReport } from "./contract.ts";
import type { Tools } from "./step.ts";

type AwaitInput = StepInput<"await-node">;

/** How often a machine that does not set itself up may lack the same: its Docker may just be starting. */
const ATTEMPTS = 5;
const [FIRST_PAUSE, LONGEST_PAUSE] = [500, 5000];

/** Waits until a machine can become a node: SSH answers, Docker runs in a version that RKE supports, and the snapshot folder exists. */
export async function awaitNode(input: AwaitInput, tools: Tools): Promise<StepReport<"await-node">> {
  const { node, timeoutSeconds } = input;
  const { hostKeys, say } = tools;
  const deadline = Date.now() + timeoutSeconds * 1000;
  let [said, attempts, pause] = ["", 0, FIRST_PAUSE];
  while (true) {
    const seconds = Math.min(30, Math.max(1, (deadline - Date.now()) / 1000));
    const seen = await check(node, input, hostKeys, seconds);
    if (seen.ready) return { node: node.name, address: node.address, ...(seen.docker && { docker: seen.docker }) };
    const waitingFor = seen.lacks.map(({ message }) => message).join("; ");
    attempts = seen.final ? attempts + 1 : 0;
    if (attempts >= ATTEMPTS || seen.over) throw failure(node, seen.lacks, tools);
    if (waitingFor !== said) say(`waiting for ${node.name}: ${waitingFor}`);
    said = waitingFor;
    if (Date.now() + pause > deadline) throw failure(node, seen.lacks, tools, timeoutSeconds);
    await sleep(pause);
    pause = Math.min(pause * 1.5, LONGEST_PAUSE);
  }
}

type Seen =
  | { ready: true; docker: string | undefined }
  | {
      ready: false;
      lacks: Problem[];
      /** The machine answers, and nobody is known to be adding what it lacks. */
      final: boolean;
      /** Waiting will not help. */
      over: boolean;
    };

async function check(node: ClusterNode, input: AwaitInput, hostKeys: HostKeyPolicy, seconds: number): Promise<Seen> {
  try {
    const found = parseReadiness(
      await ssh({ node, script: READY_SCRIPT, hostKeys, timeoutSeconds: seconds, freshLogin: true }),
    );
    const { provisioning = input.setsItselfUp ? "not begun" : "done" } = found;
    const userData = (state: string) => ({ message: `its user data ${state}`, remedy: CLOUD_INIT });
    if (typeof provisioning === "object")
      return { ready: false, lacks: [userData(`failed: ${provisioning.failed}`)], final: true, over: true };
    const lacks = nodeProblems(found, { ...input, user: node.user });
    // What is half set up may be restarted yet.
    if (provisioning !== "done") lacks.push(userData(provisioning === "running" ? "is running" : "has not begun"));
    return lacks.length === 0
      ? { ready: true, docker: found.docker }
      : { ready: false, lacks, final: !input.setsItselfUp, over: false };
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    return {
      ready: false,
      lacks: [{ message: error.message, remedy: error.remedy }],
      final: false,
      over: !error.mayPass,
    };
  }
}

const CLOUD_INIT = "on the node: tail /var/log/cloud-init-output.log";

function failure(node: ClusterNode, lacks: Problem[], { clusterFile }: Tools, waitedSeconds?: number): StepFailure {
  return new StepFailure({
    kind: "check",
    step: `Waiting for the node ${node.name} (${node.user}@${node.address})`,
    node: node.name,
    happened: lacks.map(({ message }) => message),
    ...(waitedSeconds !== undefined && { waitedSeconds }),
    done: "at most the snapshot folder was created on this node",
    notDone: "its snapshot, the cluster file, the etcd restore and everything after it",
    pointOfNoReturn: nothingWiped(clusterFile),
    remedies: lacks.map(({ remedy }) => remedy),
    rerun: "continues from this step",
  });
}
