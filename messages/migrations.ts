import type { MigrationName } from "../cluster/rancher/migrations.ts";

/** A migration in words, each without its full stop. */
interface MigrationText {
  /** What a rollback across it means. */
  effect: string;
  /** What must be saved before the wipe. */
  save?: string;
  /** What to do afterwards. */
  after?: string;
}

export const MIGRATION_TEXTS: Record<MigrationName, MigrationText> = {
  "service-account-tokens-renewed": {
    effect:
      "each RKE and hosted cluster has a new service-account token, and its old one is deleted there: the tokens in the snapshot are no longer valid (CVE-2018-20321)",
    save: "nothing, unless safetyCopy is skip: the safety copy keeps the current service-account tokens, and this rollback puts them back",
    after: "look at the clusters that stay unavailable (docs/downstream.md)",
  },
  "agents-differ": {
    effect: "cluster agents and the image of the kubectl shell differ, and the shell may fail (rancher#18363)",
  },
  "agents-not-updated": {
    effect:
      "agents in downstream clusters stay at the newer version, as Rancher before 2.3.4 does not look at them (rancher#21386)",
    after: "set the annotation io.cattle.agent.force.deploy=true on each cluster (known to v2.2.10, v2.3.2 and later)",
  },
  "fleet-agent-stays": { effect: "the fleet-agent in downstream clusters stays at the newer version (fleet#213)" },
  "fleet-moved": {
    effect:
      "fleet has moved to cattle-fleet-system, also in downstream clusters: its agents look for fleet-system and fail, and newer pods may stay (rancher#37782, rancher#32813)",
  },
  "cluster-passwords-moved": { effect: "passwords of clusters are in Secrets" },
  "cluster-tokens-moved": { effect: "tokens of clusters are in Secrets" },
  "rke-secrets-moved": { effect: "further secrets of RKE clusters are in Secrets" },
  "cluster-api-v1beta1": { effect: "objects of Cluster API are of version v1beta1" },
  "ad-users-rekeyed": {
    effect: "users of Active Directory are known by their objectGUID, which an older Rancher does not find",
  },
  "webhook-stays": {
    effect:
      "the rancher-webhook in downstream clusters stays too new, and members of projects cannot create namespaces (rancher#41917)",
    after: "run Rancher's script adjust-downstream-webhook",
  },
  "provisioning-capi": { effect: "the app rancher-provisioning-capi replaces what was part of Rancher" },
  "rke-state-moved": {
    effect:
      "in each RKE1 cluster the ConfigMap full-cluster-state in kube-system is now a Secret, and the ConfigMap is deleted: an older Rancher finds no state (CVE-2023-32191)",
    save: "the Secret full-cluster-state in kube-system of each RKE1 cluster",
    after: "run Rancher's script reverse-rke-state-migrations (rancherlabs/support-tools)",
  },
  "system-agent-directory": { effect: "the data directory of system-agent is a field of its own" },
  "rke1-removed": {
    effect:
      "this release does not start while there are RKE1 clusters or templates, so they were deleted for it: they come back as objects of clusters that are gone",
    after: "delete again the clusters that were deleted for the upgrade",
  },
  turtles: {
    effect: "rancher-turtles replaces rancher-provisioning-capi, and passwords of local users are in Secrets",
  },
  "cluster-api-v1beta2": { effect: "objects of Cluster API are of version v1beta2" },
};
