import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { etcdEndpoint } from "../etcd/endpoint.ts";
import { numberIn } from "../json.ts";
import { OWN_FOLDER } from "../node/ownFolder.ts";
import { asRoot } from "../node/privilege.ts";
import { lineOf, linesOf, script } from "../script.ts";
import { proofValues, SNAPSHOT_FOLDER } from "../snapshot/proof.ts";

/** What an etcd host can give to a safety copy; sizes in KiB. */
export interface EtcdSource {
  /** The revision of the member that answers; undefined where none does. It need not be in a quorum. */
  revision?: bigint;
  size: number;
  dataSize: number;
  /** When the database was last written, seconds since 1970; 0 where there is none. */
  writtenAt: number;
  snapshots: Disk;
  /** Where etcd's data lie; undefined where there are none. */
  etcd?: Disk;
  own: Disk;
}

/** What is free where a folder is or will be, KiB. Folders on one file system share that. */
export interface Disk {
  /** The folder, or the one above it where it is not there yet. */
  path: string;
  room: number;
  fileSystem: string;
}

type EtcdHost = Pick<ClusterNode, "address" | "internalAddress" | "prefixPath">;

const source = script(import.meta.dirname, "source.sh");
const liveCopy = script(import.meta.dirname, "liveCopy.sh");
const coldCopy = script(import.meta.dirname, "coldCopy.sh");

export function sourceScript(node: EtcdHost): string {
  const folders = { folder: SNAPSHOT_FOLDER, own: OWN_FOLDER };
  return asRoot(source({ ...folders, endpoint: etcdEndpoint(node), prefix_path: node.prefixPath ?? "" }));
}

/** It cannot be written there. */
const NO_DISK: Disk = { path: SNAPSHOT_FOLDER, room: 0, fileSystem: "" };

export function parseSource(printed: string): EtcdSource {
  const number = (kind: string) => Number(lineOf(printed, kind) ?? 0);
  const disks = linesOf(printed, "disk").map((line) => /^(\S+) (\d+) (\S+) (.+)$/.exec(line) ?? []);
  const disk = (kind: string): Disk | undefined => {
    const [, , room, fileSystem = "", path = ""] = disks.find(([, of]) => of === kind) ?? [];
    return room === undefined ? undefined : { path, room: Number(room), fileSystem };
  };
  const etcd = disk("etcd");
  const revision = numberIn(lineOf(printed, "etcd") ?? "", "revision");
  return {
    ...(revision !== undefined && { revision: BigInt(revision) }),
    size: number("size"),
    dataSize: number("data"),
    writtenAt: number("written"),
    snapshots: disk("snapshots") ?? NO_DISK,
    own: disk("own") ?? NO_DISK,
    ...(etcd && { etcd }),
  };
}

export interface CopyArgs {
  name: string;
  /** RKE's state file comes on standard input, and goes into a zip with the snapshot; without it the copy is plain. */
  withState: boolean;
}

export function liveCopyScript(node: EtcdHost, args: CopyArgs): string {
  return asRoot(liveCopy({ ...copyValues(node, args), endpoint: etcdEndpoint(node) }));
}

export function coldCopyScript(node: EtcdHost, args: CopyArgs): string {
  return asRoot(coldCopy({ ...copyValues(node, args), evidence: OWN_FOLDER }));
}

function copyValues({ prefixPath = "" }: EtcdHost, { name, withState }: CopyArgs) {
  return { ...proofValues({ name }), prefix_path: prefixPath, with_state: withState ? "yes" : "no" };
}

/** The member whose copy holds most: the newest revision of those that answer, else the database written last. */
export function bestSource<T>(sources: { node: T; source: EtcdSource }[]): { node: T; live: boolean } | undefined {
  const revision = ({ source }: { source: EtcdSource }) => source.revision ?? -1n;
  const [newest] = sources.toSorted((one, other) => (revision(one) > revision(other) ? -1 : 1));
  if (newest && revision(newest) >= 0n) return { node: newest.node, live: true };
  const cold = sources.filter(({ source }) => source.writtenAt > 0);
  const [last] = cold.toSorted((one, other) => other.source.writtenAt - one.source.writtenAt);
  return last && { node: last.node, live: false };
}
