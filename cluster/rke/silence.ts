import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** What RKE waits for a snapshot or a restore in a container, where the cluster file does not say (cluster/etcd.go). */
const DEFAULT_BACKUP_TIMEOUT = 300;
/** Beyond that time-out RKE has still to say what it does about it. */
const MARGIN = 60;
/** While RKE prints nothing, that is told so often, in seconds. */
const TOLD_EVERY = 60;

/**
 * For how many seconds RKE may print nothing before it is taken to hang. From v1.3.13 it prints nothing while a
 * container works on a snapshot, up to `services.etcd.backup_config.timeout` of the cluster file (docker/docker.go), so
 * that the setting is the least.
 */
export function silenceBound(clusterFile: string, setting: number): number {
  return Math.max(setting, backupTimeout(clusterFile) + MARGIN);
}

function backupTimeout(clusterFile: string): number {
  let timeout: unknown;
  try {
    timeout = parse(readFileSync(clusterFile, "utf8"), { merge: true })?.services?.etcd?.backup_config?.timeout;
  } catch {
    // Whoever reads the nodes out of this file says what is wrong with it.
  }
  return Number(timeout) > 0 ? Number(timeout) : DEFAULT_BACKUP_TIMEOUT;
}

/** Decides when to tell that RKE prints nothing: once a minute. */
export class SilenceClock {
  private readonly every: number;
  private told = 0;

  /** @param bound what silenceBound gave; a shorter one is told of as well. */
  constructor(bound: number) {
    this.every = Math.min(TOLD_EVERY, bound);
  }

  /** @param quiet for how many seconds RKE has printed nothing. */
  isDue(quiet: number): boolean {
    const times = Math.floor(quiet / this.every);
    const due = times > this.told;
    this.told = times;
    return due;
  }
}
