import { randomBytes } from "node:crypto";
import { numberIn } from "../json.ts";
import { asRoot } from "../node/privilege.ts";
import type { Problem } from "../problem.ts";
import { LASTING_HELPERS } from "../rke/helpers.ts";
import { lineOf, script } from "../script.ts";
import { failureOf } from "../scriptProblems/scriptProblems.ts";
import { type ProofArgs, proofValues } from "../snapshot/proof.ts";
import { timeStamp } from "../time.ts";
import { type EtcdContainer, type ExchangeAbout, etcdArgument, type InPlaceFacts } from "./facts.ts";

/** An exchange of etcd's data on one host. */
interface Place {
  data: string;
  id: string;
}

/** A host on which an exchange is possible: decision.ts has checked it. */
export interface ExchangeHost {
  data: string;
  container: EtcdContainer;
  facts: InPlaceFacts;
}

/**
 * How far the restored revisions are above those that etcd has served: every watcher lists again, whatever is written
 * until etcd stops. etcd's own documentation takes this number (etcd-io/website#818).
 */
const MARGIN = 1_000_000_000n;

const beside = (file: string) => script(import.meta.dirname, file);
const prepare = beside("prepare.sh");
const takeBack = beside("takeBack.sh");
const abandon = beside("abandon.sh");
const prune = beside("prune.sh");

/**
 * A new exchange's id, which is also the token of the etcd cluster that the restored data are of. With a token of its own
 * an old member that comes back is refused, instead of overwriting the restored data.
 */
export function exchangeId(startedAt: string): string {
  return `rollback-${timeStamp(startedAt)}-${randomBytes(3).toString("hex")}`;
}

/**
 * By how much to raise the snapshot's revisions so that no watcher has seen them. `--bump-revision` counts from the snapshot's
 * latest one, and an earlier restore in place has raised the live ones already.
 * @param live the revisions that etcd has now.
 */
export function bumpAbove(live: bigint[]): bigint {
  return live.reduce((highest, one) => (one > highest ? one : highest), 0n) + MARGIN;
}

/** The folder in which a host keeps an exchange, with `new` and `old` in it; as folder.sh has it. */
export function exchangeFolder({ data, id }: Place): string {
  return `${data}/.rancher-rollback/${id}`;
}

/** What etcd calls itself on a host, and where the others reach it. */
export function memberOf({ container }: ExchangeHost): { name: string; peer: string } {
  return {
    name: etcdArgument(container, "name") ?? "",
    peer: etcdArgument(container, "initial-advertise-peer-urls") ?? "",
  };
}

interface PrepareArgs {
  id: string;
  about: ExchangeAbout;
  /** Which snapshot, with the sha256 of its content. */
  snapshot: ProofArgs;
  hosts: ExchangeHost[];
  /** By how much to raise the revisions, the same on every host; undefined where its etcd cannot. */
  bump: bigint | undefined;
}

export function prepareScript(
  host: ExchangeHost,
  { id, about, snapshot, hosts, bump }: PrepareArgs,
  received: boolean,
): string {
  const { name, peer } = memberOf(host);
  const { owner, mode, label = "", tool } = host.facts;
  return asRoot(
    prepare({
      ...proofValues(snapshot),
      ...{ data: host.data, id, about: JSON.stringify(about) },
      ...{ image: host.container.imageId, tool: tool?.name ?? "", etcd_name: name, peer },
      cluster: hosts.map((other) => `${memberOf(other).name}=${memberOf(other).peer}`).join(","),
      bump: bump === undefined ? "" : String(bump),
      ...{ owner, mode, label, received: received ? "yes" : "no" },
    }),
  );
}

export function takeBackScript(place: Place, from: string, about: ExchangeAbout): string {
  return asRoot(takeBack({ ...place, from, about: JSON.stringify(about) }));
}

/** Removes what was prepared on a host; `from` is the earlier exchange that it came from. */
export function abandonScript(place: Place, from = ""): string {
  return asRoot(abandon({ ...place, from }));
}

export const exchangeScript = ofPlace("exchange.sh");
export const putBackScript = ofPlace("putBack.sh");

export function pruneScript(data: string, ids: string[]): string {
  return asRoot(prune({ data, ids: ids.join(" ") }));
}

export const stopScript = ofNames("stop.sh");
export const startScript = ofNames("start.sh");

export const START_ETCD_SCRIPT = beside("startEtcd.sh")({ helpers: LASTING_HELPERS.join(" "), names: "etcd" });

function ofPlace(file: string): (place: Place) => string {
  const text = beside(file);
  return (place) => asRoot(text({ ...place }));
}

/** For containers of RKE's on a node. */
function ofNames(file: string): (names: string[]) => string {
  const text = beside(file);
  return (names) => text({ names: names.join(" ") });
}

interface RestoredData {
  hash: string;
  revision: number;
  keys: number;
}

/** The lines of the script that restores → what etcd reads, or why it was not restored. */
export function parseRestored(printed: string): RestoredData | { failed: Problem } {
  const status = lineOf(printed, "restored") ?? "";
  const [hash, revision] = [numberIn(status, "hash"), numberIn(status, "revision")];
  if (hash !== undefined && revision !== undefined) {
    return { hash, revision: Number(revision), keys: Number(numberIn(status, "totalKey") ?? 0) };
  }
  const silent = { message: "etcd does not say what it has restored", remedy: "look at the node" };
  return { failed: failureOf(printed) ?? silent };
}
