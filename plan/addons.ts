import { checkFailed, type FailedCheck } from "../cluster/problem.ts";
import { otherRancherInAddons, unreadAddons } from "../cluster/rke/addons.ts";
import { remadeAddons, removedAddons } from "../cluster/rke/removedAddons.ts";
import type { Warning } from "../messages/warnings.ts";
import type { Settings } from "../settings/settings.ts";
import type { ApiReading } from "./apiReading.ts";
import type { OpenedReading } from "./openedReading.ts";

type AddonSettings = Pick<Settings, "cluster" | "rancher" | "rke" | "snapshot">;

/** What RKE would delete of the add-ons of the cluster file, and another Rancher that it would start by them, a failed check each. */
export function addonChecks({ cluster, rancher, rke }: AddonSettings): FailedCheck[] {
  const problems = [...remadeAddons(cluster.path, rke.version), ...otherRancherInAddons(cluster.path, rancher)];
  return checkFailed("addons", problems);
}

/** What RKE would delete, as the opened snapshot has add-ons that the cluster file no longer has, a failed check each. */
export function removedAddonChecks(
  { cluster, rke, snapshot }: AddonSettings,
  { addons = [] }: OpenedReading,
): FailedCheck[] {
  return checkFailed("addons", removedAddons(cluster, rke.version, { where: snapshot, deployed: addons }));
}

/** The same by the cluster as it is now, where the snapshot was not opened: it may have these add-ons, too. */
export function removedAddonWarnings(
  { cluster, rke }: AddonSettings,
  { content }: OpenedReading,
  { addons }: Pick<ApiReading, "addons">,
): Warning[] {
  if (content || "unknown" in addons) return [];
  const deployed = { where: "the cluster as it is now", deployed: addons.now };
  return removedAddons(cluster, rke.version, deployed).map((problem) => ({ kind: "addon-removed", problem }));
}

/** Add-ons whose content is not known here, which may have another Rancher in them. */
export function addonWarnings({ cluster, rancher: { image } }: AddonSettings): Warning[] {
  return unreadAddons(cluster.path).map((entry) => ({ kind: "addon-not-read", entry, image }));
}
