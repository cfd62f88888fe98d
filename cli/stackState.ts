import { unfinishedWipe } from "../cluster/stateFolder/unfinishedRestore.ts";
import type { Timing } from "../components/step.ts";
import type { SafetyCopyReport } from "../steps/safetyCopy.ts";

/** A stack's state as Pulumi exports it, as far as it matters here. */
interface Exported {
  resources?: { urn: string; type: string; outputs?: { stdout?: unknown } }[];
}

/** What a stack's steps have said when they last ran. */
export class StackState {
  /** The whole of it: the same as long as nothing has run. */
  readonly text: string;
  private readonly resources: NonNullable<Exported["resources"]>;

  constructor(exported: Exported | undefined) {
    this.text = JSON.stringify(exported ?? null);
    this.resources = exported?.resources ?? [];
  }

  /** Undefined where the step of this name has not run. */
  report<T>(step: string): (T & Timing) | undefined {
    // The component around the step has its name too.
    const ofStep = this.resources.find(({ urn, type }) => type.startsWith("command:") && urn.endsWith(`::${step}`));
    const said = ofStep?.outputs?.stdout;
    return typeof said === "string" ? JSON.parse(said) : undefined;
  }

  /** The safety copy of a rollback that is not verified yet, which the next run goes on with; none where it went without. */
  get openCopy(): SafetyCopyReport | undefined {
    const copy = this.unlessVerified(this.report<SafetyCopyReport>("safety-copy"));
    const proven = this.report("preflight");
    return copy && proven && proven.finishedAt > copy.finishedAt ? undefined : copy;
  }

  /**
   * When a rollback that the next run goes on with passed the point of no return, ISO 8601. A restore that failed is not
   * in the state, but written down beside the cluster file.
   */
  wipedBefore(clusterFile: string): string | undefined {
    const restore = this.unlessVerified(this.report<{ wipedAt?: string }>("etcd-restore"));
    return unfinishedWipe(clusterFile)?.at ?? restore?.wipedAt;
  }

  private unlessVerified<T extends Timing>(report: T | undefined): T | undefined {
    const verified = this.report("verification");
    return report && verified && verified.finishedAt > report.finishedAt ? undefined : report;
  }
}
