import { apps, Provider } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { typeToken } from "../messages/steps.ts";
import type { Settings } from "../settings/settings.ts";
import type { StepReport, Timing } from "../steps/contract.ts";
import { Step } from "./step.ts";

export interface RancherImageArgs {
  settings: Settings;
  /** The restarts after which this must run. */
  after: pulumi.Input<string>;
}

/** What was found when the API was back. */
export type RancherImageReport = StepReport<"wait-for-api">;

const FIELD_MANAGER = "rancher-rollback";
/** On the Deployment itself, not on its pods: it makes every rollback set the image again without restarting anything. */
const ANNOTATION = "rancher-rollback/after";

/** The runbook's `kubectl set image`, once the API answers, and the wait for the rollout. */
export class RancherImage extends pulumi.ComponentResource {
  readonly report: pulumi.Output<RancherImageReport & Timing>;
  /** The image that is set. */
  readonly image: pulumi.Output<string>;
  /** Changes whenever the API was waited for and the image set. */
  readonly ran: pulumi.Output<string>;

  constructor(name: string, { settings, after }: RancherImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super(typeToken("RancherImage"), name, {}, opts);
    const { namespace, deployment, container, image } = settings.rancher;
    const api = new Step(
      `${name}-api`,
      {
        settings,
        step: "wait-for-api",
        input: { namespace, deployment, container, timeoutSeconds: settings.waitSeconds },
        triggers: [after, image],
      },
      { parent: this },
    );
    // Depends on the API: the provider finds out once, when it starts, whether the cluster can be reached.
    const provider = new Provider(
      `${name}-cluster`,
      { kubeconfig: settings.cluster.kubeconfig, clusterIdentifier: settings.cluster.clusterName },
      { parent: this, dependsOn: api },
    );
    const patch = new apps.v1.DeploymentPatch(
      name,
      {
        metadata: {
          namespace,
          name: deployment,
          annotations: {
            "pulumi.com/patchForce": "true",
            "pulumi.com/patchFieldManager": FIELD_MANAGER,
            "pulumi.com/timeoutSeconds": String(settings.waitSeconds),
            [ANNOTATION]: after,
          },
        },
        spec: { template: { spec: { containers: [{ name: container, image }] } } },
      },
      // Taking the patch back would leave the container without an image, which Kubernetes refuses (kubernetes#2104).
      {
        parent: this,
        provider,
        dependsOn: api,
        retainOnDelete: true,
        ignoreChanges: ['metadata.annotations["pulumi.com/timeoutSeconds"]'],
      },
    );
    this.report = api.report();
    this.image = patch.spec.apply(
      (spec) => spec.template?.spec?.containers?.find((other) => other.name === container)?.image ?? image,
    );
    this.ran = pulumi.all([api.ran, patch.id]).apply(([time]) => time);
    this.registerOutputs({ report: this.report, image: this.image });
  }
}
