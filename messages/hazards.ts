import type { CommonHazard, DownstreamCluster, Hazard, Severity } from "../cluster/downstream/schema.ts";
import type { Remedy } from "../cluster/problem.ts";
import { shellWord } from "../cluster/shell.ts";
import { someNames } from "../cluster/text.ts";

/** A hazard in words, each without its full stop. */
export interface HazardText {
  /** What differs, in a few words. */
  what: string;
  /** What Rancher does after the rollback. */
  will: string;
  /** What to do before the rollback, and after it. */
  before?: string;
  after?: string;
}

export const SEVERITY_TEXT: Record<Severity, string> = {
  "data-loss": "CAN LOSE DATA",
  work: "needs work",
  note: "resolves by itself",
};

type About = Pick<Hazard, "names" | "snapshot" | "now">;
type Kind = DownstreamCluster["kind"];

const CLUSTER_TEXTS: Record<Hazard["hazard"], (about: About, kind: Kind) => HazardText> = {
  created: ({ names }, kind) => ({
    what: "created since the snapshot",
    will: "Rancher does not know it any more and refuses its agents; its machines run on, unmanaged",
    before:
      kind === "other"
        ? "note how it was registered"
        : `note the ids of its machines in the cloud, and download their SSH keys${list(names)}: afterwards only the safety copy has them`,
    after: "import it into Rancher again",
  }),
  deleted: ({ names }) => ({
    what: "deleted since the snapshot",
    will: `it comes back as unavailable${names ? ", and Rancher may make new machines in the place of those that do not answer" : ""}`,
    after: "delete it again at once",
  }),
  "kubernetes-changed": ({ snapshot, now }, kind) => ({
    what: `Kubernetes ${now} is ${snapshot} in the snapshot`,
    will:
      kind === "provisioned"
        ? "Rancher tries to reconcile the versions, which can do unexpected things and lose data"
        : kind === "other"
          ? "Rancher asks the cluster's cloud, or the upgrade controller in it, for the old version, and the cluster may stay in an error until the version is set again"
          : "nothing at once; Rancher shows the old version, and the next edit of the cluster brings that version onto it",
    ...(kind === "provisioned" && { before: "take a snapshot of the cluster's own etcd, and keep it outside Rancher" }),
    after: `set the cluster's Kubernetes version to ${now} before any other edit`,
  }),
  "custom-nodes-added": ({ names }, kind) => ({
    what: `nodes added with the registration command${list(names)}`,
    will:
      kind === "provisioned"
        ? "their agents are refused, as what Rancher keeps of them is gone"
        : "their agents register again by themselves",
    after: kind === "provisioned" ? "run the registration command on them again" : "check the roles of these nodes",
  }),
  "pool-nodes-added": ({ names }) => ({
    what: `nodes of a pool added${list(names)}`,
    will: "their machines run on without an owner, without their SSH keys in Rancher, and a later edit of the cluster may drop them",
    before: `note the ids of these machines in the cloud, and download their SSH keys${list(names)}`,
    after: "do not edit the cluster before these machines are removed from it or replaced",
  }),
  "nodes-removed": ({ names }, kind) => ({
    what: `nodes removed or replaced${list(names)}`,
    will:
      kind === "provisioned"
        ? "the nodes come back as dead objects, their successors are orphans, and the cluster may stop working"
        : "the nodes come back as dead objects, and an update of the cluster waits for them or fails",
    ...(kind === "provisioned" && { before: "take a snapshot of the cluster's own etcd, and keep it outside Rancher" }),
    after: "delete the dead nodes in Rancher before anything else",
  }),
  "nodes-recreated": ({ names }, kind) => ({
    what: `recreated node objects${list(names)}`,
    will:
      kind === "provisioned"
        ? "Rancher has the earlier objects, which their agents may not know; it may refuse them, or recreate the nodes"
        : "their agents register again by themselves",
    after:
      kind === "provisioned"
        ? "watch the machines in the cloud, and run the registration command where an agent does not connect"
        : "check the roles of these nodes",
  }),
  "pools-changed": ({ names, snapshot, now }) => ({
    what: `size of pools${list(names)}: ${now} now, ${snapshot} in the snapshot`,
    will: "the pools return to the size in the snapshot, and Rancher makes or deletes machines to match",
    before: "note the sizes, and move away what runs only on a pool that the snapshot lacks",
    after: "set the sizes again at once",
  }),
  "encryption-key-rotated": () => ({
    what: "encryption key rotated",
    will: "Rancher has the old key; where an update brings it onto the cluster, its Secrets cannot be read any more",
    before: "save the cluster's RKE state and its encryption configuration from a control plane node",
    after: "do not update the cluster; put its state back from the safety copy first",
  }),
  "certificates-rotated": () => ({
    what: "certificates rotated",
    will: "Rancher has the old certificates; where the CA is another one, it cannot connect",
    after: "do not update the cluster; put its state back from the safety copy first, or rotate the certificates again",
  }),
  "rke-state-changed": () => ({
    what: "RKE's state of it changed",
    will: "Rancher continues with the old state, its certificates and keys",
    before:
      "save the cluster's RKE state: the Secret c-ID in cattle-system, such as c-c-abc12, and full-cluster-state in its kube-system",
    after: "do not update the cluster before its state is compared with the saved one",
  }),
  "token-renewed": () => ({
    what: "service-account token renewed",
    will: "Rancher has the old token: Unauthorized, and the cluster is unavailable",
    before: "save the token that Rancher has now",
    after: "put the newer token back",
  }),
  "join-token-changed": () => ({
    what: "registration token changed",
    will: "agents that registered with the newer token are refused",
    after: "run the registration command again where an agent does not connect",
  }),
  "repeats-operation": ({ names }) => ({
    what: `the snapshot was taken in the middle of an operation${list(names)}`,
    will: "Rancher does it again: it may create a machine twice or delete a live one, and the cluster's etcd may be restored once more from a snapshot of its own",
    before: "name an earlier or later snapshot, if there is one",
    after: "watch the machines in the cloud, and remove those that are made twice",
  }),
  "operation-running": ({ names }) => ({
    what: `an operation runs now${list(names)}`,
    will: "the rollback interrupts it, and Rancher forgets that it started",
    before: "wait until it has ended",
  }),
  "agents-freeze": () => ({
    what: "agents know newer plans",
    will: "rancher-system-agent ignores what Rancher wants until etcd's revision has caught up",
    after:
      "where changes hang, restart rancher-system-agent on its nodes, but only if its Kubernetes was not upgraded since the snapshot",
  }),
  "agents-changed": ({ snapshot, now }) => ({
    what: `agents ${now} were ${snapshot} in the snapshot`,
    will: "the newer agents stay until Rancher deploys its own again",
    after:
      "where they stay: set the annotation io.cattle.agent.force.deploy=true on the cluster (Rancher v2.2.10, v2.3.2 and later)",
  }),
  "not-connected": () => ({
    what: "its agent is not connected, and was not in the snapshot",
    will: "it stays unavailable: the rollback does not connect it",
    before: "look at cattle-cluster-agent in the cluster",
    after: "restart cattle-cluster-agent in the cluster at once, instead of waiting for it",
  }),
  "projects-created": ({ names }) => ({
    what: `projects created${list(names)}`,
    will: "their namespaces and workloads stay in the cluster, in no project, and the members of the projects may lose access",
    before: "note the projects, their members and their namespaces",
    after: "create the projects again, and move their namespaces into them",
  }),
  "fleet-uninstalls": ({ names }) => ({
    what: `deployed by fleet since the snapshot${list(names)}`,
    will: "fleet's agent in the cluster uninstalls it, with what its charts keep there, as Rancher does not know of it any more",
    before: "stop fleet-agent in the cluster (scale it to 0 in cattle-fleet-system), and note the repositories",
    after:
      "create the repositories in fleet again, wait until their bundles are there, then start fleet-agent in the cluster",
  }),
};

const COMMON_TEXTS: Record<CommonHazard["hazard"], (about: About) => HazardText> = {
  "fleet-changed": ({ names }) => ({
    what: `fleet's repositories changed${list(names)}`,
    will: "fleet deploys again, and removes, what it had in the snapshot, until it has polled Git",
    before: "note the repositories and their settings",
    after: "create again what is missing, and delete what came back",
  }),
  "address-changed": ({ names, snapshot, now }) => ({
    what: `Rancher's address or CA changed${list(names)}${snapshot && now ? `: ${now} is ${snapshot} in the snapshot` : ""}`,
    will: "agents do not trust the old CA, or do not find Rancher",
    after: "set the address and the certificates again, then deploy the agents again",
  }),
  "rancher-backup-used": ({ names }) => ({
    what: `restored by rancher-backup as well${list(names)}`,
    will: "what rancher-backup has restored is replaced by what the snapshot holds, and it may make nodes of RKE2 and k3s clusters again; a restore that is unfinished in the snapshot runs again",
    before: "use one of the two ways, and name a snapshot from outside of such a restore",
    after:
      "delete unfinished restores at once (kubectl delete restores.resources.cattle.io NAME), and watch the machines in the cloud",
  }),
};

/** True of every rollback of a Rancher that manages clusters. */
export const ALWAYS = [
  "workloads in downstream clusters are not rolled back, except those that fleet deploys",
  "agents take some minutes to connect again; where one does not, restart cattle-cluster-agent in its cluster",
] as const;

export function hazardText(hazard: Hazard, { kind }: Pick<DownstreamCluster, "kind">): HazardText {
  return CLUSTER_TEXTS[hazard.hazard](hazard, kind);
}

export function commonHazardText(hazard: CommonHazard): HazardText {
  return COMMON_TEXTS[hazard.hazard](hazard);
}

/** `prod (c-abc12)`. */
export function clusterText({ id, name }: Pick<DownstreamCluster, "id" | "name">): string {
  return name === id ? id : `${name} (${id})`;
}

/** How the operator accepts what may become of a cluster, `prod@before-upgrade`; `at` counts those that are accepted. */
export function acceptRemedy(accepted: string, at: number): Remedy {
  return {
    text: "do what the report names for before the rollback (docs/downstream.md); then accept it",
    pulumi: `config set --path ${shellWord(`acceptHazardsOf[${at}]`)} ${shellWord(accepted)}`,
  };
}

const NAMED = 5;

function list(names: string[] = []): string {
  return names.length === 0 ? "" : ` (${someNames(names.slice(0, NAMED), names.length)})`;
}
