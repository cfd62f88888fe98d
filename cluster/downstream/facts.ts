import type { Answer, OpenedSnapshot } from "../opened/open.ts";
import {
  CLUSTERS,
  CONDITIONS,
  CONTROL_PLANES,
  DELETED,
  ENCRYPTS,
  HOSTED_POOLS,
  idOf,
  KEY_PHASE,
  MACHINE,
  MACHINES,
  NODE_POOLS,
  NODES,
  POOLS,
  PROVISIONED,
  RESTORE_PHASE,
  RKE1_RESTORE,
  TOKEN_SECRET,
  WANTED_VERSIONS,
} from "./questions.ts";
import type { DownstreamCluster, DownstreamSide } from "./schema.ts";

/** In the snapshot, or now. */
type Side = "opened" | "live";

export interface Machine {
  name: string;
  /** By a machine pool of Rancher's, by the registration command on a machine of one's own, or found in Kubernetes. */
  by: "pool" | "command" | "kubernetes";
  busy?: "being-made" | "being-deleted";
}

/** What Rancher knows of a cluster on one side. */
export interface SideFacts extends DownstreamSide {
  machines: Map<string, Machine>;
  /** How many machines each pool is asked for. */
  pools: Map<string, string>;
  tokenSecret?: string;
  busy: string[];
  /** Its etcd is being restored from a snapshot of its own. */
  restores: boolean;
  isConnected: boolean;
}

export interface ClusterFacts {
  id: string;
  name: string;
  kind: DownstreamCluster["kind"];
  /** Workspace and name of the objects of a cluster that Rancher provisions. */
  provisioned?: string;
  opened?: SideFacts;
  live?: SideFacts;
}

/** Every cluster but the one that Rancher runs on, by the answers to downstreamQuestions. */
export function clusterFacts(opening: OpenedSnapshot): ClusterFacts[] {
  const { opened, live, answers } = opening;
  const sides: [Side, ReadonlyMap<string, unknown>][] = [
    ["opened", opened.keys],
    ...("unknown" in live ? [] : [["live", live.keys] as [Side, ReadonlyMap<string, unknown>]]),
  ];
  const keys = [...new Set(sides.flatMap(([, one]) => [...one.keys()]))];
  const provisioned = provisionedNames(answers, keys);
  return keys
    .filter((key) => key.startsWith(CLUSTERS) && idOf(key) !== "local")
    .map((key): ClusterFacts => {
      const id = idOf(key);
      const answer = answers.get(key);
      const own = provisioned.get(id);
      const first = (path: string) => text(answer?.live[path]) ?? text(answer?.opened[path]);
      const kind = own ? "provisioned" : first("status.driver") === "rancherKubernetesEngine" ? "rke1" : "other";
      const facts = sides.flatMap(([side, has]) =>
        has.has(key) ? [[side, sideFacts({ side, id, kind, provisioned: own, answers, has })] as const] : [],
      );
      const name = first("spec.displayName") ?? id;
      return { id, name, kind, ...(own && { provisioned: own }), ...Object.fromEntries(facts) };
    });
}

/** By the id of a cluster that Rancher provisions, its workspace and name. Others have no control plane there. */
function provisionedNames(answers: OpenedSnapshot["answers"], keys: string[]): Map<string, string> {
  const withControlPlane = new Set(
    keys.filter((key) => key.startsWith(CONTROL_PLANES)).map((key) => key.slice(CONTROL_PLANES.length)),
  );
  return new Map(
    [...answers].flatMap(([key, { opened, live }]): [string, string][] => {
      const own = key.slice(PROVISIONED.length);
      const id = text(live["status.clusterName"]) ?? text(opened["status.clusterName"]);
      return key.startsWith(PROVISIONED) && id !== undefined && withControlPlane.has(own) ? [[id, own]] : [];
    }),
  );
}

interface About {
  side: Side;
  id: string;
  kind: ClusterFacts["kind"];
  provisioned: string | undefined;
  answers: OpenedSnapshot["answers"];
  has: ReadonlyMap<string, unknown>;
}

function sideFacts({ side, id, kind, provisioned, answers, has }: About): SideFacts {
  const values = (key: string) => answers.get(key)?.[side] ?? {};
  const of = values(CLUSTERS + id);
  const own = provisioned === undefined ? {} : values(PROVISIONED + provisioned);
  const below = (prefix: string) =>
    [...answers].flatMap(([key, answer]) =>
      key.startsWith(prefix) && has.has(key) ? [{ key, of: answer[side] }] : [],
    );
  const pools = below(`${NODE_POOLS}${id}/`);
  const machines = kind === "provisioned" ? capiMachines(below, provisioned) : rancherNodes(below, id);
  const timeouts = [
    ...pools.flatMap((pool) => pool.of["spec.deleteNotReadyAfterSecs"] ?? []),
    ...(own[POOLS.timeout] ?? []),
  ];
  const quantities = [
    ...pools.map((pool): [string, string] => [idOf(pool.key), String(pool.of["spec.quantity"]?.[0] ?? 0)]),
    ...HOSTED_POOLS.flatMap((path) => of[path] ?? []).map((one): [string, string] => [String(one), "some"]),
    ...(own[POOLS.quantity] ?? []).map((one, at): [string, string] => [`pool ${at + 1}`, String(one)]),
  ];
  const kubernetes = text(of["status.version.gitVersion"]);
  const wanted = text(own["spec.kubernetesVersion"]) ?? WANTED_VERSIONS.flatMap((path) => text(of[path]) ?? [])[0];
  const agentImage = text(of["status.agentImage"]);
  const tokenSecret = text(of[TOKEN_SECRET]);
  const plane = provisioned === undefined ? {} : values(CONTROL_PLANES + provisioned);
  const restores = (of[RKE1_RESTORE]?.includes(true) ?? false) || isUnderWay(plane[RESTORE_PHASE]);
  return {
    ...(kubernetes && { kubernetes }),
    ...(wanted && { wantedKubernetes: wanted }),
    ...(agentImage && { agentImage }),
    ...(tokenSecret && { tokenSecret }),
    nodes: [...machines.values()].map(({ name }) => name).sort(),
    replacesNodes: timeouts.some((one) => !/^0?s?$/.test(String(one))),
    encryptsSecrets: of[ENCRYPTS]?.includes(true) ?? false,
    isBeingDeleted: [of, own].some((one) => one[DELETED] !== undefined),
    machines,
    pools: new Map(quantities),
    isConnected: isConnected(of),
    restores,
    busy: [
      ...runningConditions(of, ["Provisioned", "Updated"]),
      ...(isUnderWay(plane[KEY_PHASE]) ? ["encryption key rotation"] : []),
      ...(restores ? ["etcd restore"] : []),
    ],
  };
}

type Below = (prefix: string) => { key: string; of: Answer["opened"] }[];

/** The nodes of RKE1, imported and hosted clusters, where Rancher follows what Kubernetes has. */
function rancherNodes(below: Below, id: string): Map<string, Machine> {
  return new Map(
    below(`${NODES}${id}/`).map(({ key, of }): [string, Machine] => {
      const name = text(of["status.nodeName"]) ?? text(of["spec.requestedHostname"]) ?? idOf(key);
      const ours = text(of["spec.nodePoolName"]) ? "pool" : of["spec.customConfig.address"] ? "command" : "kubernetes";
      const isMade = runningConditions(of, ["Provisioned"]).length > 0;
      return [key, { name, by: ours, ...busy(of[DELETED] !== undefined, ours === "pool" && isMade) }];
    }),
  );
}

/** The machines of a cluster that Rancher provisions (cluster.x-k8s.io Machine status.phase). */
function capiMachines(below: Below, provisioned: string | undefined): Map<string, Machine> {
  const [workspace, cluster] = provisioned?.split("/") ?? [];
  return new Map(
    below(`${MACHINES}${workspace}/`).flatMap(({ key, of }): [string, Machine][] => {
      if (text(of[MACHINE.cluster]) !== cluster) return [];
      const phase = text(of[MACHINE.phase]);
      const by = text(of[MACHINE.kind]) === "CustomMachine" ? "command" : "pool";
      const isDeleted = of[DELETED] !== undefined || phase === "Deleting";
      const isMade = phase === "Pending" || phase === "Provisioning";
      return [[key, { name: text(of[MACHINE.node]) ?? idOf(key), by, ...busy(isDeleted, isMade && by === "pool") }]];
    }),
  );
}

function busy(isDeleted: boolean, isMade: boolean): Pick<Machine, "busy"> {
  if (isDeleted) return { busy: "being-deleted" };
  return isMade ? { busy: "being-made" } : {};
}

/** Conditions that are neither true nor false: Rancher is at it. */
function runningConditions(of: Answer["opened"], types: string[]): string[] {
  const statuses = of[CONDITIONS.status] ?? [];
  return (of[CONDITIONS.type] ?? []).flatMap((type, at) =>
    types.includes(String(type)) && statuses[at] === "Unknown" ? [String(type)] : [],
  );
}

/** By the condition Connected; Rancher has written only Ready before there was one. */
function isConnected(of: Answer["opened"]): boolean {
  const types = of[CONDITIONS.type] ?? [];
  const at = types.includes("Connected") ? types.indexOf("Connected") : types.indexOf("Ready");
  return of[CONDITIONS.status]?.[at] !== "False";
}

/** By a phase of a control plane (rancher/rancher pkg/apis/rke.cattle.io/v1). */
function isUnderWay(phase: unknown[] | undefined): boolean {
  const said = text(phase);
  return said !== undefined && !/^(done|finished|failed)$/i.test(said);
}

function text(values: unknown[] | undefined): string | undefined {
  const [one] = values ?? [];
  return typeof one === "string" && one !== "" ? one : undefined;
}
