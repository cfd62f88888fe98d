import { z } from "zod";
import { WAYS } from "../cluster/inPlace/way.ts";
import { deploymentSchema } from "../cluster/kubernetes/deployment.ts";
import type { RkeVersion } from "../cluster/rke/version.ts";

// What the inputs and reports of several steps have in common (contract.ts).

export const text = z.string();
export const seconds = z.number().positive();
export const request = { snapshot: text, run: z.int().min(1) };

export const rkeVersion: z.ZodType<RkeVersion> = z.object({
  major: z.int(),
  minor: z.int(),
  patch: z.int(),
  text,
});

export const lockSchema = z.object({
  /** The holder's id, of the stack's state: any run of it has the same. */
  id: text,
  /** Names of the etcd hosts that have the lock. */
  hosts: z.array(text),
});

/** The lock as a step asks for it before it changes anything. */
export const askedLockSchema = z.object({
  ...lockSchema.shape,
  /** Hosts on which this very run has taken it: where they no longer have it, somebody has released it. */
  taken: z.array(text),
});

// Given to a step of its own, and once more to the restore, which checks and saves again right before the wipe.
export const preflightInput = z.object({
  snapshot: text,
  sha256: text.optional(),
  /** Of the RKE that restores: it tells which files that can read, and which snapshots are one to it. */
  rkeVersion,
  /** What that RKE installs where the cluster file names no Kubernetes version. */
  defaultKubernetes: text.optional(),
  /** How etcd will be restored, as the operator was told; absent where that is not known. */
  expectedWay: z.enum(WAYS).optional(),
  timeoutSeconds: seconds,
});
export const safetyCopyInput = z.object({
  hosts: z.array(text),
  rancher: deploymentSchema,
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
