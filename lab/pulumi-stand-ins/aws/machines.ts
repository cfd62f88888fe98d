import { clusterOf, existingCluster, type LabCluster, nodeOf, removeNode, stopNode } from "../../cluster/cluster.ts";
import { runUserData, startMachine } from "../../cluster/machines.ts";
import { containerName } from "../../cluster/nodes.ts";
import { label } from "../../docker/docker.ts";
import { theEngine } from "../../docker/dockerEngine.ts";
import { withLabLock } from "../../machine/lock.ts";
import { Problem } from "../../machine/problem.ts";
import type { Progress } from "../../machine/progress.ts";

/** Where instances run. */
export interface Machines {
  /** Makes a machine, which runs its user data by itself; one after the other. */
  start(userData: string, progress: Progress): Promise<Machine>;
  /** Undefined where it is gone. */
  find(id: string): Promise<Machine | undefined>;
  restart(id: string, progress: Progress): Promise<void>;
  /** For good; nothing happens where it is gone. */
  remove(id: string): Promise<void>;
}

export interface Machine {
  /** `i-` and 17 hexadecimal digits, as AWS has it. */
  id: string;
  address: string;
  isOn: boolean;
}

/** Instances that are bare machines on the network of a cluster of the lab. */
export function labMachines(clusterName: string): Machines {
  const machine = async (id: string) => {
    const cluster = await clusterOf(clusterName);
    return { cluster, found: (await machinesOf(cluster)).find((candidate) => candidate.id === id) };
  };
  return {
    start: (userData, progress) =>
      // Another process may want the same place.
      withLabLock("starting an instance", progress, async () => start(clusterName, userData, progress)),

    find: async (id) => (await machine(id)).found,

    restart: async (id, progress) => {
      const { cluster, found } = await machine(id);
      if (!found) return;
      if (found.isOn) await stopNode(cluster, found.node);
      await startMachine(cluster, found.node, progress);
    },

    remove: async (id) => {
      const { cluster, found } = await machine(id);
      if (found) await removeNode(cluster, found.node);
    },
  };
}

async function start(clusterName: string, userData: string, progress: Progress): Promise<Machine> {
  const cluster = await existingCluster(clusterName);
  const taken = (await machinesOf(cluster)).map(({ node }) => node);
  const node = spares(cluster).find((spare) => !taken.includes(spare));
  if (!node) throw new Problem(`every machine of the lab is taken: ${spares(cluster).join(", ")}`);
  try {
    await startMachine(cluster, node, progress);
    if (userData) await runUserData(cluster, node, userData);
  } catch (error) {
    // Nobody would know its id.
    await removeNode(cluster, node);
    throw error;
  }
  const made = (await machinesOf(cluster)).find((machine) => machine.node === node);
  if (!made) throw new Problem(`${node} was gone as soon as it was there`);
  return made;
}

/** The nodes beyond those that the cluster was planned with. */
function spares({ nodes }: LabCluster): string[] {
  return Array.from({ length: 9 - nodes.length }, (_, index) => `node${nodes.length + index + 1}`);
}

/** The machines there are in the places of instances, on or off. */
async function machinesOf(cluster: LabCluster): Promise<(Machine & { node: string })[]> {
  const engine = await theEngine();
  const filter = `label=${label}=${cluster.name}`;
  const format = "{{.ID}} {{.Names}} {{.Status}}";
  const listed = await engine.docker(["ps", "--all", "--no-trunc", "--filter", filter, "--format", format]);
  const lines = listed.split("\n").map((line) => line.split(" "));
  return spares(cluster).flatMap((node) => {
    const [container, , status] = lines.find(([, name]) => name === containerName(cluster.name, node)) ?? [];
    if (!container) return [];
    // A container's id is never given again, unlike a node's name, and tells the same to every run of the plugin.
    return [{ node, id: `i-${container.slice(0, 17)}`, address: nodeOf(cluster, node).address, isOn: status === "Up" }];
  });
}
