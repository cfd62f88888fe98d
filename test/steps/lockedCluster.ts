import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RestoreRecord } from "../../cluster/history/restores.ts";
import type { Lock } from "../../cluster/lock/lock.ts";
import type { StepInput } from "../../steps/contract.ts";
import { ensureLock, lock, unlock } from "../../steps/lock.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { tempFolder } from "../support/folder.ts";
import { reach, SnapshotNode } from "../support/snapshotNode.ts";
import { stepTools } from "../support/steps.ts";

export const TOOLS = "sh dd cat mkdir ln rm sync id".split(" ");
export const HOSTS = ["node1", "node2", "node3"];

export function cluster() {
  const clusterFile = clusterFileIn(tempFolder());
  const nodes = [1, 2, 3].map(() => new SnapshotNode(TOOLS)) as [SnapshotNode, SnapshotNode, SnapshotNode];
  const addresses = Object.fromEntries(nodes.map((node, at) => [`10.0.0.${at + 1}`, node]));
  reach(addresses);
  /** A rollback of the cluster by a stack: what it locks and unlocks with, and what it has reported. */
  const rollback = (id: string, over: Partial<StepInput<"lock">> = {}, stack = "prod") => {
    const tools = stepTools(clusterFile, { stack });
    const input = { id, hosts: HOSTS, snapshot: "base", run: 1, silenceSeconds: 60, ...over };
    return {
      ...tools,
      lock: () => lock(input, tools),
      unlock: () => unlock(input, tools),
      check: (taken: string[] = [], readRecords = async (): Promise<RestoreRecord[]> => []) =>
        ensureLock({ ...input, taken }, { snapshot: "base", readRecords }, tools),
    };
  };
  return { nodes, addresses, rollback };
}

export const holderOf = (node: SnapshotNode): string | undefined => {
  const path = join(node.root, "rancher-rollback/lock");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Lock).id : undefined;
};
export const leftOn = (node: SnapshotNode) => readdirSync(join(node.root, "rancher-rollback")).sort();
