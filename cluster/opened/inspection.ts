import { z } from "zod";
import { readHost } from "../inPlace/facts.ts";
import type { DeploymentRef } from "../kubernetes/deployment.ts";
import { silentDocker } from "../node/dockerAnswers.ts";
import { type HostKeyPolicy, orUnreachable } from "../node/ssh.ts";
import { type Problem, problemOf, problemSchema } from "../problem.ts";
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
import { type OpenArgs, type OpenedSnapshot, openSnapshot } from "./open.ts";
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

export type OpenableCopy = Pick<OpenArgs, "node" | "file" | "folder" | "bytes">;

interface InspectionArgs {
  name: string;
  hostKeys: HostKeyPolicy;
  rancher: DeploymentRef;
  /** When it was saved by its name or its file, ISO 8601; where that is known. */
  savedAt?: string | undefined;
}

/** How long a host may take to say what it has, s. */
const SECONDS = 60;

/**
 * Opens a snapshot on the first host that can, one whose etcd runs before others, and on the next where that host fails;
 * changes nothing.
 * @returns why it was not opened, where it was not.
 */
export async function inspectSnapshot(
  copies: OpenableCopy[],
  { hostKeys, ...about }: InspectionArgs,
): Promise<Inspection | { failed: Problem }> {
  const { name, rancher } = about;
  const able = await hostsThatOpen(copies, name, hostKeys);
  if ("failed" in able) return able;
  const choose = (opening: Parameters<typeof contentQuestions>[0]) => contentQuestions(opening, rancher);
  const failed: Problem[] = [];
  // One after the other: each needs room and memory on a host that runs etcd.
  for (const where of able) {
    const on = where.node.name;
    const opened = await orUnreachable(openSnapshot(where, { hostKeys, rules: CONTENT_RULES, choose }));
    if ("unreachable" in opened) failed.push(opened.unreachable);
    else if (!("failed" in opened)) return inspectionOf(opened, { on, ...about });
    else if (opened.ofHost) failed.push(problemOf(on, opened.failed));
    else return { failed: problemOf(on, opened.failed) };
  }
  const message = failed.map((one) => one.message).join("; ");
  return { failed: { message, remedy: failed[0]?.remedy ?? "look at the etcd hosts" } };
}

async function hostsThatOpen(
  copies: OpenableCopy[],
  name: string,
  hostKeys: HostKeyPolicy,
): Promise<OpenArgs[] | { failed: Problem }> {
  const read = await Promise.all(
    copies.map(async (copy) => ({ copy, ...(await readHost(copy.node, name, hostKeys, SECONDS)) })),
  );
  const able = read.flatMap(({ copy, facts }) =>
    "unreachable" in facts || !facts.container || !facts.tool
      ? []
      : [{ copy, container: facts.container, tool: facts.tool.name }],
  );
  const runs = ({ container }: (typeof able)[number]) => Number(container.status === "running");
  if (able.length > 0) {
    return able
      .sort((one, other) => runs(other) - runs(one))
      .map(({ copy, container, tool }) => ({ ...copy, name, image: container.imageId, tool }));
  }
  const [unread] = read.flatMap(({ copy: { node }, facts }) => {
    if ("unreachable" in facts) return [facts.unreachable];
    return facts.dockerSaid === undefined ? [] : [silentDocker(node.name, facts.dockerSaid)];
  });
  return {
    failed: unread ?? {
      message: `no host that has ${name} has an etcd image that restores it`,
      remedy: "look at etcd on the etcd hosts: docker ps -a -f name=etcd",
    },
  };
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
