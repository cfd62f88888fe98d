import { z } from "zod";
import { etcdViewScript, parseEtcdAnswers } from "../etcd/view.ts";
import { readHost } from "../inPlace/facts.ts";
import type { DeploymentRef } from "../kubernetes/deployment.ts";
import { type HostKeyPolicy, orUnreachable, ssh } from "../node/ssh.ts";
import { type Problem, problemSchema } from "../problem.ts";
import {
  CONTENT_RULES,
  contentOf,
  contentQuestions,
  holdsCluster,
  liveClusterUid,
  snapshotContentSchema,
} from "./content.ts";
import { keyDifference } from "./keyIndex.ts";
import { type Kind, SYSTEMS } from "./kind.ts";
import { meaningOf } from "./kinds.ts";
import { isNoise } from "./loss.ts";
import type { OpenedSnapshot, Opening } from "./open.ts";
import { etcdAnswers, type OpenableCopy, type OpeningHost, openOnFirst } from "./openOnFirst.ts";
import { API_KEY } from "./rancherKinds.ts";

/** What an opened snapshot holds, counted and compared with the live etcd. */
export const inspectionSchema = z.object({
  on: z.string().describe("the node on which it was opened"),
  revision: z.int(),
  keys: z.int(),
  holds: snapshotContentSchema,
  cluster: z
    .enum(["this", "other"])
    .optional()
    .describe("by the uid of the namespace kube-system; absent where it cannot be compared, as where it is encrypted"),
  live: z
    .object({
      revision: z.int(),
      keys: z.int(),
      quorum: z.boolean().describe("false: of the node's own member of etcd alone, which may be old"),
    })
    .optional()
    .describe("absent where the live etcd could not be read"),
  lineage: z
    .enum(["same", "other"])
    .optional()
    .describe("same: the live etcd continues from the snapshot; other: it was itself restored since"),
  objects: z
    .array(
      z.object({
        kind: z.string().describe("in the plural"),
        of: z.enum(["rancher", "kubernetes"]),
        snapshot: z.int().describe("how many the snapshot holds"),
        live: z.int().optional().describe("how many live now"),
        held: z.int().optional().describe("how many of those that live the snapshot holds"),
      }),
    )
    .describe("without what Kubernetes and Rancher make by themselves"),
  problems: z.array(problemSchema).describe("why it should not be restored"),
});
export type Inspection = z.infer<typeof inspectionSchema>;

interface InspectionArgs {
  name: string;
  hostKeys: HostKeyPolicy;
  rancher: DeploymentRef;
  /** When it was saved by its name or its file, ISO 8601; where that is known. */
  savedAt?: string | undefined;
}

/** How long a host may take to say what it has, s. */
const SECONDS = 60;

/** Opens a snapshot as a preview does, and counts what it holds. @returns why it was not opened, where it was not. */
export async function inspectSnapshot(
  copies: OpenableCopy[],
  { hostKeys, ...about }: InspectionArgs,
): Promise<Inspection | { failed: Problem }> {
  const { name, rancher } = about;
  const hosts = await Promise.all(copies.map((copy) => askHost(copy, name, hostKeys)));
  const choose = (opening: Opening) => contentQuestions(opening, rancher);
  const opened = await openOnFirst(hosts, { name, hostKeys, rules: CONTENT_RULES, choose });
  return "failed" in opened ? opened : inspectionOf(opened.snapshot, { on: opened.on, ...about });
}

async function askHost(copy: OpenableCopy, name: string, hostKeys: HostKeyPolicy): Promise<OpeningHost> {
  const { node } = copy;
  const view = ssh({ node, script: etcdViewScript(node), hostKeys, timeoutSeconds: SECONDS }).then(parseEtcdAnswers);
  const [{ facts }, etcd] = await Promise.all([readHost(node, name, hostKeys, SECONDS), orUnreachable(view)]);
  return { copy, facts, etcdAnswers: etcdAnswers(etcd) };
}

export function inspectionOf(
  opened: OpenedSnapshot,
  { on, name, rancher, savedAt }: Omit<InspectionArgs, "hostKeys"> & { on: string },
): Inspection {
  const { live } = opened;
  const holds = contentOf(opened.answers, rancher, savedAt === undefined ? {} : { savedAt: Date.parse(savedAt) });
  const objects = countObjects(opened);
  const [held, lives] = [holds.clusterUid, liveClusterUid(opened.answers)];
  const cluster = held === undefined || lives === undefined ? undefined : held === lives ? "this" : "other";
  const problems = [
    ...(holdsCluster(opened.opened) ? [] : [noCluster(name)]),
    ...(cluster === "other" ? [otherCluster(name, `${held}`, `${lives}`)] : []),
    ...("unknown" in live
      ? [
          {
            message: `${name} cannot be compared with the cluster: etcd on ${on} cannot be read: ${live.unknown}`,
            remedy: `look at etcd on ${on}: docker logs --tail 50 etcd`,
          },
        ]
      : (["rancher", "kubernetes"] as const).flatMap((of) => lackOf(name, of, objects))),
  ];
  return {
    ...{ on, revision: opened.opened.revision, keys: opened.opened.keys.size, holds },
    ...(cluster && { cluster }),
    ...(!("unknown" in live) && {
      live: { revision: live.revision, keys: live.keys.size, quorum: live.quorum },
      lineage: keyDifference(opened.opened, live).lineage,
    }),
    ...{ objects, problems },
  };
}

function noCluster(name: string): Problem {
  const message = `${name} holds no Kubernetes cluster: there is no namespace kube-system in it`;
  return { message, remedy: "name another snapshot, and find out what writes this one" };
}

function otherCluster(name: string, held: string, lives: string): Problem {
  const message = `${name} is of another cluster: its namespace kube-system has the uid ${held}, and here it is ${lives}`;
  return { message, remedy: "name a snapshot of this cluster" };
}

/** From how many objects on a share of them says something. */
const MANY = 10;

/** A snapshot lacks what is newer, but not most live objects. */
function lackOf(name: string, of: Kind["of"], objects: Inspection["objects"]): Problem[] {
  const all = objects.filter((one) => one.of === of);
  const sum = (key: "live" | "held") => all.reduce((total, one) => total + (one[key] ?? 0), 0);
  const [live, held] = [sum("live"), sum("held")];
  if (live < MANY || held >= live / 2) return [];
  return [
    {
      message: `${name} lacks most live objects: it holds ${held} of ${live} objects of ${SYSTEMS[of]}`,
      remedy: "take a snapshot now, and find out what the recurring snapshots are of",
    },
  ];
}

function countObjects({ opened, live }: OpenedSnapshot): Inspection["objects"] {
  const lines = new Map<string, Inspection["objects"][number]>();
  const compared = !("unknown" in live);
  const count = (keys: Iterable<string>, add: (line: Inspection["objects"][number], key: string) => void) => {
    for (const key of keys) {
      const kind = kindOf(key);
      if (!kind) continue;
      const line = lines.get(kind.many) ?? {
        ...{ kind: kind.many, of: kind.of, snapshot: 0 },
        ...(compared && { live: 0, held: 0 }),
      };
      lines.set(kind.many, line);
      add(line, key);
    }
  };
  count(opened.keys.keys(), (line) => {
    line.snapshot += 1;
  });
  if (compared) {
    count(live.keys.keys(), (line, key) => {
      line.live = (line.live ?? 0) + 1;
      if (opened.keys.has(key)) line.held = (line.held ?? 0) + 1;
    });
  }
  return [...lines.values()].sort(
    (one, other) =>
      Number(one.of === "kubernetes") - Number(other.of === "kubernetes") || other.snapshot - one.snapshot,
  );
}

/** What a key counts as; undefined for what makes itself, as far as that can be seen by the key. */
function kindOf(key: string): Kind | undefined {
  const found = meaningOf(key);
  // Most API keys are sessions, which come and go, and the key does not tell which.
  if ("noise" in found || found.kind === API_KEY) return undefined;
  return isNoise(found.kind, found, undefined) === undefined ? found.kind : undefined;
}
