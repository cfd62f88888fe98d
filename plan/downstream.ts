import type { Downstream, DownstreamCluster } from "../cluster/downstream/schema.ts";
import { consentFor } from "../cluster/history/restores.ts";
import type { Way } from "../cluster/inPlace/way.ts";
import { checkFailed, type FailedCheck } from "../cluster/problem.ts";
import { acceptRemedy, clusterText, hazardText } from "../messages/hazards.ts";
import type { Warning } from "../messages/warnings.ts";
import type { Settings } from "../settings/settings.ts";

type Consent = Pick<Settings, "acceptHazardsOf" | "snapshot" | "run">;

/** Names or ids of the clusters that were accepted for this very restore: what was accepted for another one is spent. */
export function acceptedFor(settings: Consent): string[] {
  const end = `@${consentFor(settings)}`;
  return settings.acceptHazardsOf.flatMap((one) => (one.endsWith(end) ? [one.slice(0, -end.length)] : []));
}

/** What can lose the data of a downstream cluster and was not accepted by its name, a failed check for each cluster. */
export function notAccepted({ clusters, unknown }: Downstream, settings: Consent): FailedCheck[] {
  // What is not known cannot be accepted.
  if (unknown !== undefined) return [];
  const open = clusters.filter((cluster) => !cluster.accepted && losing(cluster).length > 0);
  return open.flatMap((cluster, at) => {
    const message = `downstream cluster ${clusterText(cluster)} can lose data: ${losing(cluster)
      .map((hazard) => hazardText(hazard, cluster).what)
      .join("; ")}`;
    const remedy = acceptRemedy(`${cluster.name}@${consentFor(settings)}`, settings.acceptHazardsOf.length + at);
    return checkFailed("downstream-cluster", [{ message, remedy }], cluster.id);
  });
}

/** Where nothing was checked, or not everything, the operator must know that before confirming. */
export function uncheckedWarnings(
  { unknown, notCompared }: Pick<Downstream, "unknown" | "notCompared">,
  way?: Way,
): Warning[] {
  if (unknown === undefined) return notCompared ? [{ kind: "downstream-not-compared", objects: notCompared }] : [];
  return [way === "rename-back" ? { kind: "old-data-not-opened" } : { kind: "downstream-not-checked", why: unknown }];
}

/** The hazards that must be accepted. */
export function losing({ hazards }: DownstreamCluster): DownstreamCluster["hazards"] {
  return hazards.filter(({ severity }) => severity === "data-loss");
}
