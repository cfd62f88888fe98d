import type { CreatedObject } from "../cluster/kubernetes/reader.ts";
import type { Loss } from "../cluster/opened/loss.ts";
import type { ApiReading } from "./apiReading.ts";
import type { Newer, RollbackPlan } from "./plan.ts";

/** How many objects of a kind are named. */
const NAMED = 5;

/**
 * What was created since the snapshot was taken. The opened snapshot tells it without clocks: its own time, from inside,
 * may be seconds before it was taken, and what was created in them is in it.
 * @param taken in ms since 1970; undefined where it is unknown.
 * @param exact by opening the snapshot.
 */
export function createdSince(
  taken: number | undefined,
  api: ApiReading,
  exact: RollbackPlan["lost"]["exact"],
): Omit<RollbackPlan["lost"], "exact"> {
  const of = (kind: string, made: ApiReading["namespaces"]) =>
    exact === undefined || "unknown" in exact ? newerThan(made, taken) : createdOf(kind, exact);
  return {
    ...(taken !== undefined && { seconds: Math.round((Date.now() - taken) / 1000) }),
    namespaces: of("namespaces", api.namespaces),
    workloads: of("workloads", api.workloads),
    rancherUsers: of("users", api.rancherUsers),
    rancherClusters: of("clusters", api.rancherClusters),
  };
}

function createdOf(kind: string, { kinds }: Loss): Newer {
  const created = kinds.find((one) => one.kind === kind)?.created;
  return { count: created?.count ?? 0, names: (created?.names ?? []).toSorted().slice(0, NAMED) };
}

/** Counts the objects that were created after a time, in ms since 1970, and names the first few. */
function newerThan(made: CreatedObject[] | { unknown: string }, moment: number | undefined): Newer {
  if ("unknown" in made) return made;
  if (moment === undefined) return { unknown: "the time of the snapshot is unknown" };
  const found = made.filter(({ at }) => at > moment).map(({ name }) => name);
  return { count: found.length, names: found.sort().slice(0, NAMED) };
}
