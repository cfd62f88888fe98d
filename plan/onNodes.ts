import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { existingNodes } from "../cluster/clusterFile/replacement.ts";
import type { Settings } from "../settings/settings.ts";
import { type NodeReading, readNode } from "./nodeReading.ts";
import { notOpened, type OpenedReading, readOpened } from "./openedReading.ts";
import { decideNow, type Restoring } from "./restoring.ts";

/** What the nodes say, how etcd is restored by that, and what the snapshot on them holds. */
export interface OnNodes {
  nodes: NodeReading[];
  restoring: Restoring;
  opened: OpenedReading;
}

export async function readNodes(settings: Settings, asked: ClusterNode[]): Promise<Omit<OnNodes, "opened">> {
  const nodes = await Promise.all(asked.map((node) => readNode(node, settings)));
  return { nodes, restoring: decideNow(settings, nodes, undefined) };
}

/** Once a host has proven the snapshot, how long the others are waited for before it is opened, ms. */
const OTHERS_MS = 2000;

/** What nodes say, and what the snapshot holds: a node that cannot be reached is waited for while it is opened on another. */
export async function readAndOpen(settings: Settings): Promise<OnNodes> {
  const asked = existingNodes(settings).map((node) => readNode(node, settings));
  const answered: NodeReading[] = [];
  const all = Promise.all(asked.map(async (one) => answered.push(await one)));
  const proven = asked.map(async (one) => {
    if (!hasSnapshot(await one)) throw new Error("this one is not waited for");
  });
  const patience = () => sleep(OTHERS_MS, undefined, { ref: false });
  await Promise.race([all, Promise.any(proven).then(patience, () => all)]);
  const first = [...answered];
  const early = first.length < asked.length ? await Promise.all([readOpened(settings, first), all]) : undefined;
  const nodes = await Promise.all(asked);
  const restoring = decideNow(settings, nodes, undefined);
  const isLate = (one: NodeReading) => hasSnapshot(one) && !first.includes(one);
  const opened =
    early && restoring.decision?.way !== "rename-back" && (early[0].content || !nodes.some(isLate))
      ? early[0]
      : await openedNow(settings, { nodes, restoring });
  return { nodes, restoring, opened };
}

function hasSnapshot({ proof }: NodeReading): boolean {
  return proof !== undefined && "snapshot" in proof;
}

/** The snapshot as it is now, opened where that says something about this restore. */
export async function openedNow(
  settings: Settings,
  { nodes, restoring: { decision } }: Omit<OnNodes, "opened">,
): Promise<OpenedReading> {
  if (decision?.way === "rename-back")
    return notOpened("the old data are put back, not the snapshot, and they are not opened");
  return await readOpened(settings, nodes);
}
