import { freezeNode, type LabCluster, ssh, startNode, stopNode, thawNode } from "../cluster/cluster.ts";
import { attempt } from "../machine/process.ts";
import type { Outcome } from "./outcome.ts";

/** What a fault acts on. */
interface Target {
  cluster: LabCluster;
  /** Kills what rolls back. */
  kill: () => void;
}

/** One way in which a rollback is disturbed. */
export interface Fault {
  id: string;
  /** What happens, as the table says it. */
  title: string;
  way: Outcome["way"];
  /** The line of the running step at which it happens; before `up` where there is none. */
  at?: string;
  inject: (target: Target) => Promise<void> | void;
  /** What the operator does about it before the next try. */
  lift?: (cluster: LabCluster) => Promise<void>;
}

/** The node that is hit. */
const HIT = "node3";

const [PREPARE, STOP] = ["beside the data of etcd on", "stopping etcd on"];
const [EXCHANGE, START] = ["exchanging the data of etcd on", "starting etcd on"];
const CONTROL_PLANES = "starting the control planes";
const BEFORE_WIPE = "Checking if all snapshots are identical";
const [WIPE, RESTORING] = ["the point of no return is passed", "Restoring ["];
const BARE_WIPE = "Cleaning up host [";
const [ETCD_PLANE, CONTROLLERS] = ["Building up etcd plane", "Building up Controller Plane"];

const onHit = async (cluster: LabCluster, command: string) => void (await ssh(cluster, HIT, command));

type Kind = Pick<Fault, "title" | "inject" | "lift">;

const kill: Kind = {
  title: "program, engine and step are killed",
  inject: ({ kill }) => kill(),
};
const powerOff: Kind = {
  title: `${HIT} loses its power, and is on again before the next try`,
  inject: ({ cluster }) => stopNode(cluster, HIT),
  lift: async (cluster) => void (await startNode(cluster, HIT)),
};
const freeze: Kind = {
  title: `${HIT} freezes, and is thawed before the next try`,
  inject: ({ cluster }) => freezeNode(cluster, HIT),
  lift: (cluster) => thawNode(cluster, HIT),
};
const slow = frozenFor("a minute", 60_000);
/** RKE v1.8.0 was seen to print nothing for the seven minutes that a node was frozen, after a first time-out of 50 s. */
const stalled = frozenFor("five minutes", 5 * 60_000);
const drop: Kind = {
  title: `packets between the operator and ${HIT} are dropped`,
  inject: async ({ cluster }) => void (await route("add", cluster)),
  lift: async (cluster) => void (await route("del", cluster)),
};
const cannotStart: Kind = {
  title: `the etcd container of ${HIT} cannot be started`,
  inject: ({ cluster }) => onHit(cluster, "docker rename etcd etcd-away"),
  lift: (cluster) => onHit(cluster, "docker rename etcd-away etcd"),
};
const paused: Kind = {
  title: `the etcd container of ${HIT} freezes and does not stop by itself`,
  inject: ({ cluster }) => onHit(cluster, "docker pause etcd"),
  lift: (cluster) => onHit(cluster, "docker unpause etcd || true"),
};
const full: Kind = {
  title: `the disk of ${HIT} has no room for the restored data`,
  inject: ({ cluster }) =>
    onHit(
      cluster,
      "mkdir -p /var/lib/etcd/.rancher-rollback && mount -t tmpfs -o size=1m none /var/lib/etcd/.rancher-rollback",
    ),
  lift: (cluster) => onHit(cluster, "umount /var/lib/etcd/.rancher-rollback"),
};

/** Every fault, in the order in which they are tried. */
export const FAULTS: Fault[] = [
  ...faults("in-place", "kill", kill, [PREPARE, STOP, EXCHANGE, START, CONTROL_PLANES]),
  ...faults("in-place", "power", powerOff, [PREPARE, EXCHANGE, START]),
  ...faults("in-place", "freeze", freeze, [STOP]),
  ...faults("in-place", "slow", slow, [EXCHANGE]),
  ...faults("in-place", "drop", drop, [EXCHANGE]),
  ...faults("in-place", "paused", paused, [STOP]),
  ...faults("in-place", "cannot-start", cannotStart, [EXCHANGE]),
  { id: "in-place-full", way: "in-place", ...full },
  ...faults("rke", "kill", kill, [BEFORE_WIPE, WIPE, RESTORING, CONTROLLERS]),
  ...faults("rke", "power", powerOff, [BEFORE_WIPE, WIPE, ETCD_PLANE]),
  ...faults("rke", "freeze", stalled, [RESTORING]),
  ...faults("rke", "slow", slow, [WIPE]),
  ...faults("rke", "drop", drop, [WIPE]),
  ...faults("bare-rke", "kill", { ...kill, title: "RKE is killed" }, [BEFORE_WIPE, BARE_WIPE, RESTORING, CONTROLLERS]),
  ...faults("bare-rke", "power", powerOff, [BEFORE_WIPE, BARE_WIPE, ETCD_PLANE]),
  ...faults("bare-rke", "freeze", stalled, [RESTORING]),
  ...faults("bare-rke", "slow", slow, [BARE_WIPE]),
  ...faults("bare-rke", "drop", drop, [BARE_WIPE]),
];

function frozenFor(words: string, ms: number): Kind {
  return {
    title: `${HIT} freezes for ${words}, then continues`,
    inject: async ({ cluster }) => {
      await freezeNode(cluster, HIT);
      setTimeout(() => void thawNode(cluster, HIT).catch(() => {}), ms);
    },
    lift: (cluster) => thawNode(cluster, HIT).catch(() => {}),
  };
}

function faults(way: Fault["way"], name: string, kind: Kind, lines: string[]): Fault[] {
  return lines.map((at, index) => ({ id: `${way}-${name}-${index + 1}`, way, at, ...kind }));
}

async function route(action: "add" | "del", { nodes }: LabCluster): Promise<void> {
  const address = nodes.find(({ name }) => name === HIT)?.address;
  await attempt("ip", ["route", action, "blackhole", `${address}/32`]);
}
