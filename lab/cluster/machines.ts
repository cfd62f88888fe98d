import { theEngine } from "../docker/dockerEngine.ts";
import { Problem } from "../machine/problem.ts";
import type { CommandResult } from "../machine/process.ts";
import type { Progress } from "../machine/progress.ts";
import { type LabCluster, nodeOf, withLabLock } from "./cluster.ts";
import * as nodes from "./nodes.ts";
import { containerName } from "./nodes.ts";
import type { LabNode } from "./plans.ts";

const userDataFile = "/var/lib/cloud/instance/scripts/part-001";
/** Where a machine writes what its user data says. */
export const userDataLog = "/var/log/cloud-init-output.log";

/**
 * Switches a machine on; one that is absent is created, as a cloud makes it: no Docker, no s3cmd, a host key that
 * no one knows. For such a machine only this switches it on again, and only onMachine asks it: startNode and ssh refuse
 * its key.
 */
export async function startMachine(cluster: LabCluster, node: string, progress: Progress = () => {}): Promise<LabNode> {
  const machine = nodeOf(cluster, node);
  await withLabLock(`starting the machine ${node}`, progress, async () => {
    await nodes.startMachine(await theEngine(), cluster.name, machine, progress);
  });
  return machine;
}

/** Lets a machine run its user data as cloud-init would: as root, on its own. Returns when it has begun. */
export async function runUserData(cluster: LabCluster, node: string, script: string): Promise<void> {
  await giveMachine(cluster, node, `install -D -m 700 /dev/stdin ${userDataFile}`, script);
  const engine = await theEngine();
  const run = `exec ${userDataFile} </dev/null >>${userDataLog} 2>&1`;
  await engine.docker(["exec", "--detach", containerName(cluster.name, node), "sh", "-c", run]);
}

/** Runs a command like onMachine. @throws Problem when the machine does not take what it is given. */
export async function giveMachine(cluster: LabCluster, node: string, command: string, input: string): Promise<void> {
  const { code, stderr } = await onMachine(cluster, node, command, input);
  if (code !== 0) throw new Problem(`${node} fails to run "${command}": ${stderr.trim()}`);
}

/** Runs a shell command on a machine as root, without ssh, which would have to know its key. */
export async function onMachine(
  cluster: LabCluster,
  node: string,
  command: string,
  input = "",
): Promise<CommandResult> {
  const engine = await theEngine();
  return await engine.try(["exec", "--interactive", containerName(cluster.name, node), "sh", "-c", command], { input });
}
