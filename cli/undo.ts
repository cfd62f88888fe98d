import { tagOf } from "../cluster/image.ts";
import type { Job } from "./job.ts";
import { Refusal } from "./refusal.ts";
import type { RollWorkspace } from "./rollTarget.ts";
import type { StackState } from "./stackState.ts";

/**
 * Sets, for this run alone, what takes the stack's last rollback back.
 * @returns what is to be kept in the stack's file once it is begun.
 * @throws Refusal when the stack has no safety copy to go back to.
 */
export async function undoSettings(
  job: Job,
  workspace: RollWorkspace,
  state: StackState,
): Promise<Record<string, string>> {
  const copy = state.safetyCopy;
  if (!copy) throw new Refusal(`stack ${job.stack} has no safety copy: there is nothing to undo`);
  const version = job.config.rancherVersion ?? tagOf(copy.rancherImage);
  if (version === undefined) {
    const why = `the safety copy ${copy.name} does not know which Rancher ran when it was saved (image: ${copy.rancherImage})`;
    const remedy = "Name its version: --config rancherVersion=v2.X.Y";
    throw Refusal.of({ message: `${why}; nothing was done`, remedy }, job.stack);
  }
  // The first restore of that copy, whatever restore it takes back: its name alone confirms it.
  const { acceptHazardsOf, snapshotSha256 } = await workspace.settings();
  const settings = {
    ...{ snapshot: copy.name, rancherVersion: version, run: "1" },
    // That of the snapshot which is taken back would refuse the copy.
    ...(snapshotSha256 !== undefined && { snapshotSha256: copy.sha256 }),
  };
  workspace.set(settings);
  // What was accepted for another restore counts no longer. It goes once this one has begun: remedies count the entries of the file.
  const own = acceptHazardsOf.filter((one) => one.endsWith(`@${copy.name}`));
  return { ...settings, ...(own.length < acceptHazardsOf.length && { acceptHazardsOf: JSON.stringify(own) }) };
}
