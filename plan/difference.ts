import { isDeepStrictEqual } from "node:util";
import type { FailedCheck } from "../cluster/problem.ts";
import { losing } from "./downstream.ts";
import type { Newer, PlanDifference, RollbackPlan } from "./plan.ts";

type Value<W extends PlanDifference["what"]> = Extract<PlanDifference, { what: W }>["now"];

/**
 * How the plan that the operator has read differs from the one of now. Time, free space and the like change on their own
 * and do not matter for what was confirmed. What only one of them could tell by opening the snapshot says nothing about the
 * other. Nor do, of another host's copy, its time and what is counted by that.
 */
export function planDifferences(read: RollbackPlan, now: RollbackPlan): PlanDifference[] {
  const row = <W extends PlanDifference["what"]>(what: W, of: (plan: RollbackPlan) => Value<W>): PlanDifference[] => {
    const [was, is] = [of(read), of(now)];
    if (isDeepStrictEqual(was, is)) return [];
    return [{ what, ...(was !== undefined && { was }), ...(is !== undefined && { now: is }) } as PlanDifference];
  };
  const [before, after] = [openedOn(read), openedOn(now)];
  const bothOrNone = (before === undefined) === (after === undefined);
  const sameCopy = before === after && isInnerTime(read) === isInnerTime(now);
  return [
    ...row("cluster", ({ cluster }) => cluster),
    ...row("snapshot", ({ snapshot: { name, bytes } }) => ({ name, ...(bytes !== undefined && { bytes }) })),
    ...row("snapshot-nodes", ({ snapshot }) => snapshot.provenOn),
    ...(sameCopy
      ? [
          ...row("snapshot-time", ({ snapshot }) => snapshot.takenAt),
          ...row("lost-namespaces", ({ lost }) => counted(lost.namespaces)),
          ...row("lost-workloads", ({ lost }) => counted(lost.workloads)),
          ...row("lost-rancher-users", ({ lost }) => counted(lost.rancherUsers)),
          ...row("lost-rancher-clusters", ({ lost }) => counted(lost.rancherClusters)),
        ]
      : []),
    ...(bothOrNone ? [...row("lost", lostByHand), ...row("losing-clusters", losingClusters)] : []),
    ...row("restore-way", ({ restore }) => restore?.way),
    ...row("nodes", ({ nodes }) =>
      nodes.map(({ name, address, unknown }) => ({ name, address, isUnknown: unknown !== undefined })),
    ),
    ...row("etcd-members", ({ etcd }) => etcd.members),
    ...row("rancher-image", ({ rancher }) => versions(rancher)),
    ...row("kubernetes", ({ kubernetes }) => versions(kubernetes)),
    ...newlyFailed(read, now),
    ...row("cluster-file", ({ clusterFileDiff }) => clusterFileDiff),
  ];
}

function versions({ now, after }: { now?: string | undefined; after?: string | undefined }) {
  return { ...(now !== undefined && { now }), ...(after !== undefined && { after }) };
}

/** What the preview's failed checks would have refused was refused before; one that has passed since refuses nothing. */
function newlyFailed({ failedChecks: read }: RollbackPlan, { failedChecks: now }: RollbackPlan): PlanDifference[] {
  const isKnown = (check: FailedCheck) => read.some((other) => isDeepStrictEqual(identity(check), identity(other)));
  return now.every(isKnown) ? [] : [{ what: "failed-checks", was: read, now }];
}

/** A message has figures that change on their own, such as free space. */
function identity({ check, of, message }: FailedCheck) {
  return check === undefined ? { message } : { check, of };
}

/** RKE has each host save its own copy, one after the other where the database is large. */
function openedOn({ lost: { exact } }: RollbackPlan): string | undefined {
  return exact === undefined || "unknown" in exact ? undefined : exact.on;
}

/** Where the live etcd did not answer, the opened snapshot tells its time all the same. */
function isInnerTime({ snapshot: { holds } }: RollbackPlan): boolean {
  return holds?.takenAt !== undefined;
}

/** Counts kinds that only people make: objects of other kinds come and go by themselves, and objects of all kinds change by themselves. */
function lostByHand({ lost: { exact } }: RollbackPlan): Value<"lost"> {
  if (!exact || "unknown" in exact) return undefined;
  return exact.kinds
    .filter(({ byHand }) => byHand)
    .map(({ kind, created, deleted }) => ({ kind, created: created.count, deleted: deleted.count }))
    .filter(({ created, deleted }) => created + deleted > 0)
    .sort((one, other) => one.kind.localeCompare(other.kind));
}

function losingClusters({ downstream }: RollbackPlan): Value<"losing-clusters"> {
  if (downstream?.unknown !== undefined) return undefined;
  return (downstream?.clusters ?? [])
    .map((cluster) => ({ name: cluster.name, hazards: losing(cluster).map(({ hazard }) => hazard) }))
    .filter(({ hazards }) => hazards.length > 0)
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** Why it is unknown does not matter. */
function counted(newer: Newer): Exclude<Newer, { unknown: string }> | undefined {
  return "unknown" in newer ? undefined : newer;
}
