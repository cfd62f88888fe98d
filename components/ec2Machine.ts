import { getAmi } from "@pulumi/aws/ec2/getAmi.js";
import { Instance } from "@pulumi/aws/ec2/instance.js";
import * as pulumi from "@pulumi/pulumi";
import type { Ec2Machine as Wanted } from "../cluster/clusterFile/replacement.ts";
import { userData } from "../cluster/machine/userData.ts";
import { typeToken } from "../messages/steps.ts";
import type { Refuse } from "./announcement.ts";
import type { After } from "./step.ts";

interface Ec2MachineArgs extends After {
  machine: Wanted;
  /** The node's name in Kubernetes; the instance's Name where no tag says another. */
  nodeName: string;
  user: string;
  /** The cluster's: it decides which Docker RKE supports. */
  kubernetesVersion: string;
  /** The snapshot comes from S3. */
  s3cmd: boolean;
  /** Called before it is made, in a preview too. */
  hooks: pulumi.ResourceHook[];
  refuse: Refuse;
}

/** Inputs that would stop, restart or replace a machine that serves, for a newer image or release of this program. */
const NEVER_AGAIN = [
  "ami",
  "associatePublicIpAddress",
  "disableApiTermination",
  "iamInstanceProfile",
  "instanceType",
  "keyName",
  "metadataOptions",
  "rootBlockDevice",
  "subnetId",
  "userData",
];

/**
 * A new machine on EC2 that sets itself up as a node, and then serves: it is never replaced or deleted. `destroy`, and an
 * update without it, are refused as long as it is protected; once it is unprotected they forget it, and it goes on running.
 * Its name is frozen: under another one an update would make a second machine. @internal
 */
export class Ec2Machine extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** By which the operator and the other nodes reach it. */
  readonly address: pulumi.Output<string>;
  readonly privateAddress: pulumi.Output<string>;
  /** What it is to AWS and to Pulumi. */
  readonly instance: pulumi.Output<{ id: string; urn: string }>;

  constructor(name: string, args: Ec2MachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super(typeToken("Ec2Machine"), name, {}, opts);
    const { machine, nodeName, user, kubernetesVersion, s3cmd, after, hooks, refuse } = args;
    const instance = new Instance(
      name,
      {
        ami: amiId(machine.ami, refuse, this),
        instanceType: machine.instanceType,
        subnetId: machine.subnetId,
        vpcSecurityGroupIds: machine.securityGroupIds,
        keyName: machine.keyName,
        associatePublicIpAddress: machine.reachedBy === "public",
        ...(machine.instanceProfile && { iamInstanceProfile: machine.instanceProfile }),
        rootBlockDevice: { encrypted: true, volumeSize: machine.rootVolume, volumeType: "gp3" },
        // Users who can make a pod fetch an address must not get the machine's credentials.
        metadataOptions: { httpTokens: "required", httpEndpoint: "enabled" },
        tags: { Name: nodeName, ...machine.tags },
        // It is a member of etcd: it must not be terminated outside of Pulumi by mistake.
        disableApiTermination: true,
        userData: userData({ user, kubernetesVersion, s3cmd }),
      },
      {
        parent: this,
        dependsOn: after,
        hooks: { beforeCreate: hooks },
        protect: true,
        retainOnDelete: true,
        ignoreChanges: NEVER_AGAIN,
      },
    );
    this.id = instance.id;
    this.instance = pulumi.all([instance.id, instance.urn]).apply(([id, urn]) => ({ id, urn }));
    this.privateAddress = instance.privateIp;
    this.address = machine.reachedBy === "public" ? instance.publicIp : instance.privateIp;
    this.registerOutputs({ id: this.id, address: this.address });
  }
}

/** @throws Error of `refuse` when there is no such image. */
function amiId(ami: Wanted["ami"], refuse: Refuse, parent: pulumi.Resource): pulumi.Input<string> {
  if ("id" in ami) return ami.id;
  const filters = [{ name: "name", values: [ami.name] }];
  return getAmi({ mostRecent: true, owners: [ami.owner], filters }, { parent }).then(
    ({ id }) => id,
    (error: Error) => {
      const message = `no AMI of amiOwner ${ami.owner} matches amiName ${ami.name}: ${error.message}`;
      throw refuse({ problems: [{ message, remedy: "Correct them in this replacement, or name the image as ami" }] });
    },
  );
}
