import { lt, type SemVer, satisfies } from "semver";

/** Something that an upgrade of Rancher changes for good, or that only a restore of etcd reverts. */
interface Releases {
  /** The first releases that do it, or repair it. */
  since: string;
  without: string;
  /** The releases from which it matters, where not all newer ones. */
  from?: string;
  /** The restore of etcd reverts it: it matters only where Rancher is older than the data that it starts on. */
  isInEtcd?: true;
}

const OLD_TOKENS = "<2.0.11 || >=2.1.0 <2.1.6";

/**
 * By rancher/rancher v2.0.0 to v2.14.0 (pkg/rancher/migrations.go, CRDs), rancher/docs and rancher-docs (rollbacks,
 * rancher-webhook), rancherlabs/support-tools; issues as named. What changes nothing but etcd is undone by the restore.
 */
export const MIGRATIONS = {
  "service-account-tokens-renewed": { since: "2.0.11 and 2.1.6", without: OLD_TOKENS },
  "agents-differ": { since: "2.2.0", without: "<2.2.0" },
  "agents-not-updated": { since: "2.3.4", without: "<2.3.4", from: ">=2.0.0" },
  "fleet-agent-stays": { since: "2.5.0", without: "<2.5.0" },
  "fleet-moved": { since: "2.6.0", without: "<2.6.0" },
  "cluster-passwords-moved": {
    since: "2.4.18, 2.5.13 and 2.6.4",
    without: "<2.4.18 || >=2.5.0 <2.5.13 || >=2.6.0 <2.6.4",
    isInEtcd: true,
  },
  "cluster-tokens-moved": { since: "2.5.16 and 2.6.7", without: "<2.5.16 || >=2.6.0 <2.6.7", isInEtcd: true },
  "rke-secrets-moved": {
    since: "2.5.17, 2.6.10 and 2.7.1",
    without: "<2.5.17 || >=2.6.0 <2.6.10 || >=2.7.0 <2.7.1",
    isInEtcd: true,
  },
  "cluster-api-v1beta1": { since: "2.6.4", without: "<2.6.4", isInEtcd: true },
  // v2.7.6 has reverted it.
  "ad-users-rekeyed": { since: "2.7.5", without: "<2.7.5", from: "2.7.5", isInEtcd: true },
  "webhook-stays": { since: "2.7.0", without: "<=2.7.5", from: ">=2.7.0" },
  "provisioning-capi": { since: "2.7.7", without: "<2.7.7", isInEtcd: true },
  "rke-state-moved": { since: "2.7.14 and 2.8.5", without: "<2.7.14 || >=2.8.0 <2.8.5" },
  "system-agent-directory": { since: "2.9.0", without: "<2.9.0", isInEtcd: true },
  "rke1-removed": { since: "2.12.0", without: "<2.12.0" },
  turtles: { since: "2.13.0", without: "<2.13.0", isInEtcd: true },
  "cluster-api-v1beta2": { since: "2.14.0", without: "<2.14.0", isInEtcd: true },
} satisfies Record<string, Releases>;

export type MigrationName = keyof typeof MIGRATIONS;
export const MIGRATION_NAMES = Object.keys(MIGRATIONS) as MigrationName[];

export interface Migration {
  migration: MigrationName;
  since: string;
}

/**
 * Whether this Rancher is from before the fix of CVE-2018-20321. A newer one may have deleted the tokens that the snapshot
 * has, in the clusters themselves; with those of now it connects (rancher/docs, "Rolling back to v2.0.0-v2.1.5").
 */
export function needsTokensOfNow(rancherVersion: string): boolean {
  return satisfies(rancherVersion, OLD_TOKENS);
}

/** What lies between the newest Rancher that has run and the older one that comes back, that a restore of etcd does not revert. */
export function migrationsBetween(newest: SemVer, target: SemVer): Migration[] {
  return crossed(newest, target, ({ isInEtcd }) => !isInEtcd);
}

/** What lies between the Rancher in a snapshot and an older one that is started on its data: then etcd does not help. */
export function migrationsWithoutRestore(held: SemVer, target: SemVer): Migration[] {
  return crossed(held, target, () => true);
}

function crossed(newest: SemVer, target: SemVer, matters: (releases: Releases) => boolean): Migration[] {
  if (!lt(target, newest)) return [];
  return MIGRATION_NAMES.flatMap((migration) => {
    const releases: Releases = MIGRATIONS[migration];
    const { since, without, from } = releases;
    const isCrossed =
      satisfies(target, without) && (from === undefined ? !satisfies(newest, without) : satisfies(newest, from));
    return isCrossed && matters(releases) ? [{ migration, since }] : [];
  });
}
