/**
 * The steps of a rollback: the one table that says which resource is which step.
 *
 * FROZEN. The state of every stack carries the resource names, component types and trigger words of this table, of
 * components/ and of program.ts. None of them ever changes: Pulumi would take a renamed resource for a new one, and run
 * it again on clusters that were rolled back long ago. A new step may be added.
 */
export interface StepRow {
  /** As a person follows it. */
  title: string;
  /** The component around its resources; `typeToken` makes its type of it. */
  component: string;
  /** Names of its resources; `node` in a group is the node it happens on. */
  resources: RegExp;
  /** What they run, by its names in steps/contract.ts. */
  steps: readonly string[];
}

export const STEP_TABLE = [
  { title: "Lock the cluster", component: "ClusterLock", resources: /^lock(-id)?$/, steps: ["lock", "lock-id"] },
  {
    title: "Create a replacement node",
    component: "ReplacementNode",
    resources: /^(machine|await)-(?<node>.+)$/,
    steps: ["await-node"],
  },
  {
    title: "Fetch the snapshot",
    component: "SnapshotPulls",
    resources: /^snapshot-(?<node>.+)$/,
    steps: ["pull-snapshot"],
  },
  {
    title: "Edit the cluster file",
    component: "ClusterConfig",
    resources: /^cluster-config$/,
    steps: ["edit-cluster-file"],
  },
  { title: "Pre-flight checks", component: "Preflight", resources: /^preflight$/, steps: ["preflight"] },
  { title: "Save a safety copy", component: "SafetyCopy", resources: /^safety-copy$/, steps: ["safety-copy"] },
  { title: "Restore etcd", component: "EtcdRestore", resources: /^etcd-restore$/, steps: ["restore"] },
  { title: "Build the cluster", component: "RkeUp", resources: /^rke-up$/, steps: ["rke-up"] },
  { title: "Restart the components", component: "ComponentRestarts", resources: /^restart$/, steps: ["restart"] },
  {
    title: "Set the Rancher image",
    component: "RancherImage",
    resources: /^rancher-image(-api)?$/,
    steps: ["wait-for-api"],
  },
  { title: "Verify the cluster", component: "Verification", resources: /^verification$/, steps: ["verify"] },
  { title: "Run rke up", component: "RkeUp", resources: /^rke-up-last$/, steps: ["rke-up"] },
  { title: "Unlock the cluster", component: "ClusterUnlock", resources: /^unlock$/, steps: ["unlock"] },
] as const satisfies readonly StepRow[];

/** Resources that others read the state or the events of, by name. Frozen. */
export const LOCK = "lock";
export const LOCK_ID = "lock-id";
export const PREFLIGHT = "preflight";
export const SAFETY_COPY = "safety-copy";
/** The resource that wipes the cluster. */
export const RESTORE = "etcd-restore";
export const VERIFICATION = "verification";
export const RKE_UP_LAST = "rke-up-last";

/**
 * What an operator knows a step by.
 * @param resource its name, such as `rke-up-last`; in a program of one's own there is a prefix in front of it.
 * @param step its name in steps/contract.ts.
 */
export function titleOf(resource: string, step: string): string {
  const rows: readonly StepRow[] = STEP_TABLE;
  const row = rows.find(({ resources }) => resources.test(resource)) ?? rows.find(({ steps }) => steps.includes(step));
  return row?.title ?? resource;
}

/** Whether a step only runs once etcd was restored. @param step its resource, or its name in steps/contract.ts. */
export function comesAfterRestore(step: string): boolean {
  return rowOf(step) > rowOf(RESTORE);
}

/** -1 for what is no step. */
function rowOf(step: string): number {
  return (STEP_TABLE as readonly StepRow[]).findIndex(
    ({ resources, steps }) => resources.test(step) || steps.includes(step),
  );
}

/** The component around a whole rollback, and the one in a replacement node, beside those of the table. */
export type Component = (typeof STEP_TABLE)[number]["component"] | "RancherRollback" | "Ec2Machine";

/** A component's type in Pulumi. Frozen. */
export function typeToken<C extends Component>(component: C): `rancher-rollback:index:${C}` {
  return `rancher-rollback:index:${component}`;
}
