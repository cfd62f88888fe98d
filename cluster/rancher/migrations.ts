import { lt, type SemVer, satisfies } from "semver";

/** Something that an upgrade of Rancher changes for good, or that only a restore of etcd turns back. */
export interface Migration {
  /** The first releases that do it, or repair it. */
  since: string;
  /** What a rollback across it means, a sentence without its full stop. */
  effect: string;
  /** What must be saved before the wipe. */
  save?: string;
  /** What to do afterwards. */
  after?: string;
  /** Releases that have not done it. */
  without: string;
  /** Those from which it matters, where not all newer ones. */
  from?: string;
  /** The restore of etcd turns it back: it matters only where Rancher is older than the data that it starts on. */
  isInEtcd?: true;
}

const OLD_TOKENS = "<2.0.11 || >=2.1.0 <2.1.6";

/**
 * By rancher/rancher v2.0.0 to v2.14.0 (pkg/rancher/migrations.go, CRDs), rancher/docs and rancher-docs (rollbacks,
 * rancher-webhook), rancherlabs/support-tools; issues as named. What touches nothing but etcd goes back with it.
 */
export const MIGRATIONS: Migration[] = [
  {
    since: "2.0.11 and 2.1.6",
    effect:
      "each RKE and hosted cluster has a new service-account token, and its old one is deleted there: the tokens in the snapshot are dead (CVE-2018-20321)",
    save: "nothing, unless safetyCopy is skip: the safety copy keeps the service-account tokens of now, and this rollback puts them back",
    after: "look at the clusters that stay unavailable (docs/downstream.md)",
    without: OLD_TOKENS,
  },
  {
    since: "2.2.0",
    effect: "cluster agents and the image of the kubectl shell are others, and the shell may fail (rancher#18363)",
    without: "<2.2.0",
  },
  {
    since: "2.3.4",
    effect:
      "agents in downstream clusters stay at the newer version, as Rancher before 2.3.4 does not look at them (rancher#21386)",
    after: "set the annotation io.cattle.agent.force.deploy=true on each cluster (known to v2.2.10, v2.3.2 and later)",
    without: "<2.3.4",
    from: ">=2.0.0",
  },
  {
    since: "2.5.0",
    effect: "the fleet-agent in downstream clusters stays at the newer version (fleet#213)",
    without: "<2.5.0",
  },
  {
    since: "2.6.0",
    effect:
      "fleet has moved to cattle-fleet-system, also in downstream clusters: its agents look for fleet-system and fail, and newer pods may stay (rancher#37782, rancher#32813)",
    without: "<2.6.0",
  },
  {
    since: "2.4.18, 2.5.13 and 2.6.4",
    effect: "passwords of clusters are in Secrets",
    without: "<2.4.18 || >=2.5.0 <2.5.13 || >=2.6.0 <2.6.4",
    isInEtcd: true,
  },
  {
    since: "2.5.16 and 2.6.7",
    effect: "tokens of clusters are in Secrets",
    without: "<2.5.16 || >=2.6.0 <2.6.7",
    isInEtcd: true,
  },
  {
    since: "2.5.17, 2.6.10 and 2.7.1",
    effect: "further secrets of RKE clusters are in Secrets",
    without: "<2.5.17 || >=2.6.0 <2.6.10 || >=2.7.0 <2.7.1",
    isInEtcd: true,
  },
  { since: "2.6.4", effect: "objects of Cluster API are of version v1beta1", without: "<2.6.4", isInEtcd: true },
  {
    since: "2.7.0",
    effect:
      "the rancher-webhook in downstream clusters stays too new, and members of projects cannot create namespaces (rancher#41917)",
    after: "run Rancher's script adjust-downstream-webhook",
    without: "<=2.7.5",
    from: ">=2.7.0",
  },
  {
    since: "2.7.7",
    effect: "the app rancher-provisioning-capi replaces what was part of Rancher",
    without: "<2.7.7",
    isInEtcd: true,
  },
  {
    since: "2.7.14 and 2.8.5",
    effect:
      "in each RKE1 cluster the ConfigMap full-cluster-state in kube-system is now a Secret, and the ConfigMap is deleted: an older Rancher finds no state (CVE-2023-32191)",
    save: "the Secret full-cluster-state in kube-system of each RKE1 cluster",
    after: "run Rancher's script reverse-rke-state-migrations (rancherlabs/support-tools)",
    without: "<2.7.14 || >=2.8.0 <2.8.5",
  },
  {
    since: "2.9.0",
    effect: "the data directory of system-agent is a field of its own",
    without: "<2.9.0",
    isInEtcd: true,
  },
  {
    since: "2.12.0",
    effect:
      "this release does not start while there are RKE1 clusters or templates, so they were deleted for it: they come back as objects of clusters that are gone",
    after: "delete again the clusters that were deleted for the upgrade",
    without: "<2.12.0",
  },
  {
    since: "2.13.0",
    effect: "rancher-turtles replaces rancher-provisioning-capi, and passwords of local users are in Secrets",
    without: "<2.13.0",
    isInEtcd: true,
  },
  { since: "2.14.0", effect: "objects of Cluster API are of version v1beta2", without: "<2.14.0", isInEtcd: true },
];

/**
 * Whether this Rancher is from before the fix of CVE-2018-20321. A newer one may have deleted the tokens that the snapshot
 * has, in the clusters themselves; with those of now it connects (rancher/docs, "Rolling back to v2.0.0-v2.1.5").
 */
export function needsTokensOfNow(rancherVersion: string): boolean {
  return satisfies(rancherVersion, OLD_TOKENS);
}

/** What lies between the newest Rancher that has run and the older one that comes back, that etcd does not turn back. */
export function migrationsBetween(newest: SemVer, target: SemVer): Migration[] {
  return crossed(newest, target).filter(({ isInEtcd }) => !isInEtcd);
}

/** What lies between the Rancher in a snapshot and an older one that is started on its data: then etcd does not help. */
export function migrationsWithoutRestore(held: SemVer, target: SemVer): Migration[] {
  return crossed(held, target);
}

function crossed(newest: SemVer, target: SemVer): Migration[] {
  if (!lt(target, newest)) return [];
  return MIGRATIONS.filter(
    ({ without, from }) =>
      satisfies(target, without) && (from === undefined ? !satisfies(newest, without) : satisfies(newest, from)),
  );
}
