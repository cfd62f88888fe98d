import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { isSame, type RestoreRecord } from "../cluster/history/restores.ts";
import { askAll } from "../cluster/node/connection.ts";
import { REMOVE_HELPERS_SCRIPT } from "../cluster/rke/helpers.ts";
import type { StepInput } from "./contract.ts";
import { holderName } from "./lock.ts";
import type { Tools } from "./step.ts";

/** To remove and to start containers, s. */
const SECONDS = 60;

/**
 * Removes what the RKE of this very restore has left running when it failed or was killed: the proof that follows would wait
 * for its end. Only with the lock, and once no RKE is at work here; one of another machine may be.
 */
export async function removeLeftHelpers(
  records: RestoreRecord[],
  hosts: ClusterNode[],
  input: StepInput<"restore">,
  tools: Tools,
): Promise<void> {
  const begun = records.find((record) => isSame(record, input));
  if (!begun || begun.finishedAt !== undefined || begun.inPlace || begun.holder !== holderName()) return;
  // The proof names what could not be removed.
  await askAll(tools, hosts, REMOVE_HELPERS_SCRIPT, SECONDS);
}
