import { exchangeState, type HostReading } from "../inPlace/facts.ts";
import {
  type FoundRestore,
  restoreFound,
  type UnseenRestore,
  unseenRestore,
} from "../stateFolder/unfinishedRestore.ts";
import { firstBegun, isSame, type RestoreRecord, type RestoreRequest } from "./restores.ts";

/** How long after its first beginning a restore that did not finish may be done with the confirmation that it has, ms. */
const CONSENT_MS = 24 * 3_600_000;

/** This very restore, where an earlier run was killed and the RKE that it left has finished it. */
export function finishedUnseen(
  clusterFile: string,
  records: RestoreRecord[],
  asked: RestoreRequest,
): { begun: RestoreRecord; unseen: UnseenRestore } | undefined {
  const unseen = unseenRestore(clusterFile);
  const begun = records.at(-1);
  if (!unseen || !begun || !isSame(begun, asked) || begun.startedAt > unseen.since) return undefined;
  return { begun, unseen };
}

/**
 * The last restore, where another machine began it by RKE and it is not known to have finished: only the log there tells
 * whether it has wiped.
 * @param records what the cluster remembers, oldest first.
 * @param me this user and machine, as records name them.
 */
export function begunElsewhere(records: RestoreRecord[], me: string): FoundRestore | undefined {
  const last = records.at(-1);
  if (!last || last.finishedAt !== undefined || last.inPlace || last.holder === me) return undefined;
  const { startedAt, holder, safetyCopy } = last;
  return { at: startedAt, by: holder, ...(safetyCopy && { copy: safetyCopy }) };
}

/** Notes it beside the cluster file, for every failure from now on; and where the last restore is finished, that there is none. */
export function noteBegunElsewhere(clusterFile: string, records: RestoreRecord[], me: string): void {
  const found = begunElsewhere(records, me);
  if (found || records.at(-1)?.finishedAt !== undefined) restoreFound(clusterFile, found);
}

/**
 * The unfinished restore whose confirmation has ended (design law 5): it may have wiped, and what would be lost now was
 * never confirmed. One in place that has exchanged no host has wiped nothing, and one that has exchanged all of them
 * only has to be finished.
 * @param records what the cluster remembers, oldest first.
 * @param hosts every etcd host; needed where the last record is of an unfinished restore in place.
 * @param now ms since 1970.
 */
export function endedConsent(
  records: RestoreRecord[],
  asked: RestoreRequest,
  hosts: HostReading[],
  now: number,
): RestoreRecord | undefined {
  const begun = records.find((record) => isSame(record, asked));
  if (!begun || begun.finishedAt !== undefined || now - Date.parse(firstBegun(begun)) < CONSENT_MS) return undefined;
  const { inPlace } = begun;
  // What lies on the hosts tells of the last restore alone whether it has wiped.
  if (!inPlace || begun !== records.at(-1)) return begun;
  const states = hosts.map(({ facts }) =>
    "unreachable" in facts || !facts.container ? "unknown" : exchangeState(facts, inPlace.id),
  );
  const untouched = states.every((state) => state === "none" || state === "prepared");
  return untouched || states.every((state) => state === "exchanged") ? undefined : begun;
}
