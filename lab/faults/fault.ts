import { freezeNode, type LabCluster, ssh, startNode, stopNode, thawNode } from "../cluster/cluster.ts";
import type { Engine } from "../engine/engine.ts";
import { attempt } from "../machine/process.ts";
import { killEngineAndStep } from "../rehearsals/killEngine.ts";

/** What a fault acts on. */
export interface Target {
  cluster: LabCluster;
  engine: Engine;
}

/** One way in which a rollback is disturbed. */
export interface Fault {
  id: string;
  /** What happens, as the table says it. */
  title: string;
  way: "in-place" | "rke";
  /** The line of the running step at which it happens; before `up` where there is none. */
  at?: string;
  inject: (target: Target) => Promise<void> | void;
  /** What the operator does about it before the next `up`. */
  lift?: (target: Target) => Promise<void>;
}

/** The node that is hit. */
export const HIT = "node3";

const [PREPARE, STOP] = ["beside the data of etcd on", "stopping etcd on"];
const [EXCHANGE, START] = ["exchanging the data of etcd on", "starting etcd on"];
const CONTROL_PLANES = "starting the control planes";
const BEFORE_WIPE = "Checking if all snapshots are identical";
const [WIPE, RESTORING] = ["the point of no return is passed", "Restoring ["];
const [ETCD_PLANE, CONTROLLERS] = ["Building up etcd plane", "Building up Controller Plane"];

const onHit = async ({ cluster }: Target, command: string) => void (await ssh(cluster, HIT, command));

type Kind = Pick<Fault, "title" | "inject" | "lift">;

const kill: Kind = {
  title: "program, engine and step are killed",
  inject: ({ engine, cluster }) => killEngineAndStep(engine, cluster),
};
const powerOff: Kind = {
  title: `${HIT} loses its power, and is on again before the next up`,
  inject: ({ cluster }) => stopNode(cluster, HIT),
  lift: async ({ cluster }) => void (await startNode(cluster, HIT)),
};
const freeze: Kind = {
  title: `${HIT} freezes, and is thawed before the next up`,
  inject: ({ cluster }) => freezeNode(cluster, HIT),
  lift: ({ cluster }) => thawNode(cluster, HIT),
};
const slow: Kind = {
  title: `${HIT} freezes for a minute, then continues`,
  inject: async ({ cluster }) => {
    await freezeNode(cluster, HIT);
    setTimeout(() => void thawNode(cluster, HIT).catch(() => {}), 60_000);
  },
  lift: ({ cluster }) => thawNode(cluster, HIT).catch(() => {}),
};
const drop: Kind = {
  title: `packets between the operator and ${HIT} are dropped`,
  inject: async ({ cluster }) => void (await route("add", cluster)),
  lift: async ({ cluster }) => void (await route("del", cluster)),
};
const cannotStart: Kind = {
  title: `the etcd container of ${HIT} cannot be started`,
  inject: (target) => onHit(target, "docker rename etcd etcd-away"),
  lift: (target) => onHit(target, "docker rename etcd-away etcd"),
};
const paused: Kind = {
  title: `the etcd container of ${HIT} freezes and does not stop by itself`,
  inject: (target) => onHit(target, "docker pause etcd"),
  lift: (target) => onHit(target, "docker unpause etcd || true"),
};
const full: Kind = {
  title: `the disk of ${HIT} has no room for the restored data`,
  inject: (target) =>
    onHit(
      target,
      "mkdir -p /var/lib/etcd/.rancher-rollback && mount -t tmpfs -o size=1m none /var/lib/etcd/.rancher-rollback",
    ),
  lift: (target) => onHit(target, "umount /var/lib/etcd/.rancher-rollback"),
};

/** Every fault, in the order in which they are tried. */
export const FAULTS: Fault[] = [
  ...inPlace(kill, "kill", [PREPARE, STOP, EXCHANGE, START, CONTROL_PLANES]),
  ...inPlace(powerOff, "power", [PREPARE, EXCHANGE, START]),
  ...inPlace(freeze, "freeze", [STOP]),
  ...inPlace(slow, "slow", [EXCHANGE]),
  ...inPlace(drop, "drop", [EXCHANGE]),
  ...inPlace(paused, "paused", [STOP]),
  ...inPlace(cannotStart, "cannot-start", [EXCHANGE]),
  { id: "in-place-full", way: "in-place", ...full },
  ...rke(kill, "kill", [BEFORE_WIPE, WIPE, RESTORING, CONTROLLERS]),
  ...rke(powerOff, "power", [BEFORE_WIPE, WIPE, ETCD_PLANE]),
  ...rke(freeze, "freeze", [RESTORING]),
  ...rke(slow, "slow", [WIPE]),
  ...rke(drop, "drop", [WIPE]),
];

function inPlace(kind: Kind, name: string, lines: string[]): Fault[] {
  return lines.map((at, index) => ({ id: `in-place-${name}-${index + 1}`, way: "in-place", at, ...kind }));
}

function rke(kind: Kind, name: string, lines: string[]): Fault[] {
  return lines.map((at, index) => ({ id: `rke-${name}-${index + 1}`, way: "rke", at, ...kind }));
}

async function route(action: "add" | "del", { nodes }: LabCluster): Promise<void> {
  const address = nodes.find(({ name }) => name === HIT)?.address;
  await attempt("ip", ["route", action, "blackhole", `${address}/32`]);
}
