import { setTimeout as sleep } from "node:timers/promises";
import { besideClusterFile, type ClusterNode, readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { readText } from "../cluster/clusterFile/encoding.ts";
import { valueIn } from "../cluster/clusterFile/rkeYaml.ts";
import { readCa } from "../cluster/clusterFile/stateFile.ts";
import { nodeProblems, parseReadiness, readyScript } from "../cluster/machine/readiness.ts";
import { type OwnCluster, occupiedProblems } from "../cluster/machine/serving.ts";
import { isOfRke } from "../cluster/node/dockerVersions.ts";
import { SshError, ssh } from "../cluster/node/ssh.ts";
import { toleratedDocker } from "../cluster/preflight/checks.ts";
import type { Judged } from "../cluster/preflight/judged.ts";
import type { Problem, Remedy } from "../cluster/problem.ts";
import { takesAnyDocker } from "../cluster/rke/anyDocker.ts";
import { shellWord } from "../cluster/shell.ts";
import { type Failure, stepFailure } from "../messages/failure.ts";
import { warningNotice } from "../messages/warnings.ts";
import type { StepInput, StepReport } from "./contract.ts";
import type { Tools } from "./step.ts";

type AwaitInput = StepInput<"await-node">;

/** How often a machine that does not set itself up may lack the same: its Docker may just be starting. */
const ATTEMPTS = 5;
const [FIRST_PAUSE, LONGEST_PAUSE] = [500, 5000];

/**
 * Waits until a machine can become a node: SSH answers, Docker runs in a version that RKE supports, and the snapshot folder
 * exists. One that serves another cluster is refused at once: the restore would wipe it.
 */
export async function awaitNode(input: AwaitInput, tools: Tools): Promise<StepReport<"await-node">> {
  const { node, timeoutSeconds } = input;
  const { say, warn } = tools;
  const own = ownCluster(input, tools);
  const failure = (lacks: Problem[], waited: Pick<Failure, "waitedSeconds"> = {}) =>
    stepFailure(tools, {
      kind: "check",
      step: "await-node",
      node: node.name,
      login: `${node.user}@${node.address}`,
      problems: lacks,
      remedies: [...lacks.map(({ remedy }) => remedy), ...waysOn(input)],
      ...waited,
    });
  const deadline = Date.now() + timeoutSeconds * 1000;
  let [said, attempts, pause] = ["", 0, FIRST_PAUSE];
  while (true) {
    const seconds = Math.min(30, Math.max(1, (deadline - Date.now()) / 1000));
    const seen = await check(node, input, own, tools, seconds);
    if (seen.ready) {
      if (seen.failed) {
        const message = `${node.name}: its user data failed, and it lacks nothing any more: ${seen.failed}`;
        warn({ message, remedy: CLOUD_INIT });
      }
      for (const one of toleratedDocker(node.name, seen.docker, { ...input, ...own }))
        warn(warningNotice({ kind: "docker-not-supported", ...one }));
      return { node: node.name, address: node.address, ...(seen.docker && { docker: seen.docker }) };
    }
    const waitingFor = seen.lacks.map(({ message }) => message).join("; ");
    attempts = seen.final ? attempts + 1 : 0;
    if (attempts >= ATTEMPTS || seen.over) throw failure(seen.lacks);
    if (waitingFor !== said) say(`waiting for ${node.name}: ${waitingFor}`);
    said = waitingFor;
    if (Date.now() + pause > deadline) throw failure(seen.lacks, { waitedSeconds: timeoutSeconds });
    await sleep(pause);
    pause = Math.min(pause * 1.5, LONGEST_PAUSE);
  }
}

/** What is known of the cluster, and whether an earlier run has made the machine its node. `anyDocker` and `installs` as in preflight/judged.ts. */
function ownCluster(
  { node: { address }, rkeVersion }: AwaitInput,
  { clusterFile }: Tools,
): OwnCluster & Pick<ClusterNode, "prefixPath"> & Pick<Judged, "installs"> & { anyDocker: boolean } {
  const { nodes } = readClusterFile(clusterFile);
  const { text } = readText(clusterFile);
  const installs = valueIn(text, "kubernetes_version");
  const prefixPath = nodes[0]?.prefixPath;
  return {
    anyDocker: takesAnyDocker(text, rkeVersion),
    ...(installs !== undefined && isOfRke(installs) && { installs }),
    ca: readCa(besideClusterFile(clusterFile).stateFile),
    hasMachine: nodes.some((node) => node.address.toLowerCase() === address.toLowerCase()),
    ...(prefixPath && { prefixPath }),
  };
}

type Seen =
  | {
      ready: true;
      docker: string | undefined;
      /** Why its user data failed. What they were to do has been done otherwise. */
      failed?: string;
    }
  | {
      ready: false;
      lacks: Problem[];
      /** The machine answers, and nothing is known to be adding what it lacks. */
      final: boolean;
      over: boolean;
    };

async function check(
  node: ClusterNode,
  input: AwaitInput,
  own: ReturnType<typeof ownCluster>,
  { hostKeys }: Tools,
  seconds: number,
): Promise<Seen> {
  try {
    const found = parseReadiness(
      await ssh({ node, script: readyScript(own), hostKeys, timeoutSeconds: seconds, freshLogin: true }),
    );
    const occupied = occupiedProblems(node, found.serving, own);
    if (occupied.length > 0) return { ready: false, lacks: occupied, final: true, over: true };
    const { provisioning = input.setsItselfUp ? "not begun" : "done" } = found;
    const userData = (state: string) => ({ message: `its user data ${state}`, remedy: CLOUD_INIT });
    const { installs = input.kubernetesVersion, anyDocker } = own;
    const lacks = nodeProblems(found, { ...input, user: node.user, kubernetesVersion: installs, anyDocker });
    if (typeof provisioning === "object") {
      const { failed } = provisioning;
      // Somebody may have put right by hand what they could not do.
      if (lacks.length === 0) return { ready: true, docker: found.docker, failed };
      return { ready: false, lacks: [userData(`failed: ${failed}`), ...lacks], final: true, over: true };
    }
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

/**
 * The settings of an instance are not changed once it is made: another image or user needs another instance. Pulumi forgets
 * a protected one by `--force`, and only where nothing depends on it: nothing does yet, as this step has not succeeded.
 */
function waysOn({ instance }: AwaitInput): Remedy[] {
  if (!instance) return [];
  const { id, urn } = instance;
  return [
    "where the machine can be reached, put right on it what it lacks, and continue: it is judged by what it has then",
    {
      text: `or correct ami, user, keyName or the network in the settings, and have Pulumi forget the instance ${id}, so that the next run makes another one`,
      pulumi: `state delete ${shellWord(urn)} --force`,
    },
    `then terminate it: aws ec2 modify-instance-attribute --no-disable-api-termination --instance-id ${id}; aws ec2 terminate-instances --instance-ids ${id}`,
  ];
}
