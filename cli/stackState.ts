import { unreadableNote } from "../cluster/history/note.ts";
import { unfinishedWipe } from "../cluster/rke/unfinishedWipe.ts";
import type { PendingMachine } from "../messages/pendingMachine.ts";
import { LOCK_ID, PREFLIGHT, RESTORE, SAFETY_COPY, UNLOCK, VERIFICATION } from "../messages/steps.ts";
import { parseReport, type StepName, type StepReport, type Timing } from "../steps/contract.ts";

/** A stack's state as Pulumi exports it, as far as it matters here. */
interface Exported {
  resources?: {
    urn: string;
    type: string;
    outputs?: { stdout?: unknown };
    /** Replaced by a run that failed before its successor had run. */
    pendingReplacement?: boolean;
    delete?: boolean;
  }[];
  pending_operations?: {
    type: string;
    resource: { urn: string; type: string; inputs?: { tags?: { Name?: unknown } } };
  }[];
}

/** What a stack's steps have said when they last ran. */
export class StackState {
  /** The whole of it: the same as long as nothing has run. */
  readonly text: string;
  /** The instances that killed runs were making. */
  readonly pendingMachines: PendingMachine[];
  private readonly all: NonNullable<Exported["resources"]>;
  private readonly resources: NonNullable<Exported["resources"]>;

  constructor(exported: Exported | undefined) {
    this.text = JSON.stringify(exported ?? null);
    // What a failed run has left there to be replaced has the report of the rollback before it.
    this.all = exported?.resources ?? [];
    this.resources = this.all.filter((one) => !one.pendingReplacement && !one.delete);
    const pending = exported?.pending_operations ?? [];
    this.pendingMachines = pending
      .filter(({ type, resource }) => type === "creating" && resource.type === "aws:ec2/instance:Instance")
      .map(({ resource: { urn, inputs } }) => {
        const tag = inputs?.tags?.Name;
        const name = typeof tag === "string" ? tag : (urn.split("::").at(-1) ?? urn);
        return { name, isMade: this.resources.some((one) => one.urn === urn) };
      });
  }

  /** What a step has reported; undefined where the resource of this name is not in the state. */
  report<N extends StepName>(resource: string, step: N): (StepReport<N> & Timing) | undefined {
    return reportsIn(this.resources, resource, step)[0];
  }

  get lockId(): string | undefined {
    return this.report(LOCK_ID, "lock-id")?.id;
  }

  /** The safety copy of the stack's last restore; undefined where that went without. */
  get safetyCopy(): StepReport<"safety-copy"> | undefined {
    return this.report(RESTORE, "restore")?.safetyCopy ?? this.openCopy;
  }

  /** The safety copy of a rollback that has not wiped anything or not finished, which the next run continues. */
  get openCopy(): StepReport<"safety-copy"> | undefined {
    if (this.report(RESTORE, "restore")) return undefined;
    const copy = this.report(SAFETY_COPY, "safety-copy");
    const checked = this.report(PREFLIGHT, "preflight");
    // Made by a rollback before, where this one goes without.
    return copy && checked && checked.finishedAt > copy.finishedAt ? undefined : copy;
  }

  /**
   * Whether a step after the stack's last restore has still to succeed: `rke up` can fail after the verification. Unlocked
   * once is finished, also where a later run that set the image alone has left that to be replaced.
   */
  get isUnfinished(): boolean {
    const restore = this.report(RESTORE, "restore");
    const unlocked = reportsIn(this.all, UNLOCK, "unlock");
    return restore !== undefined && !unlocked.some(({ finishedAt }) => finishedAt > restore.finishedAt);
  }

  /** Whether the stack's last restore was not verified since: `abort` may have released its lock. */
  get isUnverified(): boolean {
    const restore = this.report(RESTORE, "restore");
    // Verified once is finished, also where a later run that set the image alone has left the verification to be replaced.
    const verified = reportsIn(this.all, VERIFICATION, "verify");
    return restore !== undefined && !verified.some(({ finishedAt }) => finishedAt > restore.finishedAt);
  }

  /**
   * When a rollback that the next run continues passed the point of no return, ISO 8601. A restore that failed is not in
   * the state, but written down beside the cluster file; where that cannot be read, the run's record says so.
   */
  wipedBefore(clusterFile: string): string | undefined {
    const restore = this.report(RESTORE, "restore");
    const noted = unreadableNote(clusterFile) ? undefined : unfinishedWipe(clusterFile);
    return noted?.at ?? (restore && this.isUnverified ? (restore.wipedAt ?? restore.startedAt) : undefined);
  }
}

function reportsIn<N extends StepName>(
  resources: NonNullable<Exported["resources"]>,
  name: string,
  step: N,
): (StepReport<N> & Timing)[] {
  return resources.flatMap(({ urn, type, outputs }) => {
    // The component around the step has its name too.
    if (!type.startsWith("command:") || !urn.endsWith(`::${name}`)) return [];
    return typeof outputs?.stdout === "string" ? [parseReport(step, outputs.stdout)] : [];
  });
}
