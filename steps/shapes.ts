import { z } from "zod";
import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import type { SnapshotSource } from "../cluster/snapshot/source.ts";

// What the inputs and reports of several steps have in common (contract.ts).

export const text = z.string();
export const seconds = z.number().positive();
const login = z.object({
  ...{ address: text, port: z.int(), user: text, agent: z.boolean().exactOptional() },
  ...{ keyPath: text.exactOptional(), key: text.exactOptional() },
  ...{ cert: text.exactOptional(), certPath: text.exactOptional() },
});
/** May contain a private key: secret as a whole. */
export const node: z.ZodType<ClusterNode> = z.object({
  ...login.shape,
  ...{ name: text, internalAddress: text, roles: z.array(z.enum(["controlplane", "etcd", "worker"])) },
  bastion: login.exactOptional(),
});
/** May contain keys: secret as a whole. */
export const source: z.ZodType<SnapshotSource> = z.discriminatedUnion("kind", [
  z.object({
    ...{ kind: z.literal("s3"), bucket: text, folder: text.exactOptional(), endpoint: text.exactOptional() },
    ...{ region: text.exactOptional(), ca: text.exactOptional() },
    keys: z.object({ access: text, secret: text }).exactOptional(),
    keysOfRke: z.literal(true).exactOptional(),
  }),
  z.object({ kind: z.literal("url"), url: text }),
  z.object({ kind: z.literal("file"), path: text }),
  z.object({ kind: z.literal("node"), node }),
]);
export const request = { snapshot: text, run: z.int().min(1) };
/** The version of the RKE that restores: it tells which files that can read, and which snapshots are one to it. */
export const rkeVersion = z.object({ major: z.int(), minor: z.int(), patch: z.int(), text });
export const deployment = z.object({ namespace: text, deployment: text, container: text });

/** The lock of a rollback. */
export const lockSchema = z.object({
  /** The holder's id, of the stack's state: any run of it has the same. */
  id: text,
  /** Names of the etcd hosts that have the lock. */
  hosts: z.array(text),
});

// Given to a step of its own, and once more to the restore, which checks and saves again right before the wipe.
export const preflightInput = z.object({
  snapshot: text,
  sha256: text.optional(),
  rkeVersion,
  timeoutSeconds: seconds,
});
export const safetyCopyInput = z.object({
  hosts: z.array(text),
  rancher: deployment,
  rkeVersion,
  timeoutSeconds: seconds,
  /** The Rancher that comes back needs the service-account tokens of now. */
  keepTokens: z.literal(true).optional(),
});
export const preflightReport = z.object({
  /** What etcd itself reads in the snapshot, where there is one to ask. */
  etcd: z.object({ revision: z.number(), keys: z.number() }).optional(),
  /** The proven file on each etcd node; `unpacked` and `sha256` are those of the snapshot itself. */
  nodes: z.array(
    z.object({ node: text, file: text, bytes: z.number(), unpacked: z.number().optional(), sha256: text }),
  ),
});
