import { expect, test } from "vitest";
import { takenAt } from "../../../cluster/snapshot/takenAt.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const FILE = Date.parse("2026-11-22T23:40:00Z") / 1000;

test.each([
  ["2026-11-20T02:00:00Z_etcd", "2026-11-20T02:00:00Z"],
  ["c-x7k2p-rs-9tv4q_2020-05-01T00:00:00Z", "2020-05-01T00:00:00Z"],
  ["rke_etcd_snapshot_2020-05-01T00:00:00+02:00", "2020-04-30T22:00:00Z"],
  ["rke_etcd_snapshot_2020-05-01T00:00:00-04:00", "2020-05-01T04:00:00Z"],
  ["2026-11-20T02:00:00Z_etcd.zip", "2026-11-20T02:00:00Z"],
  ["safety-20261123T031500Z", "2026-11-23T03:15:00Z"],
])("the name %s says %s, whatever the file's time is", (name, time) => {
  for (const seconds of [FILE, 0]) expect(takenAt(name, seconds, NOW)).toBe(time);
});

test.each([
  "before-upgrade",
  "2026-11-20_etcd",
  "2026-13-40T99:00:00Z_etcd",
  "2026-11-20T02:00:00Z_2026-11-21T02:00:00Z",
  "20261123T031500Z5",
])("the name %s says nothing: the file's time is believed", (name) => {
  expect(takenAt(name, FILE, NOW)).toBe("2026-11-22T23:40:00Z");
});

test.each([
  ["was fetched by this program, or unpacked from a zip", 0],
  ["has MS-DOS's time for that", Date.parse("2098-01-01T00:00:00Z") / 1000],
  ["is older than RKE", Date.parse("2016-12-31T00:00:00Z") / 1000],
  ["has no time", Number.NaN],
])("of a file that %s, the time is not known", (_, seconds) => {
  expect(takenAt("before-upgrade", seconds, NOW)).toBeUndefined();
});
