import { existingEtcdNodes } from "../cluster/clusterFile/replacement.ts";
import { downstreamOf } from "../cluster/downstream/hazards.ts";
import { DOWNSTREAM_RULES, downstreamQuestions } from "../cluster/downstream/questions.ts";
import type { Downstream } from "../cluster/downstream/schema.ts";
import { silentDocker } from "../cluster/node/dockerAnswers.ts";
import { orUnreachable, type Unreachable } from "../cluster/node/ssh.ts";
import { CONTENT_RULES, contentOf, contentQuestions, type SnapshotContent } from "../cluster/opened/content.ts";
import { KIND_RULES } from "../cluster/opened/kinds.ts";
import { type Loss, lossOf, lossQuestions } from "../cluster/opened/loss.ts";
import {
  type Asking,
  type OpenArgs,
  type OpenedSnapshot,
  type Opening,
  openSnapshot,
  type Question,
} from "../cluster/opened/open.ts";
import { openHere } from "../cluster/opened/openHere.ts";
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
 * Opens the snapshot on the first etcd host that has it and whose own etcd answers, else, where it is a file on this
 * machine, here; changes nothing. What it adds to a preview is no condition of it: an object that this program does not
 * understand leaves it unknown.
 */
export async function readOpened(settings: Settings, nodes: NodeReading[]): Promise<OpenedReading> {
  const { hostKeys, source } = settings;
  const args = whereToOpen(settings, nodes);
  const saved = savedAt(nodes) ?? timeInName(settings.snapshot);
  if (!("unknown" in args)) {
    return await readOn(args.node.name, settings, saved, (asking) =>
      orUnreachable(openSnapshot(args, { hostKeys, ...asking })),
    );
  }
  const why = args.unknown;
  if (source?.kind === "url" || source?.kind === "s3") {
    return notOpened(`${why}; to see what it holds, fetch it, set snapshotSource to file:PATH, and have ${ETCD_HERE}`);
  }
  if (source?.kind !== "file") return notOpened(why);
  return await readOn(
    "this machine",
    settings,
    saved,
    async (asking) =>
      (await openHere(source.path, proofOf(settings), asking)) ?? {
        missing: `${why}; to see what it holds, have ${ETCD_HERE}`,
      },
  );
}

const ETCD_HERE = "an etcd image in Docker on this machine, or etcd and etcdctl on its PATH";

type OpeningResult = Awaited<ReturnType<typeof openSnapshot>> | Unreachable | { missing: string };

async function readOn(
  on: string,
  settings: Settings,
  saved: number | undefined,
  open: (asking: Asking) => Promise<OpeningResult>,
): Promise<OpenedReading> {
  const rules = [...CONTENT_RULES, ...DOWNSTREAM_RULES, ...KIND_RULES];
  try {
    const opened = await open({ rules, choose: (opening) => questionsOf(opening, settings) });
    if ("missing" in opened) return notOpened(opened.missing);
    if ("unreachable" in opened) return notOpened(opened.unreachable.message);
    if ("failed" in opened) return notOpened(`${on}: ${opened.failed.message}`);
    return readingOf(opened, on, settings, saved);
  } catch (error) {
    return notOpened(`${on}: what the snapshot says is not understood: ${(error as Error).message}`);
  }
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

function whereToOpen(settings: Settings, nodes: NodeReading[]): OpenArgs | { unknown: string } {
  const etcd = existingEtcdNodes(settings);
  const having = nodes.flatMap(({ node, proof, inPlace, etcd: view }) =>
    etcd.some(({ name }) => name === node.name) && proof && "snapshot" in proof
      ? [{ node, snapshot: proof.snapshot, inPlace, answers: view !== undefined && "members" in view }]
      : [],
  );
  if (having.length === 0) return { unknown: "the snapshot is on no etcd host yet" };
  const able = having.flatMap(({ node, snapshot, inPlace, answers }) =>
    inPlace && !("unreachable" in inPlace) && inPlace.container && inPlace.tool
      ? [{ node, snapshot, answers, image: inPlace.container.imageId, tool: inPlace.tool.name }]
      : [],
  );
  const best = able.find(({ answers }) => answers) ?? able[0];
  if (!best) {
    const silent = having.flatMap(({ node, inPlace }) =>
      inPlace && "dockerSaid" in inPlace && inPlace.dockerSaid !== undefined
        ? [silentDocker(node.name, inPlace.dockerSaid).message]
        : [],
    );
    return { unknown: silent[0] ?? "no host that has the snapshot has an etcd image that restores it" };
  }
  const { node, snapshot, image, tool } = best;
  return { node, name: settings.snapshot, file: snapshot.file, bytes: snapshot.unpacked, image, tool };
}
