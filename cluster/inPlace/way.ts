import { z } from "zod";

/** What the operator asks for. */
export const RESTORE_WITH = ["auto", "in-place", "rke"] as const;
export type RestoreWith = (typeof RESTORE_WITH)[number];

/** How etcd is restored: restored beside its data and exchanged, the old data renamed back, or RKE's own restore. */
export const WAYS = ["in-place", "rename-back", "rke"] as const;
export type Way = (typeof WAYS)[number];

const node = z.string();

const reason = <K extends string, F extends z.core.$ZodLooseShape>(kind: K, what: string, fields: F) =>
  z.object({ kind: z.literal(kind), ...fields }).describe(what);

/** Why etcd is restored in this way, for `rke` why not in place. */
export const reasonSchema = z.discriminatedUnion("kind", [
  reason("asked-for", "the settings ask for this way", { restoreWith: z.enum(RESTORE_WITH) }),
  reason("cluster-not-read", "the way depends on the cluster", { restoreWith: z.enum(RESTORE_WITH), why: z.string() }),
  reason("hosts-ready", "every etcd host has what an in-place restore needs", {
    hosts: z.int(),
    tool: z.string().describe("what restores, such as `etcdctl 3.4.15`"),
  }),
  reason("exchange-begun", "an earlier run has begun to exchange etcd's data on these nodes", { nodes: z.array(node) }),
  reason("old-data-kept", "all etcd hosts have the old data that the restore of this snapshot has kept", {
    snapshot: z.string(),
    hosts: z.int(),
  }),
  reason("node-replaced", "RKE sets up the node that replaces it", { node }),
  reason("rke-without-state", "this release of RKE keeps no state file to compare", { rke: z.string() }),
  reason("host-not-read", "an etcd host did not answer", { node, why: z.string() }),
  reason("no-container", "there is no container etcd", { node }),
  reason("component-missing", "a control plane node lacks these containers; RKE's own restore makes them", {
    node,
    components: z.array(z.string()),
  }),
  reason("no-data", "etcd has no data", { node }),
  reason("data-elsewhere", "etcd keeps its data in another folder than RKE's", { node, path: z.string().optional() }),
  reason("log-elsewhere", "etcd keeps its log outside of its data", { node, path: z.string() }),
  reason("argument-missing", "etcd was started without it", { node, argument: z.string() }),
  reason("mount", "this path is a mount or a link, which cannot be exchanged by rename", { node, path: z.string() }),
  reason("no-restore-tool", "etcd's image has no tool that restores snapshots", { node, image: z.string() }),
  reason("no-hash", "this etcd cannot say by a hash what data it serves (`endpoint hashkv`, etcd 3.3 and later)", {
    node,
    version: z.string(),
  }),
  reason("unsafe-to-kill", "this etcd can lose data when it is killed (etcd#13766)", { node, version: z.string() }),
  reason("no-room", "the restored data do not fit beside the data", {
    node,
    path: z.string(),
    freeMiB: z.int(),
    neededMiB: z.int(),
  }),
  reason("hosts-differ", "the etcd hosts are not alike", {
    what: z.enum(["etcd-image", "restore-tool", "kubernetes-image"]),
    values: z.array(z.string()),
  }),
  reason("other-kubernetes", "the snapshot's state file has another Kubernetes version than the image that runs", {
    holds: z.string().optional(),
    runs: z.string().optional(),
  }),
  reason("no-local-state", "there is no state file of RKE to compare the snapshot's with", {}),
  reason("key-changed", "since the snapshot was saved; RKE brings back the earlier one", {
    key: z.enum(["ca", "service-account", "encryption"]),
  }),
]);
export type Reason = z.infer<typeof reasonSchema>;
