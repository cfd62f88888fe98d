import * as pulumi from "@pulumi/pulumi";
import { refusalText } from "../messages/refusal.ts";
import type {
  MachineKind,
  NodeRole,
  ReachedBy,
  RestartOrder,
  Restarts,
  RestoreWith,
  RkeUp,
  SafetyCopy,
} from "./choices.ts";

/**
 * The settings as arguments of a component, one by one as in Pulumi.yaml, where each is described. Everything must be
 * known in a preview: what will be lost is read there. One that is wrong, or not known, ends the program with a
 * pulumi.RunError that names it (the constructor's `@throws`).
 */
export interface RancherRollbackArgs {
  /** Name of the etcd snapshot to restore. Another one is what makes an update restore. */
  snapshot: pulumi.Input<string>;
  /** Path of rancher-cluster.yml, relative to the program's working directory. */
  clusterFile: pulumi.Input<string>;
  /** The prior Rancher version, such as v2.5.8. */
  rancherVersion: pulumi.Input<string>;
  /** Where Rancher answers, as typed in a browser. */
  rancherUrl: pulumi.Input<string>;
  /** The snapshot's name once more, NAME#2 for its second run: confirms that what came after it may be lost. */
  acceptDataLossOf?: pulumi.Input<string>;
  /** Downstream clusters whose hazards in the preview are accepted, by name or id, each with the restore: prod@NAME, prod@NAME#2. */
  acceptHazardsOf?: pulumi.Input<pulumi.Input<string>[]>;
  /** rancherVersion once more, where the snapshot holds another version. */
  acceptRancherVersion?: pulumi.Input<string>;
  /** Raise it to restore the same snapshot once more; 1 if not given. */
  run?: pulumi.Input<number>;
  /** Whether a preview reads the live cluster; true if not given. */
  readCluster?: pulumi.Input<boolean>;
  /** required saves what the cluster is right before the wipe, as the way back; skip saves nothing. required if not given. */
  safetyCopy?: pulumi.Input<SafetyCopy>;
  /** PEM file of the CA behind Rancher's certificate, where this machine does not trust it. */
  rancherCaFile?: pulumi.Input<string>;
  /** Rancher's image without its tag; rancher/rancher if not given. */
  rancherImage?: pulumi.Input<string>;
  /** Namespace of the Rancher Deployment; cattle-system if not given. */
  rancherNamespace?: pulumi.Input<string>;
  /** Name of the Rancher Deployment; cattle if not given. */
  rancherDeployment?: pulumi.Input<string>;
  /** Name of Rancher's container in the Deployment; known for cattle (cattle-server) and rancher (rancher). */
  rancherContainer?: pulumi.Input<string>;
  /** The RKE binary, by path or on the PATH; rke if not given. */
  rkePath?: pulumi.Input<string>;
  /** RKE is stopped when it has printed nothing for so many seconds, but never once it changes the nodes; 600 if not given. */
  rkeSilenceSeconds?: pulumi.Input<number>;
  /** Restarts the components on all nodes at once (parallel) or node after node (rolling); parallel if not given. */
  restartOrder?: pulumi.Input<RestartOrder>;
  /** auto restarts what is older than the restored data, always restarts everything; auto if not given. */
  restarts?: pulumi.Input<Restarts>;
  /** Whether rke up runs first, as in the runbook, or last, once Rancher serves; last if not given. */
  rkeUp?: pulumi.Input<RkeUp>;
  /** How etcd is restored: auto, in place where that is possible; in-place, or not at all; rke. auto if not given. */
  restoreWith?: pulumi.Input<RestoreWith>;
  /** Days for which a restore in place keeps the old data; 7 if not given. */
  keepOldData?: pulumi.Input<number>;
  /** The known_hosts file with the nodes' host keys, instead of the user's own. */
  knownHostsFile?: pulumi.Input<string>;
  /** Whether unknown host keys are accepted and remembered. A changed one is always refused. false if not given. */
  allowUnknownHostKeys?: pulumi.Input<boolean>;
  /** How many seconds the restart of a node, the Kubernetes API, the rollout and the verification may each take; 900 if not given. */
  waitSeconds?: pulumi.Input<number>;
  /** Nodes that are gone and the machines that take their places. */
  replacements?: pulumi.Input<pulumi.Input<ReplacementArgs>[]>;
  /** Where an etcd node without the snapshot gets it from. */
  snapshotSource?: pulumi.Input<string>;
  /** The sha256 of the snapshot's file, for more proof than the snapshot's own hash. */
  snapshotSha256?: pulumi.Input<string>;
  /** Where S3 is when it is not Amazon's, such as https://minio.example.com:9000. */
  s3Endpoint?: pulumi.Input<string>;
  /** The bucket's region; us-east-1 if not given. */
  s3Region?: pulumi.Input<string>;
  /** Access key for the bucket. Without the two keys the nodes' own instance profile is asked. */
  s3AccessKey?: pulumi.Input<string>;
  /** A secret: `config.requireSecret("s3SecretKey")`. */
  s3SecretKey?: pulumi.Input<string>;
  /** The id of a lock that another rollback holds, as the refusal names it. Only when that one is certainly dead. */
  breakLockOf?: pulumi.Input<string>;
}

/** A node that is gone, and the machine in its place: stacks/Pulumi.disaster.yaml describes each part. */
export interface ReplacementArgs {
  /** address, internal_address or hostname_override of the node that is gone. */
  unresponsive: pulumi.Input<string>;
  /** existing or ec2. */
  kind: pulumi.Input<MachineKind>;
  /** An existing machine's address, for SSH. */
  address?: pulumi.Input<string>;
  /** An existing machine's address inside the cluster. */
  internalAddress?: pulumi.Input<string>;
  /** The new node's name in Kubernetes; ec2 needs one. */
  hostnameOverride?: pulumi.Input<string>;
  /** Who logs in; by default as on the node that is gone. For ec2, a user of the AMI. */
  user?: pulumi.Input<string>;
  /** Port of SSH; 22 by default, whatever the node that is gone had. */
  port?: pulumi.Input<number>;
  /** Path of the private key that logs in; by default as on the node that is gone. */
  sshKeyPath?: pulumi.Input<string>;
  /** controlplane, etcd, worker; by default those of the node that is gone. */
  roles?: pulumi.Input<pulumi.Input<NodeRole>[]>;
  /** For ec2: the image's id; or it is looked up by amiOwner and amiName. */
  ami?: pulumi.Input<string>;
  /** For ec2: who owns the image: an account's number, self or amazon. */
  amiOwner?: pulumi.Input<string>;
  /** For ec2: the image's name, such as debian-12-amd64-*; the newest is taken. */
  amiName?: pulumi.Input<string>;
  /** For ec2, such as t3.xlarge. */
  instanceType?: pulumi.Input<string>;
  /** For ec2: the subnet's id. */
  subnetId?: pulumi.Input<string>;
  /** For ec2: the ids of its security groups. */
  securityGroupIds?: pulumi.Input<pulumi.Input<string>[]>;
  /** For ec2: the key pair whose private key is sshKeyPath. */
  keyName?: pulumi.Input<string>;
  /** For ec2: whether it is reached by its private or its public address; private if not given. */
  reachedBy?: pulumi.Input<ReachedBy>;
  /** For ec2: the instance profile. One that may read the bucket makes S3 keys needless. */
  instanceProfile?: pulumi.Input<string>;
  /** For ec2: the size of its encrypted root volume in GiB; 50 if not given. */
  rootVolumeGiB?: pulumi.Input<number>;
  /** For ec2: its tags. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** Arguments as `checkSettings` takes them. */
interface RawSettings {
  values: Record<string, unknown>;
  /** The keys whose values are no secrets. */
  plain: string[];
}

/** @throws pulumi.RunError where an argument is not known yet, as in a preview that creates what it comes from. */
export async function givenArgs(name: string, args: RancherRollbackArgs): Promise<RawSettings> {
  const read = await Promise.all(
    Object.entries(args).map(async ([key, input]) => ({ key, ...(await reading(input)) })),
  );
  const unknown = read.filter(({ isKnown }) => !isKnown).map(({ key }) => key);
  if (unknown.length > 0) {
    const message = `${name}: not known before the update: ${unknown.join(", ")}`;
    const remedy =
      "A rollback is previewed on the live cluster: give it plain values, or make what they come from first";
    throw new pulumi.RunError(refusalText({ problems: [{ message, remedy }] }, { stack: pulumi.getStack() }));
  }
  // Empty is none, as in a stack's config: a program in YAML has no other way to leave an argument out.
  const given = read.filter(({ value }) => value !== undefined && value !== null && value !== "");
  return {
    values: Object.fromEntries(given.map(({ key, value }) => [key, asConfigured(value)])),
    plain: given.filter(({ isSecret }) => !isSecret).map(({ key }) => key),
  };
}

/** An argument, at whatever depth its parts are outputs. */
async function reading(input: unknown): Promise<{ value: unknown; isKnown: boolean; isSecret: boolean }> {
  // The SDK has these but leaves them out of its types.
  const output = pulumi.output(input) as unknown as {
    promise: () => Promise<unknown>;
    isKnown: Promise<boolean>;
    isSecret: Promise<boolean>;
  };
  const [value, isKnown, isSecret] = await Promise.all([output.promise(), output.isKnown, output.isSecret]);
  return { value, isKnown, isSecret };
}

/** The rules are those of a stack's config, where every scalar is text. */
function asConfigured(value: unknown): unknown {
  return typeof value === "object" ? value : String(value);
}
