/**
 * The steps of a rollback: the one table that says which resource is which step.
 *
 * FROZEN. The state of every stack carries the resource names, component types and trigger words of this table, of
 * components/ and of program.ts. None of them ever changes: Pulumi would take a renamed resource for a new one, and run
 * it again on clusters that were rolled back long ago. A new step may be added.
 */
export interface StepRow {
  /** What a failure names the step by: one of `steps`, unless another row runs the same. */
  id: string;
  /** As a person follows it. */
  title: string;
  /** The component around its resources; `typeToken` makes its type of it. */
  component: string;
  /** Names of its resources; `node` in a group is the node it happens on. */
  resources: RegExp;
  /** What they run; steps/contract.ts says what each is given and reports. */
  steps: readonly string[];
  /** Some rollbacks go without it. */
  isOptional?: true;
}

export const STEP_TABLE = [
  {
    id: "lock",
    title: "Lock the cluster",
    component: "ClusterLock",
    resources: /^lock(-id)?$/,
    steps: ["lock", "lock-id"],
  },
  {
    id: "await-node",
    title: "Create a replacement node",
    component: "ReplacementNode",
    resources: /^(machine|await)-(?<node>.+)$/,
    steps: ["await-node"],
    isOptional: true,
  },
  {
    id: "pull-snapshot",
    title: "Fetch the snapshot",
    component: "SnapshotPulls",
    resources: /^snapshot-(?<node>.+)$/,
    steps: ["pull-snapshot"],
    isOptional: true,
  },
  {
    id: "edit-cluster-file",
    title: "Edit the cluster file",
    component: "ClusterConfig",
    resources: /^cluster-config$/,
    steps: ["edit-cluster-file"],
    isOptional: true,
  },
  {
    id: "preflight",
    title: "Pre-flight checks",
    component: "Preflight",
    resources: /^preflight$/,
    steps: ["preflight"],
  },
  {
    id: "safety-copy",
    title: "Save a safety copy",
    component: "SafetyCopy",
    resources: /^safety-copy$/,
    steps: ["safety-copy"],
    isOptional: true,
  },
  {
    id: "restore",
    title: "Restore etcd",
    component: "EtcdRestore",
    resources: /^etcd-restore$/,
    steps: ["restore"],
  },
  {
    id: "rke-up",
    title: "Build the cluster",
    component: "RkeUp",
    resources: /^rke-up$/,
    steps: ["rke-up"],
  },
  {
    id: "restart",
    title: "Restart the components",
    component: "ComponentRestarts",
    resources: /^restart$/,
    steps: ["restart"],
  },
  {
    id: "wait-for-api",
    title: "Set the Rancher image",
    component: "RancherImage",
    resources: /^rancher-image(-api)?$/,
    steps: ["wait-for-api"],
  },
  {
    id: "verify",
    title: "Verify the cluster",
    component: "Verification",
    resources: /^verification$/,
    steps: ["verify"],
  },
  {
    id: "rke-up-last",
    title: "Run rke up",
    component: "RkeUp",
    resources: /^rke-up-last$/,
    steps: ["rke-up"],
    isOptional: true,
  },
  {
    id: "unlock",
    title: "Unlock the cluster",
    component: "ClusterUnlock",
    resources: /^unlock$/,
    steps: ["unlock"],
  },
] as const satisfies readonly StepRow[];
const ROWS: readonly (StepRow & { id: StepId })[] = STEP_TABLE;

export type StepId = (typeof STEP_TABLE)[number]["id"];
export const STEP_IDS = ROWS.map(({ id }) => id);

/** What the program of the steps can be asked to run. */
export type StepName = (typeof STEP_TABLE)[number]["steps"][number];

/** Resources that others read the state or the events of, by name. Frozen. */
export const LOCK = "lock";
export const LOCK_ID = "lock-id";
export const PREFLIGHT = "preflight";
export const SAFETY_COPY = "safety-copy";
/** The resource that wipes the cluster. */
export const RESTORE = "etcd-restore";
export const VERIFICATION = "verification";

/** @param resource its name; in a program of one's own there is a prefix in front of it. */
export function stepIdOf(step: StepName, resource: string): StepId {
  const rows = ROWS.filter(({ steps }) => steps.includes(step));
  return (rows.find(({ id }) => resource.endsWith(id)) ?? (rows[0] as (typeof ROWS)[number])).id;
}

/** What an operator knows a step by. */
export function titleOf(step: StepId): string {
  return (ROWS[placeOf(step)] as StepRow).title;
}

/** Whether a step only runs once etcd was restored. */
export function comesAfterRestore(step: StepId): boolean {
  return placeOf(step) > placeOf("restore");
}

/** Titles of the steps that every rollback has, from the restore on and before this one. */
export function titlesSinceRestore(step: StepId): string[] {
  return titlesBetween(placeOf("restore"), placeOf(step));
}

/** Titles of the steps that every rollback has after this one. */
export function titlesAfter(step: StepId): string[] {
  return titlesBetween(placeOf(step) + 1, ROWS.length);
}

function titlesBetween(from: number, to: number): string[] {
  return ROWS.slice(from, to).flatMap(({ title, isOptional }) => (isOptional ? [] : [title]));
}

function placeOf(step: StepId): number {
  return ROWS.findIndex(({ id }) => id === step);
}

/** The component around a whole rollback, and the one in a replacement node, beside those of the table. */
export type Component = (typeof STEP_TABLE)[number]["component"] | "RancherRollback" | "Ec2Machine";

/** A component's type in Pulumi. Frozen. */
export function typeToken<C extends Component>(component: C): `rancher-rollback:index:${C}` {
  return `rancher-rollback:index:${component}`;
}
