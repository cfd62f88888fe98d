import { satisfies } from "semver";
import { isSame, type RestoreRecord, type RestoreRequest } from "../history/restores.ts";
import { silentDocker } from "../node/dockerAnswers.ts";
import { isV01, type RkeVersion } from "../rke/version.ts";
import { wholeMib } from "../text.ts";
import type { IncompleteNode } from "./controlPlane.ts";
import {
  aboutOf,
  answered,
  type ExchangeState,
  etcdArgument,
  exchangeState,
  type HostReading,
  type InPlaceFacts,
  takenFrom,
} from "./facts.ts";
import type { StateContent } from "./stateContent.ts";
import type { Reason, RestoreWith, Way } from "./way.ts";

/** How etcd is restored, and why so. */
export interface Decision {
  way: Way;
  reasons: Reason[];
  /** The exchange that an earlier run has begun on some host: it is to be finished. */
  resume?: string;
  /** The exchange whose old data `rename-back` puts back. */
  from?: string;
  /** In place is demanded, and impossible for these reasons: nothing may be restored. */
  impossible?: Reason[];
}

export interface DecisionArgs {
  restoreWith: RestoreWith;
  asked: RestoreRequest;
  rke: RkeVersion;
  /** Names of the nodes that replacement nodes take the place of. */
  replaced: string[];
  /** Every etcd host of the cluster file. */
  hosts: HostReading[];
  /** The nodes of the cluster file that lack containers: these could not be started again. */
  incomplete: IncompleteNode[];
  records: RestoreRecord[];
  /** The size of the snapshot itself, unpacked; absent where that is not known yet. */
  snapshotBytes?: number;
  /** RKE's state file beside the cluster file; absent where there is none. */
  localState?: StateContent;
}

/** etcd keeps a log of 64 MB beside its data, and what else is written during the restore must fit, too. */
const SPARE_KIB = 256 * 1024;
/**
 * A member of these releases that is killed can come up with other data than its peers, and the old data are the way back.
 * RKE's own restore gives it time to stop.
 */
const UNSAFE_TO_KILL = ">=3.5.0 <3.5.3";
/** These have no `endpoint hashkv`, by which every member proves what it serves once the data are exchanged. */
const NO_HASH = "<3.3.0";

/**
 * How etcd is restored. The preview and the step that restores ask the same question; only what the hosts answer may differ.
 * An exchange that an earlier run has begun is finished, whatever else rules out a new one.
 */
export function decideWay(args: DecisionArgs): Decision {
  const { restoreWith, hosts } = args;
  const begun = unfinishedExchange(args);
  if (begun) return begun;
  if (restoreWith === "rke") return { way: "rke", reasons: [{ kind: "asked-for", restoreWith }] };
  const back = renameBack(args);
  if (back) return back;
  const against: Reason[] = [
    ...forRke(args),
    ...hosts.flatMap(({ node, facts }): Reason[] =>
      "unreachable" in facts
        ? [{ kind: "host-not-read", node, why: facts.unreachable.message }]
        : ofHost(node, facts, args),
    ),
    ...args.incomplete.map((one) => ({ kind: "component-missing" as const, ...one })),
    ...differences(hosts),
    ...ofStates(args),
  ];
  if (against.length === 0) return { way: "in-place", reasons: [whyInPlace(hosts)] };
  if (restoreWith === "auto") return { way: "rke", reasons: against };
  return { way: "in-place", reasons: [{ kind: "asked-for", restoreWith }], impossible: against };
}

/** Whether the restored data can get a revision that no watcher has seen: then nothing but etcd and the API restarts. */
export function bumpsRevision(hosts: HostReading[]): boolean {
  return hosts.length > 0 && hosts.every(({ facts }) => "container" in facts && facts.tool?.bumpsRevision === true);
}

/** The old data that exchanges have kept on a host. RKE's own restore deletes it with all of etcd's data directory. */
interface OldData {
  node: string;
  id: string;
  /** When it was kept, ISO 8601; absent where that is not known. */
  at?: string;
  /** By a rename back that was cut off: they are put where they were, however old they are. */
  taken?: true;
}

export function oldDataOn(hosts: HostReading[]): OldData[] {
  return answered(hosts).flatMap(({ node, facts: { exchanges } }) =>
    exchanges
      .filter((exchange) => exchange.hasOld || takenFrom(exchange) !== undefined)
      .map(({ id, hasOld, about }) => ({
        ...{ node, id, ...(about && { at: about.startedAt }) },
        ...(!hasOld && { taken: true as const }),
      })),
  );
}

/** A restore in place that was begun, and that some host has gone through: another way would leave the hosts apart. */
function unfinishedExchange({ asked, hosts, records }: DecisionArgs): Decision | undefined {
  const last = records.at(-1);
  if (!last?.inPlace || last.finishedAt !== undefined || !isSame(last, asked)) return undefined;
  const { id } = last.inPlace;
  const gone = statesOf(hosts, id).filter(({ state }) => state === "half" || state === "exchanged");
  if (gone.length === 0) return undefined;
  const reasons: Reason[] = [{ kind: "exchange-begun", nodes: gone.map(({ node }) => node) }];
  const about = aboutOf(answered(hosts), id);
  return { way: about?.way ?? "in-place", reasons, resume: id, ...(about?.from && { from: about.from }) };
}

/**
 * The snapshot is the safety copy of the last restore, which was in place: all the old data are still there, or in an
 * earlier rename back that was cut off, which puts them where they were before the next one begins.
 */
function renameBack(args: DecisionArgs): Decision | undefined {
  const { asked, hosts, records, replaced, incomplete } = args;
  const last = records.findLast((record) => !hasLeftNothing(record, hosts));
  if (!last?.inPlace || last.safetyCopy?.name !== asked.snapshot) return undefined;
  if (replaced.length > 0 || incomplete.length > 0) return undefined;
  const { id } = last.inPlace;
  const found = answered(hosts);
  if (hosts.length === 0 || found.length < hosts.length || found.some(({ facts }) => !facts.container))
    return undefined;
  const hasOld = (facts: InPlaceFacts) =>
    exchangeState(facts, id) === "exchanged" || facts.exchanges.some((exchange) => takenFrom(exchange) === id);
  if (!found.every(({ facts }) => hasOld(facts))) return undefined;
  // Data of a member more would be healthy, and never what is expected of these hosts.
  const members = aboutOf(found, id)?.before?.members;
  if (members !== undefined && members !== hosts.length) return undefined;
  if (ofStates(args).length > 0) return undefined;
  const reasons: Reason[] = [{ kind: "old-data-kept", snapshot: last.snapshot, hosts: hosts.length }];
  return { way: "rename-back", reasons, from: id };
}

/** A restore in place that no host has gone through, or that was put back on all: the one before it is still the last one. */
function hasLeftNothing({ inPlace, finishedAt }: RestoreRecord, hosts: HostReading[]): boolean {
  return (
    inPlace !== undefined &&
    finishedAt === undefined &&
    statesOf(hosts, inPlace.id).every(({ state }) => state === "none" || state === "prepared")
  );
}

export function statesOf(hosts: HostReading[], id: string): { node: string; state: ExchangeState | "unreachable" }[] {
  return hosts.map(({ node, facts }) => ({
    node,
    state: "unreachable" in facts ? "unreachable" : exchangeState(facts, id),
  }));
}

function forRke({ rke, replaced }: DecisionArgs): Reason[] {
  return [
    ...replaced.map((node) => ({ kind: "node-replaced" as const, node })),
    ...(isV01(rke) ? [{ kind: "rke-without-state" as const, rke: rke.text }] : []),
  ];
}

function ofHost(node: string, facts: InPlaceFacts, { snapshotBytes = 0 }: DecisionArgs): Reason[] {
  const { dockerSaid, container, dataDir, hasMember, mounts, tool, freeKiB } = facts;
  if (dockerSaid !== undefined) return [{ kind: "host-not-read", node, why: silentDocker(node, dockerSaid).message }];
  if (!container) return [{ kind: "no-container", node }];
  if (dataDir === undefined || !hasMember) return [{ kind: "no-data", node }];
  // The snapshot is unpacked and restored beside the data.
  const neededKiB = 2 * Math.ceil(snapshotBytes / 1024) + SPARE_KIB;
  const inside = etcdArgument(container, "data-dir")?.replace(/\/$/, "");
  const wal = etcdArgument(container, "wal-dir");
  const noRoom = { kind: "no-room" as const, node, path: dataDir };
  const unnamed = ["name", "initial-advertise-peer-urls"].filter((key) => !etcdArgument(container, key));
  return [
    ...(inside === "/var/lib/rancher/etcd"
      ? []
      : [{ kind: "data-elsewhere" as const, node, ...(inside !== undefined && { path: inside }) }]),
    ...(wal === undefined ? [] : [{ kind: "log-elsewhere" as const, node, path: wal }]),
    ...unnamed.map((argument) => ({ kind: "argument-missing" as const, node, argument })),
    ...mounts.map((path) => ({ kind: "mount" as const, node, path })),
    ...(tool ? [] : [{ kind: "no-restore-tool" as const, node, image: container.image }]),
    ...(tool && satisfies(tool.version, NO_HASH) ? [{ kind: "no-hash" as const, node, version: tool.version }] : []),
    ...(tool && satisfies(tool.version, UNSAFE_TO_KILL)
      ? [{ kind: "unsafe-to-kill" as const, node, version: tool.version }]
      : []),
    ...(freeKiB >= neededKiB ? [] : [{ ...noRoom, freeMiB: wholeMib(freeKiB), neededMiB: wholeMib(neededKiB) }]),
  ];
}

function differences(hosts: HostReading[]): Reason[] {
  const one = (
    what: Extract<Reason, { kind: "hosts-differ" }>["what"],
    of: (facts: InPlaceFacts) => string | undefined,
  ): Reason[] => {
    const values = new Set(answered(hosts).flatMap(({ facts }) => of(facts) ?? []));
    return values.size > 1 ? [{ kind: "hosts-differ", what, values: [...values] }] : [];
  };
  return [
    ...one("etcd-image", ({ container }) => container?.image),
    ...one("restore-tool", toolOf),
    ...one("kubernetes-image", ({ kubernetesImage }) => kubernetesImage),
  ];
}

function toolOf({ tool }: InPlaceFacts): string | undefined {
  return tool && `${tool.name} ${tool.version}`;
}

/** RKE's own restore would bring back what the snapshot's state file has; in place, what runs now stays. */
function ofStates({ hosts, localState }: DecisionArgs): Reason[] {
  const found = answered(hosts).flatMap(({ facts }): Reason[] => {
    const { snapshotState: state, kubernetesImage: running, dockerSaid } = facts;
    return state === undefined || state === "none"
      ? []
      : [
          ...(dockerSaid !== undefined || isSameKubernetes(state, running) ? [] : [otherKubernetes(state, running)]),
          ...(localState ? changed(state, localState) : [{ kind: "no-local-state" as const }]),
        ];
  });
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
}

function otherKubernetes({ kubernetesVersion: holds }: StateContent, runs: string | undefined): Reason {
  return { kind: "other-kubernetes", ...(holds !== undefined && { holds }), ...(runs !== undefined && { runs }) };
}

function changed(inside: StateContent, now: StateContent): Reason[] {
  const keys = { ca: "ca", serviceAccountKey: "service-account", encryption: "encryption" } as const;
  return (Object.keys(keys) as (keyof typeof keys)[]).flatMap((key) =>
    inside[key] === now[key] ? [] : [{ kind: "key-changed", key: keys[key] }],
  );
}

/** By the image, whose tag is RKE's own; where the state file does not name it, by the release. */
function isSameKubernetes({ kubernetesImage, kubernetesVersion }: StateContent, running: string | undefined): boolean {
  const tag = (image: string) => image.replace(/^.*:/, "");
  if (running === undefined) return false;
  if (kubernetesImage !== undefined) return tag(kubernetesImage) === tag(running);
  return kubernetesVersion?.split("-")[0] === tag(running).split("-")[0];
}

function whyInPlace(hosts: HostReading[]): Reason {
  const [tool = ""] = answered(hosts).flatMap(({ facts }) => toolOf(facts) ?? []);
  return { kind: "hosts-ready", hosts: hosts.length, tool };
}
