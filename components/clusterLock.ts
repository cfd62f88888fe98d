import * as pulumi from "@pulumi/pulumi";
import { etcdNodes } from "../cluster/clusterFile/node.ts";
import { existingEtcdNodes } from "../cluster/clusterFile/replacement.ts";
import { typeToken } from "../messages/steps.ts";
import type { Settings } from "../settings/settings.ts";
import type { StepInput, Timing } from "../steps/contract.ts";
import { Step } from "./step.ts";

interface ClusterLockArgs {
  settings: Settings;
  /** The restore's: each rollback takes the lock again. */
  triggers: pulumi.Input<string>[];
  /** Called before anything of the rollback is done, in a preview too. */
  hook: pulumi.ResourceHook;
}

/** The lock on every etcd host, so that two operators with two backends do not roll back one cluster at once. @internal */
export class ClusterLock extends pulumi.ComponentResource {
  /** The lock as the later steps check and release it. */
  readonly lock: pulumi.Output<StepInput<"unlock">>;
  /** Hosts on which this very run has taken the lock; none where a run before it has. */
  readonly taken: pulumi.Output<string[]>;
  readonly step: Step<"lock">;
  readonly hosts: string[];
  private readonly snapshot: string;
  private readonly begun = Date.now();

  constructor(name: string, args: ClusterLockArgs, opts?: pulumi.ComponentResourceOptions) {
    super(typeToken("ClusterLock"), name, {}, opts);
    const { settings, triggers, hook } = args;
    const { breakLockOf, snapshot, run, rke } = settings;
    // One that is gone cannot be locked any more, its successor not yet.
    const hosts = existingEtcdNodes(settings).map(({ name }) => name);
    this.hosts = hosts;
    this.snapshot = snapshot;
    // Made once and in the state before anything is locked by it: whatever run of this state knows its own lock again.
    const holder = new Step(`${name}-id`, { settings, step: "lock-id", input: {}, triggers: [] }, { parent: this });
    // Where every etcd host is replaced there is none to lock yet: the restore locks those that have been added by then.
    const later = hosts.length > 0 ? hosts : etcdNodes(settings.cluster).map((node) => node.name);
    this.lock = holder.report().apply(({ id }) => ({ id, hosts: later }));
    this.step = new Step(
      name,
      {
        settings,
        step: "lock",
        input: this.lock.apply(({ id }) => ({
          id,
          hosts,
          snapshot,
          run,
          silenceSeconds: rke.silenceSeconds,
          ...(breakLockOf !== undefined && { breakLockOf }),
        })),
        triggers,
      },
      { parent: this, hooks: { beforeCreate: [hook] } },
    );
    this.taken = this.step.report().apply((report) => (this.isOfThisRun(report) ? report.hosts : []));
    this.registerOutputs({});
  }

  /**
   * The lock as a step after the restore asks for it; of no host where the restore was done before, and nothing was locked.
   * @param asked what has asked for it before that step: where one has in this very run, every host had it.
   */
  afterRestore(asked: pulumi.Output<Timing & { skipped?: unknown }>[]): pulumi.Output<LockAfterRestore> {
    return pulumi
      .all([this.lock, this.step.report(), pulumi.all(asked)])
      .apply(([{ id, hosts }, { restored }, reports]) => {
        const hadIt = reports.some((report) => report.skipped === undefined && this.isOfThisRun(report));
        return { id, hosts: restored ? [] : hosts, taken: hadIt && !restored ? hosts : [], snapshot: this.snapshot };
      });
  }

  private isOfThisRun({ finishedAt }: Timing): boolean {
    return Date.parse(finishedAt) >= this.begun;
  }
}

export type LockAfterRestore = NonNullable<StepInput<"restart">["lock"]>;

interface ClusterUnlockArgs {
  settings: Settings;
  lock: ClusterLock;
  after: pulumi.Input<string>;
  heldLock: pulumi.Input<LockAfterRestore>;
  /** Without making this run again. */
  dependsOn: pulumi.Resource[];
}

/** Releases the cluster once it is verified; after a failure the lock stays, and the run that continues has it. @internal */
export class ClusterUnlock extends pulumi.ComponentResource {
  constructor(
    name: string,
    { settings, lock, heldLock, after, dependsOn }: ClusterUnlockArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(typeToken("ClusterUnlock"), name, {}, opts);
    // Also where the lock step found the restore done, and has locked none.
    const input = pulumi.all([lock.lock, heldLock]).apply(([own, { taken }]) => ({ ...own, taken }));
    new Step(name, { settings, step: "unlock", input, triggers: [after] }, { parent: this, dependsOn });
    this.registerOutputs({});
  }
}
