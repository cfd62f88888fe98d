import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RestoreRecord } from "../../cluster/history/restores.ts";
import type { Lock } from "../../cluster/lock/lock.ts";
import type { StepId } from "../../messages/steps.ts";
import type { StepInput } from "../../steps/contract.ts";
import { ensureLock, ensureLockAfterRestore } from "../../steps/heldLock.ts";
import { lock, unlock } from "../../steps/lock.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { tempFolder, textFile } from "../support/folder.ts";
import { reach, SnapshotNode } from "../support/snapshotNode.ts";
import { stepTools } from "../support/steps.ts";

export const TOOLS = "sh dd cat mkdir ln rm sync id".split(" ");
export const HOSTS = ["node1", "node2", "node3"];
export const ID = "aaaaaaaa";
/** Whoever works on another machine. */
export const LAPTOP = "ops@laptop";

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
      unlock: (taken: string[] = []) => unlock({ ...input, taken }, tools),
      check: (taken: string[] = [], readRecords = async (): Promise<RestoreRecord[]> => []) =>
        ensureLock({ ...input, taken }, { snapshot: "base", readRecords }, tools),
      /** What a step after the restore asks. */
      checkAfter: (step: StepId, taken: string[] = []) => ensureLockAfterRestore({ ...input, taken }, step, tools),
    };
  };
  return { nodes, addresses, rollback };
}

/** The lock of this rollback, which a run on another machine has taken on every host. */
export function lockedElsewhere(holder = LAPTOP, machine?: string) {
  const made = cluster();
  const lock = { id: ID, holder, machine, stack: "prod", snapshot: "base", since: "2026-11-23T03:00:00.000Z" };
  for (const node of made.nodes) {
    mkdirSync(join(node.root, "rancher-rollback"), { recursive: true });
    textFile(lockFileOf(node), JSON.stringify(lock));
  }
  return { ...made, mine: made.rollback(ID) };
}

export const lockFileOf = (node: SnapshotNode) => join(node.root, "rancher-rollback/lock");
/** Who holds each node, as user@machine; nobody is empty. */
export const holders = (nodes: SnapshotNode[]) =>
  nodes.map((node) =>
    existsSync(lockFileOf(node)) ? (JSON.parse(readFileSync(lockFileOf(node), "utf8")) as Lock).holder : "",
  );
export const holderOf = (node: SnapshotNode): string | undefined => {
  const path = join(node.root, "rancher-rollback/lock");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Lock).id : undefined;
};
export const leftOn = (node: SnapshotNode) => readdirSync(join(node.root, "rancher-rollback")).sort();
