/**
 * The steps of a rollback: the one table that says which resource is which step. A stack's state carries the resource
 * names and component types of a release for good: they may never change, or every stack in the field would run again.
 */
export interface StepRow {
  /** As a person follows it. */
  title: string;
  /** The component around its resources, `rancher-rollback:index:COMPONENT` in Pulumi. */
  component: string;
  /** Names of its resources; `node` in a group is the node it happens on. */
  resources: RegExp;
}

export const STEP_TABLE = [
  { title: "Lock the cluster", component: "ClusterLock", resources: /^lock(-id)?$/ },
  { title: "Create a replacement node", component: "ReplacementNode", resources: /^(machine|await)-(?<node>.+)$/ },
  { title: "Fetch the snapshot", component: "SnapshotPulls", resources: /^snapshot-(?<node>.+)$/ },
  { title: "Edit the cluster file", component: "ClusterConfig", resources: /^cluster-config$/ },
  { title: "Pre-flight checks", component: "Preflight", resources: /^preflight$/ },
  { title: "Save a safety copy", component: "SafetyCopy", resources: /^safety-copy$/ },
  { title: "Restore etcd", component: "EtcdRestore", resources: /^etcd-restore$/ },
  { title: "Build the cluster", component: "RkeUp", resources: /^rke-up$/ },
  { title: "Restart the components", component: "ComponentRestarts", resources: /^restart-(?<node>.+)$/ },
  { title: "Set the Rancher image", component: "RancherImage", resources: /^rancher-image(-api)?$/ },
  { title: "Verify the cluster", component: "Verification", resources: /^verification$/ },
  { title: "Run rke up", component: "RkeUp", resources: /^rke-up-last$/ },
  { title: "Unlock the cluster", component: "ClusterUnlock", resources: /^unlock$/ },
] as const satisfies readonly StepRow[];

/** The resource that wipes the cluster. */
export const RESTORE = "etcd-restore";
