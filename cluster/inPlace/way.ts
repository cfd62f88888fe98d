import { z } from "zod";

/** What the operator asks for. */
export const RESTORE_WITH = ["auto", "in-place", "rke"] as const;
export type RestoreWith = (typeof RESTORE_WITH)[number];

/** How etcd is restored: restored beside its data and exchanged, the old data renamed back, or RKE's own restore. */
export const WAYS = ["in-place", "rename-back", "rke"] as const;
export type Way = (typeof WAYS)[number];

const node = z.string();

/** Why etcd is restored in this way, for `rke` why not in place. */
export const reasonSchema = z.discriminatedUnion("kind", [
  z
    .object({ kind: z.literal("asked-for"), restoreWith: z.enum(RESTORE_WITH) })
    .describe("the settings ask for this way"),
  z
    .object({ kind: z.literal("cluster-not-read"), restoreWith: z.enum(RESTORE_WITH), why: z.string() })
    .describe("the way depends on the cluster"),
  z
    .object({
      kind: z.literal("hosts-ready"),
      hosts: z.int(),
      tool: z.string().describe("what restores, such as `etcdctl 3.4.15`"),
    })
    .describe("every etcd host has what an in-place restore needs"),
  z
    .object({ kind: z.literal("exchange-begun"), nodes: z.array(node) })
    .describe("an earlier run has begun to exchange etcd's data on these nodes"),
  z
    .object({ kind: z.literal("old-data-kept"), snapshot: z.string(), hosts: z.int() })
    .describe("all etcd hosts have the old data that the restore of this snapshot has kept"),
  z.object({ kind: z.literal("node-replaced"), node }).describe("RKE sets up the node that replaces it"),
  z
    .object({ kind: z.literal("rke-without-state"), rke: z.string() })
    .describe("this release of RKE keeps no state file to compare"),
  z.object({ kind: z.literal("host-not-read"), node, why: z.string() }).describe("an etcd host did not answer"),
  z.object({ kind: z.literal("no-container"), node }).describe("there is no container etcd"),
  z
    .object({ kind: z.literal("component-missing"), node, components: z.array(z.string()) })
    .describe("a control plane node lacks these containers; RKE's own restore makes them"),
  z.object({ kind: z.literal("no-data"), node }).describe("etcd has no data"),
  z
    .object({ kind: z.literal("data-elsewhere"), node, path: z.string().optional() })
    .describe("etcd keeps its data in another folder than RKE's"),
  z
    .object({ kind: z.literal("log-elsewhere"), node, path: z.string() })
    .describe("etcd keeps its log outside of its data"),
  z.object({ kind: z.literal("argument-missing"), node, argument: z.string() }).describe("etcd was started without it"),
  z
    .object({ kind: z.literal("mount"), node, path: z.string() })
    .describe("this path is a mount or a link, which cannot be exchanged by rename"),
  z
    .object({ kind: z.literal("no-restore-tool"), node, image: z.string() })
    .describe("etcd's image has no tool that restores snapshots"),
  z
    .object({ kind: z.literal("no-hash"), node, version: z.string() })
    .describe("this etcd cannot say by a hash what data it serves (`endpoint hashkv`, etcd 3.3 and later)"),
  z
    .object({ kind: z.literal("unsafe-to-kill"), node, version: z.string() })
    .describe("this etcd can lose data when it is killed (etcd#13766)"),
  z
    .object({ kind: z.literal("no-room"), node, path: z.string(), freeMiB: z.int(), neededMiB: z.int() })
    .describe("the restored data do not fit beside the data"),
  z
    .object({
      kind: z.literal("hosts-differ"),
      what: z.enum(["etcd-image", "restore-tool", "kubernetes-image"]),
      values: z.array(z.string()),
    })
    .describe("the etcd hosts are not alike"),
  z
    .object({ kind: z.literal("other-kubernetes"), holds: z.string().optional(), runs: z.string().optional() })
    .describe("the snapshot's state file has another Kubernetes version than the image that runs"),
  z
    .object({ kind: z.literal("no-local-state") })
    .describe("there is no state file of RKE to compare the snapshot's with"),
  z
    .object({ kind: z.literal("key-changed"), key: z.enum(["ca", "service-account", "encryption"]) })
    .describe("since the snapshot was saved; RKE brings back the earlier one"),
]);
export type Reason = z.infer<typeof reasonSchema>;
