import type { Measured, Method, Results } from "../../../lab/bench/results.ts";

/** A restore whose verification ended after `total` seconds. */
export function measured(method: Method, round: number, outage: number, total: number): Measured {
  return {
    ...{ result: "measured", method, round, startedAt: "2026-11-27T02:00:00.000Z", load: 0.5 },
    outage: { seconds: outage, from: 0.1, until: outage + 0.1, firstAnswer: outage, lapses: 0 },
    ...{ total, whole: total + 40 },
    steps: [
      { title: "Lock the cluster", start: 1, end: 2 },
      { title: "Restore etcd", start: 2, end: total - 5 },
      { title: "Verify the cluster", start: total - 5, end: total },
    ],
  };
}

/** Two rounds; one restore by RKE failed. */
export function someResults(changes: Partial<Results> = {}): Results {
  return {
    ...{ resultsVersion: 1, startedAt: "2026-11-27T02:00:00.000Z", endedAt: "2026-11-27T03:00:00.000Z", rounds: 2 },
    commit: { id: "0123456789abcdef0123456789abcdef01234567", changed: false },
    machine: { processor: "Some CPU", cores: 2, memoryGiB: 24, system: "Debian GNU/Linux 12", kernel: "6.1.0" },
    versions: { RKE: "v1.8.0", "Rancher before": "v2.5.8", "Rancher failed": "v2.6.0", "Rancher working": "v2.5.9" },
    turns: [
      measured("by-hand", 1, 120, 190),
      measured("by-hand", 2, 124, 194),
      measured("in-place", 1, 24, 30),
      measured("in-place", 2, 28, 34),
      measured("rke", 1, 110, 130),
      {
        ...{ result: "failed", method: "rke", round: 2, startedAt: "2026-11-27T02:30:00.000Z", load: 1.25 },
        reason: "apply ended with exit code 1: etcd | did not start",
      },
    ],
    skipped: [{ method: "ansible", reason: "it could not be installed" }],
    dryRuns: [
      { dryRun: "preview", seconds: 3.5, load: 0.1 },
      { dryRun: "preview", seconds: 3.7, load: 0.1 },
      { dryRun: "no-op", seconds: 3.4, load: 0.1 },
    ],
    failedDryRuns: [],
    ...changes,
  };
}
