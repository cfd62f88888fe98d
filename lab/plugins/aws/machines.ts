import { existingCluster, removeNode } from "../../cluster.ts";
import { theEngine } from "../../dockerEngine.ts";
import { runUserData, startMachine } from "../../machines.ts";
import { power } from "../../nodes.ts";
import { Problem } from "../../problem.ts";
import type { Progress } from "../../progress.ts";

/** Where instances run. */
export interface Machines {
  /** Makes a machine, which runs its user data by itself. */
  start(userData: string, progress: Progress): Promise<Machine>;
  /** Undefined where it is gone. */
  find(id: string): Promise<Machine | undefined>;
  remove(id: string): Promise<void>;
}

export interface Machine {
  /** `i-` and 17 hexadecimal digits, as AWS has it. */
  id: string;
  address: string;
}

/** Nodes beyond those that the lab's cluster was planned with. */
const SPARES = ["node4", "node5", "node6", "node7", "node8", "node9"];
const CLUSTER = "a";

/** Instances that are bare machines on the network of the lab's cluster. */
export function labMachines(): Machines {
  const machine = async (node: string) => {
    const { name, nodes } = await existingCluster(CLUSTER);
    const number = Number(node.slice("node".length));
    const [first] = nodes;
    const address = (first?.address ?? "").replace(/\d+$/, (last) => String(Number(last) + number - 1));
    const state = await power(await theEngine(), name, { name: node, address });
    return { id: idOf(node), address, isThere: state !== "absent" };
  };
  return {
    start: async (userData, progress) => {
      const cluster = await existingCluster(CLUSTER);
      for (const node of SPARES) {
        if ((await machine(node)).isThere) continue;
        const { address } = await startMachine(cluster, node, progress);
        await runUserData(cluster, node, userData);
        return { id: idOf(node), address };
      }
      throw new Problem(`every machine of the lab is taken: ${SPARES.join(", ")}`);
    },
    find: async (id) => {
      const { isThere, ...found } = await machine(nodeOf(id));
      return isThere ? found : undefined;
    },
    remove: async (id) => removeNode(await existingCluster(CLUSTER), nodeOf(id)),
  };
}

/** An instance's id is its node's name, so that any run of the plugin knows it. */
function idOf(node: string): string {
  return `i-${Buffer.from(node).toString("hex").padStart(17, "0")}`;
}

function nodeOf(id: string): string {
  return Buffer.from(id.replace(/^i-0*/, ""), "hex").toString();
}
