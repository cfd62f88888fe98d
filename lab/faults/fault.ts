import type { InPlacePhase, StepEvent } from "../../messages/stepEvents.ts";
import { freezeNode, type LabCluster, ssh, startNode, stopNode, thawNode } from "../cluster/cluster.ts";
import { attempt } from "../machine/process.ts";
import type { Outcome } from "./outcome.ts";

interface Target {
  cluster: LabCluster;
  kill: () => void;
}

/** A moment of a rollback: what a step says of itself, or, where RKE alone knows, the line that it logs. */
type Moment = "wiping" | { phase: InPlacePhase } | { line: string };

/** @param said a line of the running step, or what the step says of itself. */
export function isAt(at: Moment, said: StepEvent | string): boolean {
  if (typeof said === "string") return at !== "wiping" && "line" in at && said.includes(at.line);
  if (at === "wiping") return said.event === "wiping";
  return "phase" in at && said.event === "phase" && said.phase === at.phase;
}

/** A moment, as the table says it. */
export function momentText(at: Moment | undefined): string {
  if (at === undefined) return "before it begins";
  if (at === "wiping") return "the point of no return is passed";
  return "line" in at ? at.line : at.phase.replaceAll("-", " ");
}

export interface Fault {
  id: string;
  /** What happens, as the table says it. */
  title: string;
  way: Outcome["way"];
  /** When it happens; before `up` where there is none. */
  at?: Moment;
  inject: (target: Target) => Promise<void> | void;
  /** What the operator does about it before the next try. */
  lift?: (cluster: LabCluster) => Promise<void>;
}

const HIT = "node3";

const [PREPARE, STOP] = [{ phase: "preparing" }, { phase: "stopping-etcd" }] as const;
const [EXCHANGE, START] = [{ phase: "exchanging" }, { phase: "starting-etcd" }] as const;
const CONTROL_PLANES = { phase: "starting-control-planes" } as const;
const WIPE = "wiping";
// RKE v1.8.0's own lines.
const BEFORE_WIPE = { line: "Checking if all snapshots are identical" };
const [BARE_WIPE, RESTORING] = [{ line: "Cleaning up host [" }, { line: "Restoring [" }];
const [ETCD_PLANE, CONTROLLERS] = [{ line: "Building up etcd plane" }, { line: "Building up Controller Plane" }];

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

function faults(way: Fault["way"], name: string, kind: Kind, moments: Moment[]): Fault[] {
  return moments.map((at, index) => ({ id: `${way}-${name}-${index + 1}`, way, at, ...kind }));
}

async function route(action: "add" | "del", { nodes }: LabCluster): Promise<void> {
  const address = nodes.find(({ name }) => name === HIT)?.address;
  await attempt("ip", ["route", action, "blackhole", `${address}/32`]);
}
