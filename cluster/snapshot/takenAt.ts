/** RKE's first release is of November 2017. */
const EARLIEST = Date.parse("2017-01-01T00:00:00Z");
/** Clocks differ. */
const AHEAD = 24 * 3600 * 1000;

/** RFC 3339 as in RKE's and Rancher's names, and its short form as in those of this program's safety copies. */
const IN_NAME = /(?<![0-9A-Za-z])(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)(Z|[+-]\d\d:\d\d)(?![0-9A-Za-z])/g;

/**
 * When a snapshot was saved, ISO 8601 in whole seconds; undefined where that is not known. Never by the time inside a
 * zip: rke-tools writes Unix 0 (all versions, main.go), which reads 1970 or 2098.
 *
 * 1. By the name, where exactly one time is in it: RKE's recurring snapshots, its default names, Rancher's, our own.
 * 2. Else by the file's time, if that is possible. A file that this program has fetched has the time of its source (S3's
 *    or the server's Last-Modified, another host's file), or
 *    1970 where the source knew none: markTime. A copy that somebody made by hand can only be younger than the snapshot,
 *    so among several hosts the earliest counts.
 *
 * @param fileTime seconds since 1970.
 * @param now milliseconds since 1970.
 */
export function takenAt(name: string, fileTime: number, now = Date.now()): string | undefined {
  const isPossible = (time: number) => time >= EARLIEST && time <= now + AHEAD;
  return [timeInName(name), fileTime * 1000]
    .filter((time) => time !== undefined && isPossible(time))
    .map((time) => isoSeconds(time as number))[0];
}

/** The file time of a copy, as `touch -t` wants it in UTC: when the snapshot was saved, or 1970 where that is not known. */
export function markTime(name: string, sourceTakenAt?: string): string {
  const time = takenAt(name, Date.parse(sourceTakenAt ?? "") / 1000) ?? isoSeconds(0);
  return time.replaceAll(/[-:TZ]/g, "").replace(/(\d\d)$/, ".$1");
}

/** When a snapshot was saved by its name, ms since 1970; undefined where not exactly one time is in it. */
export function timeInName(name: string): number | undefined {
  const [found, ...others] = [...name.matchAll(IN_NAME)];
  if (!found || others.length > 0) return undefined;
  const [, year, month, day, hour, minute, second, zone] = found;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(time) ? undefined : time;
}

function isoSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}
