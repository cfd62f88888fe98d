import type { SnapshotContent } from "../cluster/opened/content.ts";
import { checkFailed, type FailedCheck, type Problem, setRemedy } from "../cluster/problem.ts";
import { heldVersions } from "../cluster/rancher/heldVersions.ts";
import { KEYS } from "../settings/keys.ts";
import type { Settings } from "../settings/settings.ts";

type VersionSettings = Pick<Settings, "acceptRancherVersion" | "rancher" | "snapshot">;

/** What speaks against starting the Rancher of the settings on what the opened snapshot holds, a failed check each. */
export function notAsHeld(content: SnapshotContent | undefined, wanted: VersionSettings): FailedCheck[] {
  return [
    ...checkFailed("rancher-version", versionNotAccepted(content, wanted)),
    ...checkFailed("rancher-registry", registryNotMeant(content, wanted)),
  ];
}

/**
 * Another Rancher than the snapshot's would be started on its data, a failed check unless the operator has set the version
 * twice. A safety copy from a failed upgrade holds two: the Rancher that wrote its data, and the one that never started.
 */
function versionNotAccepted(
  content: SnapshotContent | undefined,
  { acceptRancherVersion, rancher, snapshot }: VersionSettings,
): Problem[] {
  const { version } = rancher;
  const held = heldVersions(content ?? {});
  if (held.length === 0 || held.includes(version) || acceptRancherVersion === version) return [];
  const message = `${snapshot} holds Rancher ${held.join(", and its Deployment asks for ")}, but rancherVersion is ${version}`;
  const text = `set rancherVersion to ${held.join(" or ")}; only where ${version} is meant to start on these data`;
  return [{ message, remedy: setRemedy(text, "acceptRancherVersion", version) }];
}

/** Where Rancher came from a registry of the operator's, nodes often cannot pull the image that the setting has by default. */
function registryNotMeant(content: SnapshotContent | undefined, { rancher, snapshot }: VersionSettings): Problem[] {
  const held = content?.rancherImage ?? "";
  const [, repository = ""] = /^(.+?)(?::\w[\w.-]*)?(?:@.*)?$/.exec(held) ?? [];
  const unset = KEYS.rancherImage.rule.parse(undefined);
  const isSame = repository.replace(/^(?:index\.)?docker\.io\//, "") === unset;
  if (repository === "" || isSame || rancher.repository !== unset) return [];
  const message = `the Deployment in ${snapshot} has the image ${held}, but ${rancher.image} would be set`;
  const text = `only where every node may pull it from Docker Hub, docker.io/${unset}; else`;
  return [{ message, remedy: setRemedy(text, "rancherImage", repository) }];
}
