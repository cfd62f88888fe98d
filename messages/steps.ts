/**
 * The steps of a rollback: the one table that says which resource is which step.
 *
 * FROZEN. The state of every stack has the resource names, component types and trigger words of this table, of
 * components/ and of program.ts. None of them ever changes: Pulumi would take a renamed resource for a new one, and run
 * it again on clusters that were rolled back long ago. A new step may be added.
 */
export interface StepRow {
  /** What a failure names the step by, and what its resources run unless `steps` says otherwise. */
  id: string;
  /** As a person follows it. */
  title: string;
  /** The component around its resources; `typeToken` makes its type of it. */
  component: string;
  /** Names of its resources; `node` in a group is the node it happens on. */
  resources: RegExp;
  /** What they run; steps/contract.ts says what each is given and reports. */
  steps?: readonly string[];
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
  },
  { id: "pull-snapshot", title: "Fetch the snapshot", component: "SnapshotPulls", resources: /^snapshot-(?<node>.+)$/ },
  {
    id: "edit-cluster-file",
    title: "Edit the cluster file",
    component: "ClusterConfig",
    resources: /^cluster-config$/,
  },
  { id: "preflight", title: "Pre-flight checks", component: "Preflight", resources: /^preflight$/ },
  { id: "safety-copy", title: "Save a safety copy", component: "SafetyCopy", resources: /^safety-copy$/ },
  { id: "restore", title: "Restore etcd", component: "EtcdRestore", resources: /^etcd-restore$/ },
  { id: "rke-up", title: "Run rke up", component: "RkeUp", resources: /^rke-up$/ },
  { id: "restart", title: "Restart the components", component: "ComponentRestarts", resources: /^restart$/ },
  {
    id: "wait-for-api",
    title: "Set the Rancher image",
    component: "RancherImage",
    resources: /^rancher-image(-api)?$/,
  },
  { id: "verify", title: "Verify the cluster", component: "Verification", resources: /^verification$/ },
  { id: "rke-up-last", title: "Run rke up last", component: "RkeUp", resources: /^rke-up-last$/, steps: ["rke-up"] },
  { id: "unlock", title: "Unlock the cluster", component: "ClusterUnlock", resources: /^unlock$/ },
] as const satisfies readonly StepRow[];
type Row = (typeof STEP_TABLE)[number];
const ROWS: readonly (StepRow & { id: StepId })[] = STEP_TABLE;

export type StepId = Row["id"];
export const STEP_IDS = ROWS.map(({ id }) => id);

/** What the program of the steps can be asked to run. */
export type StepName =
  | Exclude<StepId, Extract<Row, { steps: unknown }>["id"]>
  | Extract<Row, { steps: unknown }>["steps"][number];

/** Resources that others read the state or the events of, by name. Frozen. */
export const LOCK = "lock";
export const LOCK_ID = "lock-id";
export const PREFLIGHT = "preflight";
export const SAFETY_COPY = "safety-copy";
/** The resource that wipes the cluster. */
export const RESTORE = "etcd-restore";
export const VERIFICATION = "verification";
export const RKE_UP_LAST = "rke-up-last";
export const UNLOCK = "unlock";

/** @param resource its name; in a program of one's own there is a prefix in front of it. */
export function stepIdOf(step: StepName, resource: string): StepId {
  const rows = ROWS.filter(({ id, steps = [id] }) => steps.includes(step));
  return (rows.find(({ id }) => resource.endsWith(id)) ?? (rows[0] as (typeof ROWS)[number])).id;
}

export function titleOf(step: StepId): string {
  return (ROWS[placeOf(step)] as StepRow).title;
}

export function comesAfterRestore(step: StepId): boolean {
  return placeOf(step) > placeOf("restore");
}

/** Titles of the steps from the restore on and before this one, as far as every rollback has them. */
export function titlesSinceRestore(step: StepId): string[] {
  return titlesBetween(placeOf("restore"), placeOf(step));
}

/** Titles of the steps after this one, which comes after the restore, as far as every rollback has them. */
export function titlesAfter(step: StepId): string[] {
  return titlesBetween(placeOf(step) + 1, ROWS.length);
}

/** Without the two of `rke up`: which one of them a rollback runs is not known here. */
function titlesBetween(from: number, to: number): string[] {
  return ROWS.slice(from, to).flatMap(({ component, title }) => (component === "RkeUp" ? [] : [title]));
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
