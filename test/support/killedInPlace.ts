import { rmSync } from "node:fs";
import { join } from "node:path";
import type { RestoreRecord } from "../../cluster/history/restores.ts";
import type { StepInput } from "../../steps/contract.ts";
import { CONTAINERS, leftExchange, putData, restoredData } from "./etcdDocker.ts";
import { BEFORE, inPlaceStep } from "./inPlaceStep.ts";
import { remember, restoreRecord } from "./restores.ts";
import type { SnapshotNode } from "./snapshotNode.ts";
import { ago } from "./time.ts";

export const ID = "rollback-20261123T140000Z-abcdef";
export const NEW = restoredData(ID);
const STOPPED = CONTAINERS.filter((name) => name !== "kube-proxy");
const ABOUT = { snapshot: "base", run: 1, startedAt: ago(600), way: "in-place" };
const SAFE = { safetyCopy: { name: "safety-0", rancherImage: "rancher/rancher:v2.5.9" } };

export type Found = "none" | "prepared" | "half" | "stray" | "exchanged";

/** How a killed run has left a host: everything is stopped. */
function leave(node: SnapshotNode, found: Found): void {
  for (const name of STOPPED) rmSync(join(node.root, "running", name), { force: true });
  if (found === "none") return;
  const live = join(node.root, "etcd/member");
  if (found !== "prepared") rmSync(live, { recursive: true });
  if (found === "stray") putData(node, "member", "5 1 5");
  if (found === "exchanged") putData(node, "member", NEW);
  leftExchange(node, ID, ABOUT, {
    ...(found !== "prepared" && { old: BEFORE }),
    ...(found !== "exchanged" && { fresh: NEW }),
  });
}

/** A restore in place of `base` after one of it that was killed. @param found what it has left on each host. */
export async function killed(
  found: Found[],
  over: Partial<StepInput<"restore">> = {},
  record: Partial<RestoreRecord> = {},
) {
  const step = await inPlaceStep(over);
  remember(step.nodes, restoreRecord({ inPlace: { id: ID }, ...SAFE, ...record }));
  for (const [at, node] of step.nodes.entries()) leave(node, found[at] ?? "none");
  return step;
}
