import { isDeepStrictEqual } from "node:util";
import type { FailedCheck } from "../cluster/problem.ts";
import { losing } from "./downstream.ts";
import type { Newer, RollbackPlan } from "./plan.ts";

/**
 * How the plan that the operator has read differs from the one of now, a sentence for each difference. Time, free space
 * and the like change on their own and do not matter for what was confirmed. What only one of them could tell by opening
 * the snapshot says nothing about the other. Nor do, of another host's copy, its time and what is counted by that.
 */
export function planDifferences(read: RollbackPlan, now: RollbackPlan): string[] {
  const row = <T>(what: string, of: (plan: RollbackPlan) => T, text: (value: T) => string): string[] => {
    const [was, is] = [of(read), of(now)];
    return isDeepStrictEqual(was, is) ? [] : [`${what}: was ${text(was)}, now ${text(is)}`];
  };
  const [before, after] = [openedOn(read), openedOn(now)];
  const bothOrNone = (before === undefined) === (after === undefined);
  const sameCopy = before === after && isInnerTime(read) === isInnerTime(now);
  return [
    ...row(
      "the cluster",
      ({ cluster }) => cluster,
      ({ name, file }) => `${name}, ${file}`,
    ),
    ...row(
      "the snapshot",
      ({ snapshot: { name, bytes } }) => ({ name, bytes }),
      ({ name, bytes }) => `${name}, ${bytes ?? "?"} bytes`,
    ),
    ...row(
      "the nodes that have it",
      ({ snapshot }) => snapshot.provenOn,
      (nodes) => nodes.join(", ") || "none",
    ),
    ...(sameCopy
      ? [
          ...row("the snapshot's time", ({ snapshot }) => snapshot.takenAt, orUnknown),
          ...row("the lost namespaces", ({ lost }) => counted(lost.namespaces), countText),
          ...row("the lost workloads", ({ lost }) => counted(lost.workloads), countText),
          ...row("the lost Rancher users", ({ lost }) => counted(lost.rancherUsers), countText),
          ...row("the lost Rancher clusters", ({ lost }) => counted(lost.rancherClusters), countText),
        ]
      : []),
    ...(bothOrNone
      ? [
          ...row("what is lost", lostByHand, lostText),
          ...row("what can lose data of downstream clusters", losingClusters, losingText),
        ]
      : []),
    ...row("how etcd is restored", ({ restore }) => restore?.way, orUnknown),
    ...row("the nodes", nodesOf, nodesText),
    ...row("etcd's members", ({ etcd }) => etcd.members, orUnknown),
    ...row(
      "the Rancher image",
      ({ rancher }) => ({ now: rancher.now, after: rancher.after }),
      (image) => `${orUnknown(image.now)} → ${image.after}`,
    ),
    ...row(
      "Kubernetes",
      ({ kubernetes }) => ({ now: kubernetes.now, after: kubernetes.after }),
      (version) => `${orUnknown(version.now)} → ${version.after ?? "RKE's default"}`,
    ),
    ...newlyFailed(read, now),
    ...row(
      "the cluster file changes",
      ({ clusterFileDiff }) => clusterFileDiff,
      (diff) => diff || "none",
    ),
  ];
}

/** What the preview's failed checks would have refused was refused before; one that has passed since refuses nothing. */
function newlyFailed({ failedChecks: read }: RollbackPlan, { failedChecks: now }: RollbackPlan): string[] {
  const isKnown = (check: FailedCheck) => read.some((other) => isDeepStrictEqual(identity(check), identity(other)));
  if (now.every(isKnown)) return [];
  const text = (checks: FailedCheck[]) => checks.map(({ message }) => message).join("; ") || "none";
  return [`the failed checks: was ${text(read)}, now ${text(now)}`];
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

/** Kinds that people make: of others, objects come and go by themselves, as changes do in all of them. */
const BY_HAND = ["namespaces", "workloads", "volume claims"];

interface LostKind {
  kind: string;
  created: number;
  deleted: number;
}

function lostByHand({ lost: { exact } }: RollbackPlan): LostKind[] | undefined {
  if (!exact || "unknown" in exact) return undefined;
  return exact.kinds
    .filter(({ kind, of }) => of === "Rancher" || BY_HAND.includes(kind))
    .map(({ kind, created, deleted }) => ({ kind, created: created.count, deleted: deleted.count }))
    .filter(({ created, deleted }) => created + deleted > 0)
    .sort((one, other) => one.kind.localeCompare(other.kind));
}

function lostText(kinds: LostKind[] | undefined): string {
  if (kinds === undefined) return "unknown";
  const lines = kinds.map(({ kind, created, deleted }) => `${kind}: ${created} created, ${deleted} deleted`);
  return lines.join("; ") || "nothing created or deleted";
}

interface LosingCluster {
  name: string;
  hazards: string[];
}

function losingClusters({ downstream }: RollbackPlan): LosingCluster[] | undefined {
  if (downstream?.unknown !== undefined) return undefined;
  return (downstream?.clusters ?? [])
    .map((cluster) => ({ name: cluster.name, hazards: losing(cluster).map(({ hazard }) => hazard) }))
    .filter(({ hazards }) => hazards.length > 0)
    .sort((one, other) => one.name.localeCompare(other.name));
}

function losingText(clusters: LosingCluster[] | undefined): string {
  if (clusters === undefined) return "unknown";
  return clusters.map(({ name, hazards }) => `${name}: ${hazards.join(", ")}`).join("; ") || "nothing";
}

function nodesOf({ nodes }: RollbackPlan) {
  return nodes.map(({ name, address, unknown }) => ({ name, address, isUnknown: unknown !== undefined }));
}

function nodesText(nodes: ReturnType<typeof nodesOf>): string {
  return nodes.map(({ name, address, isUnknown }) => `${name} ${address}${isUnknown ? " unknown" : ""}`).join(", ");
}

/** Why it is unknown does not matter. */
function counted(newer: Newer): Exclude<Newer, { unknown: string }> | undefined {
  return "unknown" in newer ? undefined : newer;
}

function countText(newer: ReturnType<typeof counted>): string {
  return newer === undefined ? "unknown" : `${newer.count} (${newer.names.join(", ")})`;
}

function orUnknown(value: string | number | undefined): string {
  return String(value ?? "unknown");
}
