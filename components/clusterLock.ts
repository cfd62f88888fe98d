import * as pulumi from "@pulumi/pulumi";
import { etcdNodes } from "../cluster/clusterFile/clusterFile.ts";
import { existingNodes } from "../cluster/clusterFile/replacement.ts";
import type { Settings } from "../settings/settings.ts";
import type { LockInput } from "../steps/lock.ts";
import { Step } from "./step.ts";

export interface ClusterLockArgs {
  settings: Settings;
  /** The restore's: each rollback takes the lock anew. */
  triggers: pulumi.Input<string>[];
  /** Called before anything of the rollback is done, in a preview too. */
  hook: pulumi.ResourceHook;
}

/** The lock on every etcd host, so that two operators with two backends do not roll back one cluster at once. */
export class ClusterLock extends pulumi.ComponentResource {
  /** What the steps that ask for the lock are told of it. */
  readonly input: pulumi.Output<string>;
  readonly step: pulumi.Resource;
  /** Names of the etcd hosts that carry it. */
  readonly hosts: string[];

  constructor(name: string, args: ClusterLockArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rancher-rollback:index:ClusterLock", name, {}, opts);
    const { settings, triggers, hook } = args;
    const { breakLockOf, snapshot } = settings;
    const hosts = hostsOf(settings);
    this.hosts = hosts;
    // Made once and in the state before anything is locked by it: whatever run of this state knows its own lock again.
    const holder = new Step(`${name}-id`, { settings, step: "lock-id", triggers: [] }, { parent: this });
    this.input = holder.report<{ id: string }>().apply(({ id }) => JSON.stringify({ id, hosts } satisfies LockInput));
    const breaking = breakLockOf === undefined ? {} : { breakLockOf };
    this.step = new Step(
      name,
      {
        settings,
        step: "lock",
        options: { snapshot, "silence-seconds": String(settings.rke.silenceSeconds) },
        triggers,
        stdin: this.input.apply((input) => JSON.stringify({ ...JSON.parse(input), ...breaking } satisfies LockInput)),
      },
      { parent: this, hooks: { beforeCreate: [hook] } },
    );
    this.registerOutputs({});
  }
}

export interface ClusterUnlockArgs {
  settings: Settings;
  lock: ClusterLock;
  /** The verification after which this must run. */
  after: pulumi.Input<string>;
}

/** Lets go of the cluster once it is verified; after a failure the lock stays, and the run that goes on has it. */
export class ClusterUnlock extends pulumi.ComponentResource {
  constructor(name: string, { settings, lock, after }: ClusterUnlockArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rancher-rollback:index:ClusterUnlock", name, {}, opts);
    new Step(name, { settings, step: "unlock", triggers: [after], stdin: lock.input }, { parent: this });
    this.registerOutputs({});
  }
}

/** The etcd hosts that stay: one that is gone cannot be locked any more, its successor not yet. */
function hostsOf(settings: Settings): string[] {
  return etcdNodes({ nodes: existingNodes(settings) }).map(({ name }) => name);
}
