import { z } from "zod";
import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { HISTORY_FOLDER } from "../history/restores.ts";
import { jsonOf } from "../json.ts";
import { asRoot } from "../node/privilege.ts";
import { type HostKeyPolicy, orUnreachable, ssh, type Unreachable } from "../node/ssh.ts";
import { lineOf, linesOf, messagesOf, script } from "../script.ts";
import { SNAPSHOT_FOLDER } from "../snapshot/proof.ts";
import { parseStateContent, type StateContent } from "./stateContent.ts";

/** etcd's container as RKE has made it (RKE v1.8.0 cluster/plan.go, BuildEtcdProcess). */
export interface EtcdContainer {
  /** Docker's word: `running`, `exited`, `restarting`, … */
  status: string;
  imageId: string;
  image: string;
  /** All arguments but the program itself, as `--name=etcd-node1`. */
  args: string[];
}

/** The program in etcd's image that restores a snapshot. */
interface RestoreTool {
  name: "etcdutl" | "etcdctl";
  /** Such as `3.5.21`. */
  version: string;
  /** Whether it has `--bump-revision` and `--mark-compacted`: etcd 3.4.27, 3.5.10 and later. */
  bumpsRevision: boolean;
}

/** What an in-place restore notes beside the data that it exchanges. */
const exchangeAboutSchema = z.object({
  snapshot: z.string(),
  run: z.int(),
  /** ISO 8601. */
  startedAt: z.string(),
  way: z.enum(["in-place", "rename-back"]),
  /** The exchange whose old data a rename back puts back, by its id. */
  from: z.string().optional(),
  /** Whether the revisions of the new data were raised above the live ones: then nothing that watches needs a restart. */
  bumped: z.boolean().optional(),
  /** What the old data are: etcd's cluster id, their revision and how many members they have; absent where etcd did not answer. */
  before: z.object({ clusterId: z.string(), revision: z.string(), members: z.int().optional() }).optional(),
});
export type ExchangeAbout = z.infer<typeof exchangeAboutSchema>;

export interface Exchange {
  /** Also the token of the etcd cluster that the new data are of. */
  id: string;
  /** `new/member` is there: restored, not in use yet. */
  hasNew: boolean;
  /** `old/member` is there: the old data. */
  hasOld: boolean;
  oldKiB: number;
  about?: ExchangeAbout;
}

/** How far an exchange is on a host. */
export type ExchangeState = "none" | "prepared" | "half" | "exchanged";

/** What an etcd host says before an in-place restore. Sizes in KiB. */
export interface InPlaceFacts {
  /** What Docker says instead of an answer; absent where it answers. Of containers and images nothing is known then. */
  dockerSaid?: string;
  /** Absent where there is none, running or not. */
  container?: EtcdContainer;
  /** The data directory's path on the host, without links in it; absent where there is none. */
  dataDir?: string;
  hasMember: boolean;
  /** Free where the data lie. */
  freeKiB: number;
  /** `UID:GID` of `member`, or of the data directory where that is missing. */
  owner: string;
  /** Octal, such as `700`. */
  mode: string;
  /** SELinux's; absent where there is none. */
  label?: string;
  mounts: string[];
  /** Absent where nothing in the image restores. */
  tool?: RestoreTool;
  /** The image of the kubelet that runs here. */
  kubernetesImage?: string;
  exchanges: Exchange[];
  /** RKE's state file in the snapshot's zip; "none" where the snapshot has none, absent where the snapshot is not here. */
  snapshotState?: StateContent | "none";
}

export interface HostReading {
  node: string;
  facts: InPlaceFacts | Unreachable;
}

export function answered(hosts: HostReading[]): { node: string; facts: InPlaceFacts }[] {
  return hosts.flatMap(({ node, facts }) => ("unreachable" in facts ? [] : [{ node, facts }]));
}

const facts = script(import.meta.dirname, "facts.sh");

/** Asks an etcd host, and for what it remembers of restores (parseRestores); changes nothing. */
export function factsScript({ prefixPath = "" }: Pick<ClusterNode, "prefixPath">, snapshot: string): string {
  return asRoot(
    facts({ folder: SNAPSHOT_FOLDER, name: snapshot, prefix_path: prefixPath, remembered: HISTORY_FOLDER }),
  );
}

export async function readHost(
  node: ClusterNode,
  snapshot: string,
  hostKeys: HostKeyPolicy,
  timeoutSeconds: number,
): Promise<HostReading> {
  const asked = ssh({ node, script: factsScript(node, snapshot), hostKeys, timeoutSeconds }).then(parseFacts);
  return { node: node.name, facts: await orUnreachable(asked) };
}

export function parseFacts(printed: string): InPlaceFacts {
  const words = (kind: string) => lineOf(printed, kind)?.split(" ") ?? [];
  const [owner = "", mode = ""] = words("owner");
  const [status, imageId = "", image = ""] = words("etcd");
  const { code: name, values: tool = {} } = messagesOf(printed, "tool")[0] ?? {};
  const lines = ["data", "label", "kubernetes", "state", "docker-said"].map((kind) => lineOf(printed, kind));
  const [dataDir, label, kubernetesImage, state, dockerSaid] = lines;
  return {
    ...(dockerSaid !== undefined && { dockerSaid: dockerSaid.trim() }),
    ...(status !== undefined && { container: { status, imageId, image, args: linesOf(printed, "arg") } }),
    ...(dataDir !== undefined && { dataDir }),
    hasMember: lineOf(printed, "member") === "yes",
    freeKiB: Number(lineOf(printed, "free") ?? 0),
    ...{ owner, mode, ...(label !== undefined && { label }) },
    mounts: linesOf(printed, "mount"),
    ...((name === "etcdutl" || name === "etcdctl") && {
      tool: { name, version: tool.version ?? "", bumpsRevision: tool.bumps === "yes" },
    }),
    ...(kubernetesImage && { kubernetesImage }),
    exchanges: messagesOf(printed, "exchange").map(({ code: id, values }) => {
      const about = exchangeAboutSchema.safeParse(jsonOf(values.about ?? "")).data;
      return {
        id,
        hasNew: values.new === "yes",
        hasOld: values.old === "yes",
        oldKiB: Number(values.old_kib),
        ...(about && { about }),
      };
    }),
    ...(state !== undefined && {
      snapshotState: state === "" ? "none" : parseStateContent(Buffer.from(state, "base64").toString()),
    }),
  };
}

/** The value of an argument of etcd's, such as `name`; undefined where it is not given. */
export function etcdArgument({ args }: EtcdContainer, key: string): string | undefined {
  const given = args.find((arg) => arg.startsWith(`--${key}=`));
  return given?.slice(`--${key}=`.length);
}

/** What is noted beside an exchange's data, by any of these hosts. */
export function aboutOf(hosts: { facts: InPlaceFacts }[], id: string): ExchangeAbout | undefined {
  return hosts.flatMap(({ facts }) => facts.exchanges.find((exchange) => exchange.id === id)?.about ?? [])[0];
}

/** The exchange whose old data a rename back has taken, where it was cut off before it put them into use. */
export function takenFrom({ hasNew, about }: Exchange): string | undefined {
  return hasNew ? about?.from : undefined;
}

/** How far one exchange is on a host: it is read from what is there, not from a note of what was meant. */
export function exchangeState({ exchanges, hasMember }: InPlaceFacts, id: string): ExchangeState {
  const found = exchanges.find((exchange) => exchange.id === id);
  if (found?.hasOld) return hasMember && !found.hasNew ? "exchanged" : "half";
  return found?.hasNew ? "prepared" : "none";
}
