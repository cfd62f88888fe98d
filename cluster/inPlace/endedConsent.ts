import { firstBegun, isSame, type RestoreRecord, type RestoreRequest } from "../history/restores.ts";
import { exchangeState, type HostReading } from "./facts.ts";

/** How long after its first beginning a restore that did not finish may be done with the confirmation that it has, ms. */
const CONSENT_MS = 24 * 3_600_000;

/**
 * The unfinished restore whose confirmation has ended (design law 5): it may have wiped, and what would be lost now was
 * never confirmed. One in place that has exchanged no host has wiped nothing, and one that has exchanged all of them
 * only has to be finished.
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
