import { apps, Provider } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { coerce, gte } from "semver";
import { typeToken } from "../messages/steps.ts";
import type { Settings } from "../settings/settings.ts";
import type { StepInput, StepReport, Timing } from "../steps/contract.ts";
import type { LockAfterRestore } from "./clusterLock.ts";
import { ANNOTATION, type ImageTurnArgs, imageHooks } from "./imageTurn.ts";
import { Step } from "./step.ts";

interface RancherImageArgs extends ImageTurnArgs {
  heldLock: pulumi.Input<LockAfterRestore>;
  /** The restarts after which this must run. */
  after: pulumi.Input<string>;
  tokens?: pulumi.Input<NonNullable<StepInput<"wait-for-api">["tokens"]>> | undefined;
}

/** Frozen: with another one, server-side apply would leave what this one has set without a manager. */
const FIELD_MANAGER = "rancher-rollback";

/** Beta from v1.16 to v1.21, and not there before; unknown is older, as RKE has kept the version since v0.2.0. */
function hasServerSideApply({ kubernetesVersion }: Settings): boolean {
  const version = coerce(kubernetesVersion);
  return version !== null && gte(version, "1.22.0");
}

/**
 * The runbook's `kubectl set image`, once the API answers: by a resource with server-side apply, which waits for the
 * rollout, or, before Kubernetes v1.22, by the step that waits for the API. @internal
 */
export class RancherImage extends pulumi.ComponentResource {
  readonly report: pulumi.Output<StepReport<"wait-for-api"> & Timing>;
  readonly image: pulumi.Output<string>;
  /** Changes whenever the API was waited for and the image set. */
  readonly ran: pulumi.Output<string>;

  constructor(name: string, args: RancherImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super(typeToken("RancherImage"), name, {}, opts);
    const { settings, after, tokens, heldLock } = args;
    const { namespace, deployment, container, image } = settings.rancher;
    const hooks = hasServerSideApply(settings) ? imageHooks(`${name}-turn`, args) : undefined;
    const api = new Step(
      // Frozen (messages/steps.ts).
      `${name}-api`,
      {
        settings,
        step: "wait-for-api",
        input: pulumi.all([tokens, heldLock]).apply(([needed, asked]) => ({
          namespace,
          deployment,
          container,
          timeoutSeconds: settings.waitSeconds,
          silenceSeconds: settings.rke.silenceSeconds,
          lock: asked,
          ...(needed && { tokens: needed }),
          ...(!hasServerSideApply(settings) && { image }),
        })),
        triggers: [after, image],
      },
      { parent: this, ...(hooks && { hooks: { beforeCreate: [hooks.apiHook] } }) },
    );
    this.report = api.report();
    const patch = hooks && this.patch(name, api, args, hooks.imageHook);
    this.image = pulumi
      .output(patch?.spec)
      .apply((spec) => spec?.template?.spec?.containers?.find(({ name }) => name === container)?.image ?? image);
    this.ran = pulumi.all([api.ran, patch?.id]).apply(([time]) => time);
    this.registerOutputs({ report: this.report, image: this.image });
  }

  private patch(
    name: string,
    api: Step<"wait-for-api">,
    { settings, after }: RancherImageArgs,
    hook: pulumi.ResourceHook,
  ) {
    const { namespace, deployment, container, image } = settings.rancher;
    // Depends on the API: the provider finds out once, when it starts, whether the cluster can be reached.
    const provider = new Provider(
      // Frozen (messages/steps.ts).
      `${name}-cluster`,
      { kubeconfig: settings.cluster.kubeconfig, clusterIdentifier: settings.cluster.clusterName },
      { parent: this, dependsOn: api },
    );
    const spec = { template: { spec: { containers: [{ name: container, image }] } } };
    return new apps.v1.DeploymentPatch(
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
        // Kubernetes may have been upgraded since the step set the image, and Rancher too: then it is not this one's turn.
        spec: this.report.apply(({ patched }) => (patched === undefined ? spec : undefined)) as pulumi.Output<
          typeof spec
        >,
      },
      // Taking the patch back would leave the container without an image, which Kubernetes refuses (kubernetes#2104).
      {
        parent: this,
        provider,
        dependsOn: api,
        retainOnDelete: true,
        hooks: { beforeCreate: [hook], beforeUpdate: [hook] },
        ignoreChanges: ['metadata.annotations["pulumi.com/timeoutSeconds"]'],
      },
    );
  }
}
