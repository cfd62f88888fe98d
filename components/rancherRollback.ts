import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings.ts";
import { ComponentRestarts, type RestartReport } from "./componentRestarts.ts";
import { EtcdRestore, type EtcdRestoreReport } from "./etcdRestore.ts";
import { RancherImage, type RancherImageReport } from "./rancherImage.ts";
import { RkeUp, type RkeUpReport } from "./rkeUp.ts";
import type { Timing } from "./step.ts";
import { Verification, type VerificationReport } from "./verification.ts";

export interface RancherRollbackArgs {
  settings: Settings;
  /** Where the announcement of what will be destroyed goes. */
  announce: (text: string) => void;
}

/** What a rollback did and how long each step took. */
export interface RollbackReport {
  snapshot: string;
  restore: EtcdRestoreReport & Timing;
  rkeUp: RkeUpReport & Timing;
  restarts: (RestartReport & Timing)[];
  image: RancherImageReport & Timing & { image: string };
  verification: VerificationReport & Timing;
}

/** The whole road, in the runbook's order. Each step runs again when the step before it has. */
export class RancherRollback extends pulumi.ComponentResource {
  readonly report: pulumi.Output<RollbackReport>;

  constructor(name: string, { settings, announce }: RancherRollbackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rancher-rollback:index:RancherRollback", name, {}, opts);
    const child = { parent: this };
    const restore = new EtcdRestore("etcd-restore", { settings, announce }, child);
    const up = new RkeUp("rke-up", { settings, after: restore.ran }, child);
    const restarts = new ComponentRestarts("restart", { settings, after: up.ran }, child);
    const image = new RancherImage("rancher-image", { settings, after: restarts.ran }, child);
    const verification = new Verification(
      "verification",
      { settings, restarts: restarts.reports, after: image.ran },
      child,
    );

    this.report = pulumi
      .all([restore.report, up.report, restarts.reports, image.report, image.image, verification.report])
      .apply(([restored, upped, restarted, imaged, set, verified]) => ({
        snapshot: settings.snapshot,
        restore: restored,
        rkeUp: upped,
        restarts: restarted,
        image: { ...imaged, image: set },
        verification: verified,
      }));
    this.registerOutputs({ report: this.report });
  }
}
