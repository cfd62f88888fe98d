import { etcdNodes } from "../../cluster/clusterFile/node.ts";
import { existingEtcdNodes } from "../../cluster/clusterFile/replacement.ts";
import { tagOf } from "../../cluster/image.ts";
import type { Job } from "../job.ts";
import { Refusal } from "../refusal.ts";
import type { StackState } from "../stackState.ts";
import type { RollWorkspace } from "./rollTarget.ts";

/**
 * Sets, for this run alone, what takes the stack's last rollback back.
 * @returns what is to be kept in the stack's file once it is begun.
 * @throws Refusal when the stack has no safety copy to restore.
 */
export async function undoSettings(
  job: Job,
  workspace: RollWorkspace,
  state: StackState,
): Promise<Record<string, string>> {
  const copy = state.safetyCopy;
  if (!copy) {
    const message = `stack ${job.stack} has no safety copy: there is nothing to undo`;
    const text = "To roll back to another snapshot, set it as `snapshot` in the config; those that are there";
    throw Refusal.of({ message, remedy: { text, command: "snapshots" } }, job.stack);
  }
  const version = job.config.rancherVersion ?? tagOf(copy.rancherImage);
  if (version === undefined) {
    const message = `the safety copy ${copy.name} does not know which Rancher ran when it was saved (image: ${copy.rancherImage})`;
    const remedy = "Name its version: --config rancherVersion=v2.X.Y";
    throw Refusal.of({ message, remedy }, job.stack);
  }
  // The first restore of that copy, whatever restore it takes back: its name alone confirms it.
  const first = { snapshot: copy.name, rancherVersion: version, run: "1" };
  const settings = await workspace.settings();
  const { acceptHazardsOf, source, snapshotSha256 } = settings;
  const isEverywhere = etcdNodes(settings.cluster).every(({ name }) => copy.nodes.includes(name));
  const fetches = source !== undefined || !isEverywhere;
  const host = existingEtcdNodes(settings).find(({ name }) => copy.nodes.includes(name));
  const asks = fetches && job.config.snapshotSource === undefined;
  const snapshotSource = asks && host ? `node:${host.address}` : undefined;
  // By its hash no other snapshot passes for the copy, least of all the one that is taken back.
  const known = { ...first, ...((fetches || snapshotSha256 !== undefined) && { snapshotSha256: copy.sha256 }) };
  workspace.set({ ...known, ...(snapshotSource !== undefined && { snapshotSource, ...NO_S3 }) });
  // What was accepted for another restore counts no longer. It goes once this one has begun: remedies count the entries of the file.
  const own = acceptHazardsOf.filter((one) => one.endsWith(`@${copy.name}`));
  return {
    ...known,
    // A source in the stack's file stays there for the next rollback, with its keys.
    ...(snapshotSource !== undefined && source === undefined && { snapshotSource }),
    ...(own.length < acceptHazardsOf.length && { acceptHazardsOf: JSON.stringify(own) }),
  };
}

/** Empty is none; they are refused beside another source. */
const NO_S3 = { s3Endpoint: "", s3Region: "", s3AccessKey: "", s3SecretKey: "" };
