import { isSame, type RestoreRecord } from "../../cluster/history/restores.ts";
import { ask } from "../../cluster/node/connection.ts";
import { lineOf } from "../../cluster/script.ts";
import { proofArgs } from "../../cluster/snapshot/proof.ts";
import { removeRkeCopyScript } from "../../cluster/snapshot/rkeCopy.ts";
import type { Restoring } from "./restoreFailure.ts";

/**
 * Removes what RKE has fetched for this very restore before it failed: the proof would find two snapshots of this name on
 * each host that has saved it for itself, and refuse them.
 */
export async function removeRkeCopies(
  records: RestoreRecord[],
  { etcdHosts, version, input, tools }: Restoring,
): Promise<void> {
  const begun = records.some((record) => isSame(record, input) && record.finishedAt === undefined && !record.inPlace);
  if (!begun) return;
  const proven = new Map(input.proven.nodes.map((one) => [one.node, one]));
  const removals = etcdHosts.map(async (host) => {
    const { file, sha256 } = proven.get(host.name) ?? {};
    if (!file?.endsWith(".zip") || sha256 === undefined) return;
    const copies = input.proven.nodes.map((one) => one.sha256);
    const script = removeRkeCopyScript(proofArgs(input.snapshot, version), sha256, copies);
    // The proof that follows finds what could not be removed.
    const printed = await ask(tools, host, script, input.preflight.timeoutSeconds).catch(() => "");
    const removed = lineOf(printed, "removed");
    if (removed) tools.say(`${host.name}: removed ${removed}, which RKE had fetched from another host and left`);
  });
  await Promise.all(removals);
}
