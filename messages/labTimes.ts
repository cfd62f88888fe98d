import type { Way } from "../cluster/inPlace/way.ts";
import type { StepId } from "./steps.ts";

/** How long a rollback takes, in seconds. */
interface LabTimes {
  /** Until Rancher answers again. */
  outage: number;
  /** Those that every rollback has. */
  steps: Partial<Record<StepId, number>> & { restore: number };
}

/**
 * On the lab, three nodes on two busy cores with a database of a few MiB: the medians of docs/benchmarks/results.json. What
 * comes before the first step is not in it, as an operator who reads it in a preview has that behind.
 */
export const LAB_TIMES: Record<Way, LabTimes> = {
  "in-place": {
    outage: 47.3,
    steps: {
      lock: 0.7,
      preflight: 1.6,
      "safety-copy": 2.7,
      restore: 20.4,
      "rke-up": 1.5,
      restart: 2,
      "wait-for-api": 2.3,
      verify: 11.6,
      "rke-up-last": 46.4,
      unlock: 0.4,
    },
  },
  "rename-back": {
    outage: 28.2,
    steps: {
      lock: 0.4,
      preflight: 2.1,
      "safety-copy": 3.1,
      restore: 21.1,
      "rke-up": 1.2,
      restart: 1.7,
      "wait-for-api": 1.5,
      verify: 14.4,
      "rke-up-last": 44.7,
      unlock: 0.5,
    },
  },
  rke: {
    outage: 105.9,
    steps: {
      lock: 0.6,
      preflight: 1.6,
      "safety-copy": 2.8,
      restore: 92.9,
      "rke-up": 0.7,
      restart: 1.1,
      "wait-for-api": 1.6,
      verify: 5,
      "rke-up-last": 44.5,
      unlock: 0.4,
    },
  },
};

/** How fast etcd restores a large database, bytes a second (etcd#9771). */
const RESTORE_SPEED = 136e6;

/**
 * What a rollback may take, by the lab's times and the size of the snapshot.
 * @param way where it is not known, RKE's own restore.
 */
export function timesByLab(way: Way = "rke", bytes = 0): LabTimes {
  const { outage, steps } = LAB_TIMES[way];
  const loading = way === "rename-back" ? 0 : bytes / RESTORE_SPEED;
  // In place, the snapshot is restored while the cluster still runs.
  const stopped = way === "in-place" ? 0 : loading;
  return { outage: outage + stopped, steps: { ...steps, restore: steps.restore + loading } };
}
