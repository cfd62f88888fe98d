import { tagOf } from "../image.ts";
import type { SnapshotContent } from "../opened/content.ts";

/**
 * The versions that can be started on a snapshot's data: the one that wrote them, by Rancher's setting server-version,
 * and the one that its Deployment asks for. They differ where the snapshot was taken in the middle of an upgrade.
 */
export function heldVersions({
  rancher,
  rancherImage = "",
}: Pick<SnapshotContent, "rancher" | "rancherImage">): string[] {
  const tag = tagOf(rancherImage);
  return [...new Set([rancher, tag].filter((one) => one !== undefined))];
}
