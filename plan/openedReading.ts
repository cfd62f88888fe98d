import { existingEtcdNodes } from "../cluster/clusterFile/replacement.ts";
import { downstreamOf } from "../cluster/downstream/hazards.ts";
import { DOWNSTREAM_RULES, downstreamQuestions } from "../cluster/downstream/questions.ts";
import type { Downstream } from "../cluster/downstream/schema.ts";
import { CONTENT_RULES, contentOf, contentQuestions, type SnapshotContent } from "../cluster/opened/content.ts";
import { KIND_RULES } from "../cluster/opened/kinds.ts";
import { type Loss, lossOf, lossQuestions } from "../cluster/opened/loss.ts";
import type { Asking, NotOpened, OpenedSnapshot, Opening, Question } from "../cluster/opened/open.ts";
import { openHere } from "../cluster/opened/openHere.ts";
import { etcdAnswers, type OpenedOnHost, openOnFirst } from "../cluster/opened/openOnFirst.ts";
import { type AddonKey, deployedIn } from "../cluster/rke/removedAddons.ts";
import { timeInName } from "../cluster/snapshot/takenAt.ts";
import type { Settings } from "../settings/settings.ts";
import { acceptedFor } from "./downstream.ts";
import { type NodeReading, proofOf, savedAt } from "./nodeReading.ts";

/** What a preview learns by opening the snapshot, or why it cannot. */
export interface OpenedReading {
  loss: Loss | { unknown: string };
  /** What the snapshot says of itself; absent where it could not be opened. */
  content?: SnapshotContent;
  /** The add-ons that RKE has deployed in it; absent where there are none, or it could not be opened. */
  addons?: AddonKey[];
  downstream: Downstream;
}

/** A snapshot that was not opened says nothing. */
export function notOpened(why: string): OpenedReading {
  return { loss: { unknown: why }, downstream: { unknown: why, clusters: [], common: [] } };
}

/**
 * Opens the snapshot on an etcd host that has it, else, where it is a file on this machine, here; changes nothing. What it
 * adds to a preview is no condition of it: an object that this program does not understand leaves it unknown.
 */
export async function readOpened(settings: Settings, nodes: NodeReading[]): Promise<OpenedReading> {
  const { source } = settings;
  const saved = savedAt(nodes) ?? timeInName(settings.snapshot);
  const rules = [...CONTENT_RULES, ...DOWNSTREAM_RULES, ...KIND_RULES];
  const asking: Asking = { rules, choose: (opening) => questionsOf(opening, settings) };
  try {
    const opened = await openOnHosts(settings, nodes, asking);
    if (!("failed" in opened)) return readingOf(opened.snapshot, opened.on, settings, saved);
    const why = opened.failed.message;
    if (!opened.ofHost || !source || source.kind === "node") return notOpened(why);
    if (source.kind !== "file") {
      return notOpened(
        `${why}; to see what it holds, fetch it, set snapshotSource to file:PATH, and have ${ETCD_HERE}`,
      );
    }
    const here = await openHere(source.path, proofOf(settings), asking);
    if (!here) return notOpened(`${why}; to see what it holds, have ${ETCD_HERE}`);
    if ("failed" in here) return notOpened(`${why}; ${HERE}: ${here.failed.message}`);
    return readingOf(here, HERE, settings, saved);
  } catch (error) {
    return notOpened(`what the snapshot says is not understood: ${(error as Error).message}`);
  }
}

const HERE = "this machine";
const ETCD_HERE = "an etcd image in Docker on this machine, or etcd and etcdctl on its PATH";

async function openOnHosts(
  settings: Settings,
  nodes: NodeReading[],
  asking: Asking,
): Promise<OpenedOnHost | NotOpened> {
  const { snapshot: name, hostKeys } = settings;
  const existing = existingEtcdNodes(settings);
  const hosts = nodes.flatMap(({ node, proof, inPlace: facts, etcd }) => {
    if (!existing.some((one) => one.name === node.name) || !facts || !proof || !("snapshot" in proof)) return [];
    const { file, unpacked: bytes } = proof.snapshot;
    return [{ copy: { node, file, bytes }, facts, etcdAnswers: etcdAnswers(etcd) }];
  });
  return await openOnFirst(hosts, { name, hostKeys, ...asking });
}

/** All that is asked of an opened snapshot, each key once. */
export function questionsOf(opening: Opening, settings: Pick<Settings, "rancher">): Question[] {
  const first = firstQuestions(opening, settings);
  return [...first, ...lossQuestions(opening, keysOf(first))];
}

/** Their answers also tell what is lost of their keys, which need not be asked for again. */
function firstQuestions(opening: Opening, { rancher }: Pick<Settings, "rancher">): Question[] {
  return [...contentQuestions(opening, rancher), ...downstreamQuestions(opening)];
}

function keysOf(questions: Question[]): Set<string> {
  return new Set(questions.map(({ key }) => key));
}

function readingOf(opened: OpenedSnapshot, on: string, settings: Settings, saved: number | undefined): OpenedReading {
  const { rancher } = settings;
  const addons = deployedIn(opened.opened.keys);
  const loss = lossOf(opened, on, keysOf(firstQuestions(opened, { rancher })));
  const why = "unknown" in opened.live ? opened.live.unknown : "";
  return {
    loss: loss ?? {
      unknown: `the snapshot has ${opened.opened.keys.size} keys, and etcd on ${on} cannot be read: ${why}`,
    },
    content: contentOf(opened.answers, rancher, { savedAt: saved }),
    ...(addons.length > 0 && { addons }),
    downstream: downstreamOf(opened, { rancherVersion: rancher.version, accepted: acceptedFor(settings) }),
  };
}
