import { lt, valid } from "semver";
import type { OpenedSnapshot } from "../opened/open.ts";
import { backupHazards, commonHazards } from "./common.ts";
import { type ClusterFacts, clusterFacts, type Machine, type SideFacts } from "./facts.ts";
import { deployedSince } from "./fleet.ts";
import { hazardIf, NAMED, named, ofNames } from "./named.ts";
import * as questions from "./questions.ts";
import { createdProjects, remadeNodes } from "./remade.ts";
import {
  type Downstream,
  type DownstreamCluster,
  type DownstreamSide,
  type Hazard,
  SEVERITIES,
  type Severity,
  sideSchema,
} from "./schema.ts";

/** From this release on Rancher compares its agents with what really runs in a cluster, and replaces them (rancher#24859). */
const REDEPLOYS_AGENTS = "2.3.4";

/** Rancher after the rollback, such as `v2.5.8`, and what was accepted: names or ids of clusters. */
interface DownstreamArgs {
  rancherVersion: string;
  accepted: readonly string[];
}

/**
 * What Rancher does to the clusters that it manages when its state is that of the snapshot again. Sources: rancher/docs
 * backups and rollbacks; rancher#18382, #21386, #24859, #34107, #38841, #41200, #43070, #43203, #48382, #53473; rancher-docs#1705.
 */
export function downstreamOf(opening: OpenedSnapshot, args: DownstreamArgs): Downstream {
  const { live } = opening;
  const deployed = deployedSince(opening);
  const backups = backupHazards(opening);
  const clusters = clusterFacts(opening)
    .map((facts): DownstreamCluster => {
      const hazards = (
        "unknown" in live
          ? facts.opened
            ? repeats(facts.opened, undefined)
            : []
          : hazardsOf(facts, opening, args, deployed.get(facts.id) ?? [])
      ).sort((one, other) => rank(one.severity) - rank(other.severity));
      return {
        ...{ id: facts.id, name: facts.name, kind: facts.kind },
        ...(facts.opened && { snapshot: shown(facts.opened) }),
        ...(facts.live && { now: shown(facts.live) }),
        hazards,
        accepted: args.accepted.some((one) => one === facts.id || one === facts.name),
      };
    })
    .sort((one, other) => rank(one.hazards[0]?.severity) - rank(other.hazards[0]?.severity) || byName(one, other));
  if ("unknown" in live) return { unknown: `etcd cannot be read: ${live.unknown}`, clusters, common: backups };
  const notCompared = questions.leftOut(opening, clusters);
  return {
    ...{ clusters, common: [...commonHazards(opening), ...backups] },
    ...(notCompared.length > 0 && { notCompared }),
  };
}

function hazardsOf(
  facts: ClusterFacts,
  opening: OpenedSnapshot,
  { rancherVersion }: DownstreamArgs,
  deployed: string[],
): Hazard[] {
  const { opened: before, live: now, kind } = facts;
  if (!before) return now ? [created(now)] : [];
  if (!now) {
    const names = before.replacesNodes ? before.nodes.slice(0, NAMED) : [];
    return [{ hazard: "deleted", severity: "work", ...named(names) }, ...repeats(before, undefined)];
  }
  return [
    ...hazardIf(now.isBeingDeleted, "deleted", "work"),
    ...kubernetesHazards(kind, before, now),
    ...machineHazards(kind, before, now),
    // rancher-backup makes objects again, and an RKE1 node that registers again gets its earlier name (rancher#43070).
    ...ofNames("nodes-recreated", kind === "provisioned" ? "work" : "note", remadeNodes(before, now, opening)),
    ...secretHazards(facts, opening, before, now),
    ...repeats(before, now),
    ...(now.busy.length > 0 ? [{ hazard: "operation-running", severity: "work", names: now.busy } as const] : []),
    ...freezeHazards(kind, opening),
    ...agentHazards(before, now, rancherVersion),
    // An agent that went away since may have lost the Rancher that is rolled back, and finds the older one again.
    ...hazardIf(!before.isConnected && !now.isConnected, "not-connected", "work"),
    ...ofNames("projects-created", "work", createdProjects(facts, opening)),
    ...ofNames("fleet-uninstalls", "data-loss", deployed),
  ];
}

/** Machines of a pool run on, and the only keys to log in to them are those in the etcd that goes. */
function created({ machines, nodes }: SideFacts): Hazard {
  const isOurs = [...machines.values()].some(({ by }) => by === "pool");
  return { hazard: "created", severity: isOurs ? "data-loss" : "work", ...named(nodes) };
}

/** Rancher says of RKE2 and k3s that it reconciles the versions, and that data may be lost (rancher-docs#1705). */
function kubernetesHazards(kind: ClusterFacts["kind"], before: SideFacts, now: SideFacts): Hazard[] {
  const differ = (one: string | undefined, other: string | undefined) =>
    one !== undefined && other !== undefined && one !== other;
  const isWanted = differ(before.wantedKubernetes, now.wantedKubernetes);
  // Where Rancher wants no version, it follows what the cluster has.
  const isRunning = now.wantedKubernetes !== undefined && differ(before.kubernetes, now.kubernetes);
  if (!isWanted && !isRunning) return [];
  const [snapshot, current] = isWanted
    ? [before.wantedKubernetes, now.wantedKubernetes]
    : [before.kubernetes, now.kubernetes];
  return [
    {
      ...{ hazard: "kubernetes-changed", severity: kind === "provisioned" ? "data-loss" : "work" },
      ...(snapshot && { snapshot }),
      ...(current && { now: current }),
    },
  ];
}

function machineHazards(kind: ClusterFacts["kind"], before: SideFacts, now: SideFacts): Hazard[] {
  const only = (one: SideFacts, other: SideFacts, by: Machine["by"][]) =>
    [...one.machines].flatMap(([key, machine]) =>
      !other.machines.has(key) && by.includes(machine.by) ? [machine.name] : [],
    );
  const custom = only(now, before, ["command"]);
  const pooled = only(now, before, ["pool"]);
  const removed = only(before, now, ["command", "pool"]);
  const pools = [...new Set([...before.pools.keys(), ...now.pools.keys()])].filter(
    (pool) => before.pools.get(pool) !== now.pools.get(pool),
  );
  const sizes = ({ pools: sized }: SideFacts) => pools.map((pool) => sized.get(pool) ?? "0").join(", ");
  const isProvisioned = kind === "provisioned";
  // The operators of hosted clusters delete pools that they are not asked for, with their nodes.
  const isDeleted = kind === "other" && pools.some((pool) => !before.pools.has(pool));
  return [
    ...ofNames("custom-nodes-added", isProvisioned ? "work" : "note", custom),
    ...ofNames("pool-nodes-added", "data-loss", pooled),
    ...ofNames("nodes-removed", isProvisioned ? "data-loss" : "work", removed),
    ...ofNames("pools-changed", isDeleted ? "data-loss" : "work", pools).map((one) => ({
      ...one,
      snapshot: sizes(before),
      now: sizes(now),
    })),
  ];
}

/** By comparisons on the node alone. What is encrypted in etcd cannot be compared, and says nothing here. */
function secretHazards(
  { id, provisioned }: ClusterFacts,
  { opened, live, answers }: OpenedSnapshot,
  before: SideFacts,
  now: SideFacts,
): Hazard[] {
  const differs = (key: string | undefined, path: string) =>
    key !== undefined && answers.get(key)?.alike[path] === false;
  const cluster = questions.CLUSTERS + id;
  const own = provisioned === undefined ? undefined : questions.PROVISIONED + provisioned;
  const plane = provisioned === undefined ? undefined : questions.CONTROL_PLANES + provisioned;
  const isKey = differs(cluster, questions.RKE1_KEY_ROTATION) || differs(own, questions.ROTATIONS.keys);
  const isCertificate =
    differs(cluster, questions.CA) ||
    differs(cluster, questions.EXPIRATIONS) ||
    differs(own, questions.ROTATIONS.certificates) ||
    differs(plane, "status.certificateRotationGeneration");
  const isState = differs(questions.RKE_STATE + id, questions.SECRET_DATA);
  const isToken =
    now.tokenSecret === undefined || before.tokenSecret !== undefined
      ? differs(cluster, questions.TOKEN) ||
        now.tokenSecret !== before.tokenSecret ||
        (now.tokenSecret !== undefined &&
          differs(questions.GLOBAL_SECRETS + questions.idOf(now.tokenSecret), questions.SECRET_DATA))
      : // Rancher has moved it into a Secret since, as v2.6.7 does.
        false;
  const tokens = [...answers].filter(([key]) => key.startsWith(`${questions.JOIN_TOKENS}${id}/`));
  const isJoin = tokens.some(([, { alike }]) => alike["status.token"] === false);
  const isJoinNew = tokens.some(([key]) => !opened.keys.has(key) && "keys" in live && live.keys.has(key));
  const may = before.encryptsSecrets || now.encryptsSecrets ? "data-loss" : "work";
  return [
    ...hazardIf(isKey, "encryption-key-rotated", "data-loss"),
    ...hazardIf(isCertificate, "certificates-rotated", "work"),
    ...hazardIf(isState, "rke-state-changed", may),
    ...hazardIf(isToken, "token-renewed", "work"),
    ...hazardIf(isJoin || isJoinNew, "join-token-changed", isJoin ? "work" : "note"),
  ];
}

/**
 * What was under way when the snapshot was taken goes on: a machine is made twice, one that lives is deleted, or the
 * cluster's etcd is restored once more from a snapshot of its own.
 */
function repeats(before: SideFacts, now: SideFacts | undefined): Hazard[] {
  const found = (busy: Machine["busy"]) =>
    [...before.machines].flatMap(([key, machine]) => (machine.busy === busy ? [{ key, ...machine }] : []));
  const deleted = found("being-deleted");
  const isRestored = before.restores && now !== undefined;
  const lives = before.isBeingDeleted
    ? now !== undefined && !now.isBeingDeleted
    : deleted.some(({ key }) => now?.machines.has(key));
  const names = [
    ...(before.isBeingDeleted ? ["the cluster (being deleted)"] : []),
    ...deleted.map(({ name }) => `${name} (being deleted)`),
    ...found("being-made").map(({ name }) => `${name} (being made)`),
    ...before.busy.map((what) => `${what} (running)`),
  ];
  return ofNames("repeats-operation", lives || isRestored ? "data-loss" : "work", names);
}

/** rancher-system-agent takes no plan that is older than the newest that it has seen (rancher#41200). */
function freezeHazards(kind: ClusterFacts["kind"], { opened, live }: OpenedSnapshot): Hazard[] {
  const isOlder = "revision" in live && live.revision > opened.revision;
  return hazardIf(kind === "provisioned" && isOlder, "agents-freeze", "work");
}

function agentHazards(before: SideFacts, now: SideFacts, rancherVersion: string): Hazard[] {
  const { agentImage: snapshot } = before;
  const { agentImage: current } = now;
  if (!snapshot || !current || snapshot === current) return [];
  const resolves = valid(rancherVersion) === null || !lt(rancherVersion, REDEPLOYS_AGENTS);
  return [{ hazard: "agents-changed", severity: resolves ? "note" : "work", snapshot, now: current }];
}

/** What of a side is part of the plan. */
function shown(side: SideFacts): DownstreamSide {
  return sideSchema.parse({ ...side, nodes: side.nodes.slice(0, NAMED) });
}

function rank(severity: Severity | undefined): number {
  return severity === undefined ? SEVERITIES.length : SEVERITIES.indexOf(severity);
}

function byName(one: { name: string }, other: { name: string }): number {
  return one.name.localeCompare(other.name, "en", { numeric: true });
}
