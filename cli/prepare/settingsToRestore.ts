import { tagOf } from "../../cluster/image.ts";
import type { SafetyCopyReport } from "../../cluster/safetyCopy/report.ts";
import { KEYS } from "../../settings/keys.ts";
import type { ClusterSettings } from "../../settings/settings.ts";
import { isCredential } from "../../settings/source.ts";
import { SECRET, type WrittenSettings } from "../stackConfig.ts";

/**
 * The settings after which `apply` restores a prepared snapshot and the Rancher that ran when it was saved.
 * @param settings of this run, which options may have changed.
 * @param written what the stack's file has, which `apply` will read.
 */
export function wayBack(
  settings: ClusterSettings,
  { name, sha256 }: Pick<SafetyCopyReport, "name" | "sha256">,
  { image, written }: { image: string; written: WrittenSettings },
): Record<string, string> {
  const version = tagOf(image) ?? "";
  const repository = image.replace(/@.*/, "").slice(0, -version.length - 1);
  const { acceptHazardsOf, rancher, run, snapshotSha256 } = settings;
  const { rancherImage = KEYS.rancherImage.rule.parse(undefined) } = written;
  return {
    snapshot: name,
    rancherVersion: version,
    ...([rancher.repository, rancherImage].some((one) => one !== repository) && { rancherImage: repository }),
    // What an earlier rollback needed would be wrong for this one.
    ...([String(run), written.run ?? "1"].some((one) => one !== "1") && { run: "1" }),
    ...((snapshotSha256 ?? written.snapshotSha256) !== undefined && { snapshotSha256: sha256 }),
    ...(isOfOneSnapshot(settings, written) && { snapshotSource: "" }),
    // What was accepted for it is no word on what may be lost this time.
    ...([JSON.stringify(acceptHazardsOf), written.acceptHazardsOf ?? "[]"].some((one) => one !== "[]") && {
      acceptHazardsOf: "[]",
    }),
  };
}

/**
 * Whether a source is set that gives one snapshot alone, or one host's: this one is on every etcd host, and a restore would
 * ask for the other. A bucket is only asked for what a host lacks; `prove` and `snapshots` read it as well.
 */
function isOfOneSnapshot({ source }: ClusterSettings, { snapshotSource: written }: WrittenSettings): boolean {
  if (written === undefined || written === SECRET) return source !== undefined && source.kind !== "s3";
  return !written.startsWith("s3:");
}

/** What the settings that are set to something else were before, of those that the stack's file had. */
export function replacedBy(way: Record<string, string>, written: WrittenSettings): Record<string, string> {
  const before = Object.entries(written).filter(([key, value]) => Object.hasOwn(way, key) && way[key] !== value);
  return Object.fromEntries(before.map(([key, value]) => [key, isCredential(value) ? SECRET : value]));
}
