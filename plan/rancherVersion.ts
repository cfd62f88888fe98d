import type { SnapshotContent } from "../cluster/opened/content.ts";
import type { Problem } from "../cluster/problem.ts";
import { heldVersions } from "../cluster/rancher/heldVersions.ts";
import { shellWord } from "../cluster/shell.ts";
import type { Settings } from "../settings/settings.ts";

/**
 * Another Rancher than the snapshot's would be started on its data, a failed check unless the operator has set the version
 * twice. A safety copy from a failed upgrade holds two: the Rancher that wrote its data, and the one that never started.
 */
export function versionNotAccepted(
  content: SnapshotContent | undefined,
  { acceptRancherVersion, rancher, snapshot }: Pick<Settings, "acceptRancherVersion" | "rancher" | "snapshot">,
): Problem[] {
  const { version } = rancher;
  const held = heldVersions(content ?? {});
  if (held.length === 0 || held.includes(version) || acceptRancherVersion === version) return [];
  return [
    {
      message: `${snapshot} holds Rancher ${held.join(", and its Deployment asks for ")}, but rancherVersion is ${version}`,
      remedy: {
        text: `set rancherVersion to ${held.join(" or ")}; only where ${version} is meant to start on these data`,
        pulumi: `config set acceptRancherVersion ${shellWord(version)}`,
      },
    },
  ];
}
