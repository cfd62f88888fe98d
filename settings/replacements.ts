import { z } from "zod";
import { type ClusterNode, parseClusterFile, type Role } from "../cluster/clusterFile/clusterFile.ts";
import { ClusterEditError, editClusterFile, type NodeReplacement } from "../cluster/clusterFile/edit.ts";
import { expanded } from "../cluster/clusterFile/login.ts";
import type { Ec2Machine, ExistingMachine, Replacement } from "../cluster/clusterFile/replacement.ts";
import type { Notice } from "../cluster/problem.ts";

const HOST = /^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/;
const NODE_NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** @param what such as `a number of days`. */
export const wholeNumber = (what: string) => z.coerce.number(`is not ${what}`).int("is not a whole number");
export const like = (what: string, pattern: RegExp) => z.string().regex(pattern, `is not ${what}`);
const address = like("an address", HOST);
const nodeName = like("a node's name: small letters, digits, - and .", NODE_NAME);
const role = z.enum(["controlplane", "etcd", "worker"], "is none of controlplane, etcd, worker");
const securityGroup = like("the id of a security group", /^sg-[0-9a-f]+$/);
const NO_PORT = "is not a port";
const anyNode = {
  unresponsive: address,
  user: like("a user's name", /^[A-Za-z_][\w.-]*\$?$/).optional(),
  port: z.coerce.number(NO_PORT).int(NO_PORT).min(1, NO_PORT).max(65535, NO_PORT).optional(),
  sshKeyPath: z.string("is not a path").min(1, "is empty").optional(),
  roles: z.array(role, "is not a list of roles").min(1, "is empty").optional(),
};

export const replacementRule = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      ...anyNode,
      kind: z.literal("existing"),
      address,
      internalAddress: address.optional(),
      hostnameOverride: nodeName.optional(),
    }),
    z
      .strictObject({
        ...anyNode,
        kind: z.literal("ec2"),
        // Known before the machine is, unlike its address.
        hostnameOverride: nodeName,
        ami: like("the id of an AMI", /^ami-[0-9a-f]+$/).optional(),
        amiOwner: like("an account's number, self or amazon", /^(\d{12}|[a-z-]+)$/).optional(),
        amiName: z.string("is not a name").min(1, "is empty").optional(),
        instanceType: like("an instance type", /^[a-z0-9-]+\.[a-z0-9-]+$/),
        subnetId: like("the id of a subnet", /^subnet-[0-9a-f]+$/),
        securityGroupIds: z.array(securityGroup, "is not a list of security groups").min(1, "is empty"),
        keyName: z.string().min(1, "is empty"),
        reachedBy: z.enum(["private", "public"], "is neither private nor public").default("private"),
        instanceProfile: z.string("is not a name").min(1, "is empty").optional(),
        rootVolumeGiB: wholeNumber("a number of GiB").min(8, "is less than 8").default(50),
        tags: z.record(z.string(), z.string("is not text"), "is not a map of tags").default({}),
      })
      .refine(({ ami, amiOwner, amiName }) => (ami ? !amiOwner && !amiName : amiOwner && amiName), {
        path: ["ami"],
        message: "must be given, or amiOwner and amiName together to look it up, and not both",
      }),
  ],
  { error: "must say its kind: existing or ec2" },
);

/** One entry of `replacements` that the rules let pass. */
export type WrittenReplacement = z.output<typeof replacementRule>;

export interface ReplacedCluster {
  /** The nodes as they will be. */
  nodes: ClusterNode[];
  replacements: Replacement[];
  /** What the operator should know about the nodes there will be. */
  warnings: Notice[];
  text: string;
}

/**
 * What the replacements make of a cluster file. `folder` is the file's.
 * @throws ClusterEditError with every mistake.
 */
export function replaceNodes(source: string, folder: string, written: WrittenReplacement[]): ReplacedCluster {
  const before = parseClusterFile(source, folder).nodes;
  const twice = written.filter((one, at) => written.findIndex((other) => nameOf(other) === nameOf(one)) < at);
  if (twice.length > 0) throw new ClusterEditError(twice.map((one) => `two new nodes are called ${nameOf(one)}`));
  const mistakes = written.flatMap((one) => [...unwritten(one, before, folder), ...namesakes(one)]);
  if (mistakes.length > 0) throw new ClusterEditError(mistakes);
  const planned = written.map((one) => ({ unresponsive: one.unresponsive, node: plannedNode(one, before) }));
  const { text, warnings } = editClusterFile(source, planned);
  const { nodes } = parseClusterFile(text, folder);
  return {
    nodes,
    text,
    warnings,
    replacements: written.map((one, at): Replacement => {
      const { node } = planned[at] as NodeReplacement;
      const gone = before.find((other) => isCalled(other, one.unresponsive) && !isSame(other.address, node.address));
      return {
        unresponsive: one.unresponsive,
        machine: machineOf(one),
        planned: node,
        // By its address: what keeps that keeps its name in the cluster file, too.
        node: nodes.find((other) => isSame(other.address, node.address)) as ClusterNode,
        ...(gone && { gone }),
        isInFile: before.some((other) => isSame(other.address, node.address)),
      };
    }),
  };
}

/** What a replacement says of a machine that keeps its address, and that is not written into the cluster file. */
function unwritten(written: WrittenReplacement, before: ClusterNode[], folder: string): string[] {
  if (written.kind !== "existing") return [];
  const kept = before.find((node) => isSame(node.address, written.address) && isCalled(node, written.unresponsive));
  if (!kept) return [];
  const { user, port, internalAddress, hostnameOverride, sshKeyPath, roles } = written;
  const key = kept.keyPath ?? (kept.agent ? undefined : "in the cluster file itself");
  const fields: [name: string, there: unknown, given: unknown, isOther: boolean][] = [
    ["user", kept.user, user, user !== kept.user],
    ["port", kept.port, port, port !== kept.port],
    ["sshKeyPath", key, sshKeyPath, key !== undefined && expanded(sshKeyPath ?? "", folder) !== key],
    ["internalAddress", kept.internalAddress, internalAddress, !isSame(internalAddress ?? "", kept.internalAddress)],
    ["hostnameOverride", kept.name, hostnameOverride, hostnameOverride !== kept.name],
    ["roles", kept.roles.join(", "), roles?.join(", "), `${roles?.toSorted()}` !== `${kept.roles.toSorted()}`],
  ];
  const other = fields.filter(([, , given, isOther]) => given !== undefined && isOther);
  if (other.length === 0) return [];
  const said = other.map(([name, there, given]) => `${name} is ${there} there, not ${given}`).join("; ");
  const what = other.map(([name]) => name).join(", ");
  return [
    `${kept.address} keeps its address, and the cluster file is not edited for it: ${said}; write it there, or take ${what} out of the replacement`,
  ];
}

/** By the name alone it is unknown whether the node in the file is the one that is gone or the one that was made. */
function namesakes(written: WrittenReplacement): string[] {
  if (written.kind !== "ec2" || !isSame(written.unresponsive, nameOf(written))) return [];
  return [
    `the new node gets the name ${nameOf(written)} of the one that is gone: give that one's address as unresponsive, or the new one another hostnameOverride`,
  ];
}

/** Whether a cluster file's node is the one that a replacement calls unresponsive. */
function isCalled({ name, address, internalAddress }: ClusterNode, unresponsive: string): boolean {
  return [name, address, internalAddress].some((one) => isSame(one, unresponsive));
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The name by which Kubernetes will know the new node. */
function nameOf(written: WrittenReplacement): string {
  return (written.hostnameOverride ?? (written as { address: string }).address).toLowerCase();
}

function plannedNode(written: WrittenReplacement, before: ClusterNode[]): NodeReplacement["node"] {
  const { user, port, sshKeyPath, roles, hostnameOverride } = written;
  const shared = { user, port, sshKeyPath, hostnameOverride, roles: roles as Role[] | undefined };
  if (written.kind === "existing") {
    return { ...shared, address: written.address, internalAddress: written.internalAddress };
  }
  // What was made by an earlier run is in the file under its name; so may be the node that is gone.
  const made = before.find((node) => node.name === nameOf(written) && !isCalled(node, written.unresponsive));
  return {
    ...shared,
    address: made?.address ?? `address-of-${nameOf(written)}`,
    internalAddress: written.reachedBy === "public" ? `internal-address-of-${nameOf(written)}` : undefined,
  };
}

function machineOf(written: WrittenReplacement): ExistingMachine | Ec2Machine {
  if (written.kind === "existing") return { kind: "existing", address: written.address };
  const { ami, amiOwner = "", amiName = "", instanceProfile, rootVolumeGiB, ...rest } = written;
  const { instanceType, subnetId, securityGroupIds, keyName, reachedBy, tags } = rest;
  return {
    kind: "ec2",
    ami: ami ? { id: ami } : { owner: amiOwner, name: amiName },
    ...{ instanceType, subnetId, securityGroupIds, keyName, reachedBy, tags },
    rootVolume: rootVolumeGiB,
    ...(instanceProfile && { instanceProfile }),
  };
}
