import { satisfies } from "semver";
import { isSame, type RestoreRecord, type RestoreRequest } from "../history/restores.ts";
import { type Problem, setRemedy } from "../problem.ts";
import { type RkeVersion, wipesUnannounced } from "../rke/version.ts";
import {
  EXCHANGE_FOLDER,
  type ExchangeState,
  etcdArgument,
  exchangeState,
  type HostReading,
  type InPlaceFacts,
} from "./facts.ts";
import type { StateContent } from "./stateContent.ts";

/** What the operator asks for. */
export const RESTORE_WITH = ["auto", "in-place", "rke"] as const;
export type RestoreWith = (typeof RESTORE_WITH)[number];

/** How etcd goes back: restored beside its data and exchanged, the old data renamed back, or RKE's own restore. */
export const WAYS = ["in-place", "rename-back", "rke"] as const;
export type Way = (typeof WAYS)[number];

/** How etcd goes back, and why so. */
export interface Decision {
  way: Way;
  /** A sentence each, without a full stop: why it is this way, for `rke` why it is not in place. */
  reasons: string[];
  /** The exchange that an earlier run has begun on some host: it is to be finished. */
  resume?: string;
  /** Of `rename-back`: the exchange whose old data go back. */
  from?: string;
  /** In place is demanded, and impossible: nothing may be restored. */
  problem?: Problem;
}

export interface DecisionArgs {
  restoreWith: RestoreWith;
  asked: RestoreRequest;
  rke: RkeVersion;
  /** Names of the nodes that replacement nodes take the place of. */
  replaced: string[];
  /** Every etcd host of the cluster file. */
  hosts: HostReading[];
  /** What the cluster remembers, oldest first. */
  records: RestoreRecord[];
  /** Of the snapshot itself, unpacked; absent where that is not known yet. */
  snapshotBytes?: number;
  /** RKE's state file beside the cluster file; absent where there is none. */
  localState?: StateContent;
}

/** etcd keeps a log of 64 MB beside its data, and what else is written meanwhile must fit, too. */
const SPARE_KIB = 256 * 1024;
/**
 * A member of these releases that is killed can come up with other data than its peers, and the old data are the way back.
 * RKE's own restore gives it time to stop.
 */
const UNSAFE_TO_KILL = ">=3.5.0 <3.5.3";

/**
 * How etcd goes back. The preview and the step that restores ask the same question; only what the hosts answer may differ.
 * An exchange that an earlier run has begun is finished, whatever else rules out a new one.
 */
export function decideWay(args: DecisionArgs): Decision {
  const { restoreWith, hosts } = args;
  const begun = unfinishedExchange(args);
  if (begun) return begun;
  if (restoreWith === "rke") return { way: "rke", reasons: ["restoreWith is rke"] };
  const back = renameBack(args);
  if (back) return back;
  const against = [
    ...forRke(args),
    ...hosts.flatMap(({ node, facts }) =>
      "unreachable" in facts ? [facts.unreachable.message] : ofHost(node, facts, args),
    ),
    ...differences(hosts),
    ...ofStates(args),
  ];
  if (against.length === 0) return { way: "in-place", reasons: [whyInPlace(hosts)] };
  if (restoreWith === "auto") return { way: "rke", reasons: against };
  return { way: "in-place", reasons: ["restoreWith is in-place"], problem: impossible(against) };
}

/** Whether the restored data get a revision that no watcher has seen: then nothing but etcd and the API restarts. */
export function bumpsRevision(hosts: HostReading[]): boolean {
  return hosts.length > 0 && hosts.every(({ facts }) => "container" in facts && facts.tool?.bumpsRevision === true);
}

/** The old data that exchanges have kept on a host. RKE's own restore deletes it with all of etcd's data directory. */
export interface OldData {
  node: string;
  id: string;
  path: string;
  kib: number;
  /** When it was kept, ISO 8601; absent where that is not known. */
  at?: string;
}

export function oldDataOn(hosts: HostReading[]): OldData[] {
  return hosts.flatMap(({ node, facts }) =>
    "unreachable" in facts
      ? []
      : facts.exchanges.flatMap(({ id, hasOld, oldKiB, about }) =>
          hasOld
            ? [
                {
                  ...{ node, id, kib: oldKiB, path: oldDataPath(facts.dataDir ?? "", id) },
                  ...(about && { at: about.startedAt }),
                },
              ]
            : [],
        ),
  );
}

/** Where an exchange keeps the old data. */
export function oldDataPath(dataDir: string, id: string): string {
  return `${dataDir}/${EXCHANGE_FOLDER}/${id}/old/member`;
}

/** A restore in place that was begun, and that some host has gone through: another way would leave the hosts apart. */
function unfinishedExchange({ asked, hosts, records }: DecisionArgs): Decision | undefined {
  const last = records.at(-1);
  if (!last?.inPlace || last.finishedAt !== undefined || !isSame(last, asked)) return undefined;
  const { id } = last.inPlace;
  const gone = statesOf(hosts, id).filter(({ state }) => state === "half" || state === "exchanged");
  if (gone.length === 0) return undefined;
  const nodes = gone.map(({ node }) => node).join(", ");
  const reasons = [`an earlier run has begun to exchange the data of etcd: ${nodes}`];
  const [about] = hosts.flatMap(({ facts }) =>
    "unreachable" in facts ? [] : facts.exchanges.flatMap((one) => (one.id === id && one.about) || []),
  );
  return { way: about?.way ?? "in-place", reasons, resume: id, ...(about?.from && { from: about.from }) };
}

/** The snapshot is the safety copy of the last restore, which was in place: all the old data are still there. */
function renameBack(args: DecisionArgs): Decision | undefined {
  const { asked, hosts, records, replaced } = args;
  const last = records.findLast((record) => !hasLeftNothing(record, hosts));
  if (!last?.inPlace || last.safetyCopy?.name !== asked.snapshot || replaced.length > 0) return undefined;
  const { id } = last.inPlace;
  const states = statesOf(hosts, id);
  if (states.length === 0 || states.some(({ state }) => state !== "exchanged")) return undefined;
  if (ofStates(args).length > 0) return undefined;
  const reason = `the old data of the restore of ${last.snapshot} are on all ${states.length} etcd hosts`;
  return { way: "rename-back", reasons: [reason], from: id };
}

/** A restore in place that failed and was put back on every host: the one before it is still the last one. */
function hasLeftNothing({ inPlace, finishedAt }: RestoreRecord, hosts: HostReading[]): boolean {
  return (
    inPlace !== undefined &&
    finishedAt === undefined &&
    statesOf(hosts, inPlace.id).every(({ state }) => state === "none")
  );
}

function statesOf(hosts: HostReading[], id: string): { node: string; state: ExchangeState | "unreachable" }[] {
  return hosts.map(({ node, facts }) => ({
    node,
    state: "unreachable" in facts ? "unreachable" : exchangeState(facts, id),
  }));
}

function forRke({ rke, replaced }: DecisionArgs): string[] {
  return [
    ...replaced.map((node) => `${node} is replaced: RKE sets up the new node`),
    ...(wipesUnannounced(rke) ? [`RKE ${rke.text} keeps no state file that could be compared`] : []),
  ];
}

function ofHost(node: string, facts: InPlaceFacts, { snapshotBytes = 0 }: DecisionArgs): string[] {
  const { container, dataDir, hasMember, mounts, tool, freeKiB } = facts;
  if (!container) return [`${node}: there is no container etcd`];
  if (dataDir === undefined || !hasMember) return [`${node}: there are no data of etcd`];
  // The snapshot is unpacked and restored beside the data.
  const neededKiB = 2 * Math.ceil(snapshotBytes / 1024) + SPARE_KIB;
  const inside = etcdArgument(container, "data-dir")?.replace(/\/$/, "");
  const wal = etcdArgument(container, "wal-dir");
  const unnamed = ["name", "initial-advertise-peer-urls"].filter((key) => !etcdArgument(container, key));
  return [
    ...(inside === "/var/lib/rancher/etcd" ? [] : [`${node}: etcd keeps its data in ${inside ?? "an unknown place"}`]),
    ...(wal === undefined ? [] : [`${node}: etcd keeps its log in ${wal}`]),
    ...unnamed.map((key) => `${node}: etcd was started without --${key}`),
    ...mounts.map((path) => `${node}: ${path} is a mount or a link, which cannot be exchanged by rename`),
    ...(tool ? [] : [`${node}: nothing in ${container.image} restores a snapshot`]),
    ...(tool && satisfies(tool.version, UNSAFE_TO_KILL)
      ? [`${node}: etcd ${tool.version} can lose data when it is stopped at once (etcd#13766)`]
      : []),
    ...(freeKiB >= neededKiB
      ? []
      : [
          `${node}: there are ${mib(freeKiB)} in ${dataDir}, ${mib(neededKiB)} are needed for the data beside the data`,
        ]),
  ];
}

function differences(hosts: HostReading[]): string[] {
  const one = (what: string, of: (facts: InPlaceFacts) => string | undefined) => {
    const values = new Set(hosts.flatMap(({ facts }) => ("unreachable" in facts ? [] : (of(facts) ?? []))));
    return values.size > 1 ? [`the etcd hosts have different ${what}: ${[...values].join(", ")}`] : [];
  };
  return [
    ...one("images of etcd", ({ container }) => container?.image),
    ...one("programs that restore", ({ tool }) => tool && `${tool.name} ${tool.version}`),
    ...one("versions of Kubernetes", ({ kubernetesImage }) => kubernetesImage),
  ];
}

/** RKE's own restore would bring back what the snapshot's state file has; in place, what runs now stays. */
function ofStates({ hosts, localState }: DecisionArgs): string[] {
  const inside = hosts.flatMap(({ node, facts }) =>
    "unreachable" in facts || !facts.snapshotState || facts.snapshotState === "none"
      ? []
      : [{ node, state: facts.snapshotState, running: facts.kubernetesImage }],
  );
  const found = inside.flatMap(({ state, running }) => [
    ...(isSameKubernetes(state, running)
      ? []
      : [
          `the snapshot is of Kubernetes ${state.kubernetesVersion ?? "of an unknown version"}, ${running ?? "none"} runs`,
        ]),
    ...(localState ? changed(state, localState) : ["there is no state file of RKE to compare the snapshot's with"]),
  ]);
  return [...new Set(found)];
}

function changed(inside: StateContent, now: StateContent): string[] {
  const what: [keyof StateContent, string][] = [
    ["ca", "the cluster's CA"],
    ["serviceAccountKey", "the key that signs tokens of service accounts"],
    ["encryption", "the keys that encrypt secrets in etcd"],
  ];
  return what.flatMap(([key, name]) =>
    inside[key] === now[key] ? [] : [`since the snapshot was saved, ${name} changed: RKE brings back the earlier one`],
  );
}

/** By the image, whose tag is RKE's own; where the state file does not name it, by the release. */
function isSameKubernetes({ kubernetesImage, kubernetesVersion }: StateContent, running: string | undefined): boolean {
  const tag = (image: string) => image.replace(/^.*:/, "");
  if (running === undefined) return false;
  if (kubernetesImage !== undefined) return tag(kubernetesImage) === tag(running);
  return kubernetesVersion?.split("-")[0] === tag(running).split("-")[0];
}

function whyInPlace(hosts: HostReading[]): string {
  const [tool] = hosts.flatMap(({ facts }) => ("unreachable" in facts ? [] : (facts.tool ?? [])));
  const who = hosts.length === 1 ? "the etcd host has" : `all ${hosts.length} etcd hosts have`;
  return `${who} ${tool?.name} ${tool?.version} and room for the data beside the data`;
}

function impossible(against: string[]): Problem {
  return {
    message: `etcd cannot be restored in place: ${against.join("; ")}`,
    remedy: setRemedy("let RKE restore it", "restoreWith", "rke"),
  };
}

function mib(kib: number): string {
  return `${Math.floor(kib / 1024)} MiB`;
}
