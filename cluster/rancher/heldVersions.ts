import { tagOf } from "../image.ts";

/** What a snapshot says of its Rancher: as cluster/opened/content.ts reads it. */
interface SnapshotRancher {
  rancher?: string | undefined;
  rancherImage?: string | undefined;
}

/**
 * The versions that can be started on a snapshot's data: the one that wrote them, by Rancher's setting server-version,
 * and the one that its Deployment asks for. They differ where the snapshot was taken in the middle of an upgrade.
 */
export function heldVersions({ rancher, rancherImage = "" }: SnapshotRancher): string[] {
  const tag = tagOf(rancherImage);
  return [...new Set([rancher, tag].filter((one) => one !== undefined))];
}
