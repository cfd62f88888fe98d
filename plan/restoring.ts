import {
  finishedRestore,
  isSame,
  mergeRestores,
  type RestoreRecord,
  type RestoreRequest,
} from "../cluster/history/restores.ts";
import { type Decision, decideWay, oldDataOn } from "../cluster/inPlace/decision.ts";
import { endedConsent } from "../cluster/inPlace/endedConsent.ts";
import { answered, exchangeState, type HostReading } from "../cluster/inPlace/facts.ts";
import { readStateContent } from "../cluster/inPlace/stateContent.ts";
import { checkFailed, type FailedCheck, type Problem } from "../cluster/problem.ts";
import { finishedUnseen, unfinishedWipe } from "../cluster/rke/unfinishedWipe.ts";
import { isV01 } from "../cluster/rke/version.ts";
import { timesByLab } from "../messages/labTimes.ts";
import { consentEnded, repetition } from "../messages/repetition.ts";
import { withoutContainer } from "../messages/restoreReasons.ts";
import type { Warning } from "../messages/warnings.ts";
import type { Settings } from "../settings/settings.ts";
import type { NodeReading } from "./nodeReading.ts";
import type { RollbackPlan } from "./plan.ts";

/** How etcd will be restored, by what the hosts say. */
export interface Restoring {
  decision: Decision | undefined;
  hosts: HostReading[];
  /** What the cluster remembers, oldest first. */
  records: RestoreRecord[];
}

/** The way that the step would choose now. What was not read decides nothing: then only RKE's own restore is certain. */
export function decideNow(settings: Settings, nodes: NodeReading[], notRead: string | undefined): Restoring {
  const { restoreWith, snapshot, run, rke, replacements, cluster } = settings;
  const records = mergeRestores(nodes.map(({ restores }) => restores));
  const hosts = nodes.flatMap(({ node, inPlace }) => (inPlace ? [{ node: node.name, facts: inPlace }] : []));
  if (notRead !== undefined && restoreWith !== "rke") return { decision: undefined, hosts, records };
  const [proven] = nodes.flatMap(({ proof }) => (proof && "snapshot" in proof ? [proof.snapshot] : []));
  const localState = readStateContent(cluster.stateFile);
  const decision = decideWay({
    restoreWith,
    asked: { snapshot, run },
    rke: rke.version,
    hosts,
    records,
    replaced: replacements.map(({ unresponsive }) => unresponsive),
    incomplete: nodes.flatMap(({ incomplete = [] }) => incomplete),
    ...(proven && { snapshotBytes: proven.unpacked }),
    ...(localState && { localState }),
  });
  return { decision, hosts, records };
}

/**
 * Whether this very restore has begun: then the live data may be what it restored, and not what it loses. Each etcd host has
 * its record made before the first wipe. Where that was RKE's, only the log beside the cluster file that it was started with
 * knows how far it came: a restore that may have wiped is not asked about again.
 */
export function hasBegun(asked: RestoreRequest, { decision, records }: Restoring): boolean {
  return (
    decision?.resume !== undefined ||
    records.some((one) => isSame(one, asked) && (one.finishedAt !== undefined || one.inPlace === undefined))
  );
}

/** Why this restore is refused that began a day ago or more and did not finish, as the step that wipes will refuse it. */
export function consentProblems(settings: Settings, { hosts, records }: Restoring): FailedCheck[] {
  if (finishedUnseen(settings.cluster.path, records, settings)) return [];
  const begun = endedConsent(records, settings, hosts, Date.now());
  return begun ? checkFailed("consent", [consentEnded(begun)]) : [];
}

/**
 * Why this restore is refused that was done before, as the step that wipes will refuse it. Only for a run that takes the lock:
 * one that goes on with its own may have been cut off after it was done, and the step asks the hosts whose lock they have.
 */
export function repetitionProblems(settings: Settings, { records }: Restoring): FailedCheck[] {
  const done = finishedRestore(records, settings);
  if (!done) return [];
  // The last one is adopted where it is noted beside the cluster file as unfinished.
  if (done === records.at(-1) && unfinishedWipe(settings.cluster.path, records)) return [];
  return checkFailed("restored-before", [repetition(done)]);
}

/** Why the step that restores cannot settle an exchange that was cut off, and begins nothing else. */
export function unsettledProblems({ hosts, records }: Restoring): Problem[] {
  const last = records.at(-1);
  if (!last?.inPlace || last.finishedAt !== undefined) return [];
  const { id } = last.inPlace;
  const bare = answered(hosts).filter(({ facts }) => !facts.container);
  const gone = bare.filter(({ facts }) => ["half", "exchanged"].includes(exchangeState(facts, id)));
  return gone.map(({ node, facts }) => withoutContainer(node, facts));
}

/** The plan's part about the way. `bytes` is the size of the snapshot. */
export function restorePlan(
  { keepOldDataDays, restoreWith }: Settings,
  { decision }: Restoring,
  notRead: string | undefined,
  bytes?: number,
): { restore: NonNullable<RollbackPlan["restore"]>; expectedSeconds: number } {
  const way = decision?.way;
  const { outage, steps } = timesByLab(way, bytes);
  const reasons = decision?.reasons ?? [{ kind: "cluster-not-read", restoreWith, why: notRead ?? "" }];
  return {
    restore: {
      ...(way && { way }),
      reasons,
      ...(way && way !== "rke" && { oldDataKeptDays: keepOldDataDays }),
      expectedSeconds: Math.round(outage),
    },
    expectedSeconds: Math.round(Object.values(steps).reduce((sum, one) => sum + one, 0)),
  };
}

/** When the data were exchanged that are put back now, in ms since 1970: what came later is lost. */
export function exchangedAt({ decision, hosts, records }: Restoring): number | undefined {
  if (decision?.way !== "rename-back" || decision.from === undefined) return undefined;
  const { from } = decision;
  const noted = hosts.flatMap(({ facts }) =>
    "unreachable" in facts ? [] : facts.exchanges.flatMap(({ id, about }) => (id === from && about) || []),
  );
  const startedAt = noted[0]?.startedAt ?? records.find(({ inPlace }) => inPlace?.id === from)?.startedAt;
  return startedAt === undefined ? undefined : Date.parse(startedAt);
}

export function pointOfNoReturn({ rke }: Settings, { decision }: Restoring): RollbackPlan["pointOfNoReturn"] {
  switch (decision?.way) {
    case "in-place":
      return { when: "exchange" };
    case "rename-back":
      return { when: "rename-back" };
    default:
      return isV01(rke.version) ? { when: "start", rke: rke.version.text } : { when: "cleaning" };
  }
}

/** What becomes of the old data that earlier restores in place have kept. */
export function oldDataWarnings({ keepOldDataDays: days }: Settings, restoring: Restoring, now: number): Warning[] {
  const { decision, hosts } = restoring;
  const found = oldDataOn(hosts).filter(({ id }) => id !== decision?.from && id !== decision?.resume);
  const outlived = (at: string) => now - Date.parse(at) > days * 86_400_000;
  const going =
    decision?.way === "rke" ? found : found.filter(({ at, taken }) => at !== undefined && !taken && outlived(at));
  return [...Map.groupBy(going, ({ id }) => id)].map(([id, on]) => ({
    kind: "old-data-deleted",
    why: decision?.way === "rke" ? { by: "rke" } : { by: "age", days },
    id,
    ...(on[0]?.at !== undefined && { keptAt: on[0].at }),
    nodes: on.map(({ node }) => node),
  }));
}
