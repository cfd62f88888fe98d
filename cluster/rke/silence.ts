import { readText } from "../clusterFile/encoding.ts";
import { Fields } from "../clusterFile/fields.ts";

/** What RKE waits for a snapshot or a restore in a container, where the cluster file does not say (cluster/etcd.go). */
const DEFAULT_BACKUP_TIMEOUT = 300;
/** Beyond that time-out RKE has still to say what it does about it. */
const MARGIN = 60;
/** How often the operator is reminded that RKE prints nothing, seconds. */
const REMINDER_EVERY = 60;

/**
 * For how many seconds RKE may print nothing before it is taken to hang. From v1.3.13 it prints nothing while a
 * container works on a snapshot, up to `services.etcd.backup_config.timeout` of the cluster file (docker/docker.go), so
 * that the setting is the least.
 */
export function silenceBound(clusterFile: string, setting: number): number {
  return Math.max(setting, backupTimeout(clusterFile) + MARGIN);
}

function backupTimeout(clusterFile: string): number {
  const file = Fields.read(readText(clusterFile).text);
  const timeout = Number(file.record("services").record("etcd").record("backup_config").text("timeout"));
  return timeout > 0 ? timeout : DEFAULT_BACKUP_TIMEOUT;
}

/** Decides when to say that RKE prints nothing: once a minute. */
export class SilenceClock {
  private readonly every: number;
  private times = 0;

  /** @param bound what silenceBound gave; a shorter one shortens the interval. */
  constructor(bound: number) {
    this.every = Math.min(REMINDER_EVERY, bound);
  }

  /** @param quiet for how many seconds RKE has printed nothing. */
  isDue(quiet: number): boolean {
    const times = Math.floor(quiet / this.every);
    const due = times > this.times;
    this.times = times;
    return due;
  }
}
