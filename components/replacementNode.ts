import * as pulumi from "@pulumi/pulumi";
import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { hasRole } from "../cluster/clusterFile/node.ts";
import type { NewNode } from "../cluster/clusterFile/nodeText.ts";
import type { Replacement } from "../cluster/clusterFile/replacement.ts";
import type { Problem } from "../cluster/problem.ts";
import { typeToken } from "../messages/steps.ts";
import type { Settings } from "../settings/settings.ts";
import type { StepReport, Timing } from "../steps/contract.ts";
import type { Refuse, RestoreHooks } from "./announcement.ts";
import { Ec2Machine } from "./ec2Machine.ts";
import { type After, Step } from "./step.ts";

interface ReplacementNodeArgs extends After {
  settings: Settings;
  replacement: Replacement;
  /** What the names of the resources of its machine begin with. */
  prefix: string;
  hooks: Pick<RestoreHooks, "nodeHook" | "secondHook" | "refuse">;
}

/** The runbook's "create a new node": an instance on EC2 or a machine that is there, waited for until it can be a node. @internal */
export class ReplacementNode extends pulumi.ComponentResource {
  readonly report: pulumi.Output<StepReport<"await-node"> & Timing>;
  /** Changes whenever a machine was waited for. */
  readonly ran: pulumi.Output<string>;
  /** How to log in to it. A secret: a cluster file can contain the key itself. */
  readonly node: pulumi.Output<ClusterNode>;
  /** What is to be written into the cluster file. */
  readonly written: pulumi.Output<NewNode>;
  /** Which machine takes which node's place: another one triggers the edit of the cluster file, not the restore. */
  readonly replaces: pulumi.Output<string>;

  constructor(
    name: string,
    { settings, replacement, prefix, after, hooks }: ReplacementNodeArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(typeToken("ReplacementNode"), name, {}, opts);
    const { unresponsive, machine, node, planned, isInFile } = replacement;
    const { nodeHook, secondHook, refuse } = hooks;
    const s3cmd = settings.source?.kind === "s3" && hasRole(node, "etcd");
    const kubernetesVersion = settings.kubernetesVersion ?? "";
    const place =
      machine.kind === "existing"
        ? { id: pulumi.output(machine.address), address: pulumi.output(machine.address) }
        : new Ec2Machine(
            `${prefix}${node.name}`,
            {
              machine,
              nodeName: node.name,
              user: node.user,
              kubernetesVersion,
              s3cmd,
              after,
              refuse,
              hooks: isInFile ? [nodeHook, secondHook(replacement)] : [nodeHook],
            },
            { parent: this },
          );
    const isPublic = machine.kind === "ec2" && machine.reachedBy === "public";
    // Frozen: other words would edit the cluster file of every stack that has replaced a node again.
    this.replaces = pulumi.interpolate`replaces ${unresponsive} with ${place.id}`;
    if ("privateAddress" in place) refuseGone(replacement, place, refuse);
    this.node = pulumi.secret(place.address.apply((address): ClusterNode => ({ ...node, address })));
    this.written = pulumi
      .all([place.address, isPublic && "privateAddress" in place ? place.privateAddress : planned.internalAddress])
      .apply(([address, internalAddress]): NewNode => ({ ...planned, address, internalAddress }));
    const step = new Step(
      // Frozen (messages/steps.ts).
      `${prefix}await-${node.name}`,
      {
        settings,
        step: "await-node",
        input: pulumi.all([this.node, "instance" in place ? place.instance : undefined]).apply(([login, instance]) => ({
          node: login,
          kubernetesVersion,
          rkeVersion: settings.rke.version,
          s3cmd,
          setsItselfUp: machine.kind === "ec2",
          ...(instance && { instance }),
          timeoutSeconds: settings.waitSeconds,
        })),
        triggers: [place.id],
      },
      { parent: this, dependsOn: after, hooks: { beforeCreate: [nodeHook] } },
    );
    this.report = step.report();
    this.ran = step.ran;
    this.registerOutputs({ report: this.report });
  }
}

/** Asked in a preview: then the instance is one that is in the state. */
function refuseGone(replacement: Replacement, { id, address, privateAddress }: Ec2Machine, refuse: Refuse): void {
  if (!pulumi.runtime.isDryRun()) return;
  pulumi.all([id, address, privateAddress]).apply(([instance, ...addresses]) => {
    const problem = goneInstance(replacement, instance, addresses);
    if (problem) throw refuse({ problems: [problem] });
  });
}

/**
 * What is wrong where the instance that was once made under this name is the node that has died: none would be made in its
 * place. Where the cluster file calls the dead node otherwise, the instance was made for it and has got its address.
 * @param addresses the instance's.
 */
export function goneInstance(
  { unresponsive, gone, node }: Replacement,
  instance: string,
  addresses: string[],
): Problem | undefined {
  const names = [unresponsive, gone?.address, gone?.internalAddress].map((one) => one?.toLowerCase());
  if (!addresses.some((one) => names.includes(one)) || (gone && gone.name !== node.name)) return undefined;
  return {
    message: `${unresponsive} is the instance ${instance}, which was made for the node ${node.name}: none would be made in its place`,
    remedy: "Give the replacement another hostnameOverride",
  };
}
