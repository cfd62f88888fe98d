import { finishedRestore, type RestoreRecord } from "../../cluster/history/restores.ts";
import { restoreEnded } from "../../cluster/rke/unfinishedWipe.ts";
import { copyOf } from "../../cluster/safetyCopy/earlierCopy.ts";
import type { StepReport } from "../contract.ts";
import { lockHolders } from "../heldLock.ts";
import type { Tools } from "../step.ts";
import type { Asked } from "./restoreFailure.ts";

/** The restore that is asked for, where the cluster remembers that it was done. */
export interface FinishedBefore {
  record: RestoreRecord;
  /**
   * By this very rollback, which still holds the cluster: its run was cut off before the engine had kept the report. Nothing
   * has been restored since.
   */
  isOwn: boolean;
}

/** Undefined where it was not done. */
export async function finishedBefore(
  records: RestoreRecord[],
  { input, tools }: Asked,
): Promise<FinishedBefore | undefined> {
  const record = finishedRestore(records, input);
  if (!record) return undefined;
  if (record !== records.at(-1) || record.stack !== tools.stack) return { record, isOwn: false };
  const { holders } = await lockHolders(input.lock, tools);
  return { record, isOwn: holders.length > 0 && holders.every((holder) => holder === input.lock.id) };
}

/** What is reported of it, so that the rest of the rollback is done. It is not known that anything has restarted since. */
export function reportOfFinished(
  record: RestoreRecord,
  { clusterFile, say }: Tools,
): Omit<StepReport<"restore">, "rke"> {
  restoreEnded(clusterFile, { done: true });
  say("this restore was done, and its run was cut off before it could say so: it is not repeated");
  const way = record.inPlace ? "in-place" : "rke";
  return { way, reasons: [], warnings: 0, adopted: true, ...copyOf(clusterFile, record) };
}
