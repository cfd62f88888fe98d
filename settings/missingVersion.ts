import { provenSnapshots } from "../cluster/opened/provenSnapshots.ts";
import type { Problem } from "../cluster/problem.ts";
import { heldVersions } from "../cluster/rancher/heldVersions.ts";
import { shellWord } from "../cluster/shell.ts";

/**
 * That `rancherVersion` is missing, with what the snapshot holds where it was opened from this machine. It is not taken
 * from there by itself: a snapshot of that name that is saved and opened again would change Rancher's image without a
 * restore (design law 1).
 */
export function missingVersion(clusterFile: string | undefined, snapshot: string | undefined): Problem {
  const opened = clusterFile === undefined ? [] : provenSnapshots(clusterFile);
  const held = heldVersions(opened.find(({ name, holds }) => name === snapshot && holds)?.holds ?? {});
  const [version] = held;
  if (version !== undefined) {
    const message = `rancherVersion is missing; ${snapshot} holds Rancher ${held.join(", and its Deployment asks for ")}`;
    return { message, remedy: { text: "to start that version", pulumi: `config set rancherVersion ${version}` } };
  }
  const command = `snapshots --open ${shellWord(snapshot ?? "NAME")}`;
  return { message: "rancherVersion is missing", remedy: { text: "to see which one the snapshot holds", command } };
}
