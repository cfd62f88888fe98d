import { z } from "zod";
import { type KeyChange, keyDifference } from "./keyIndex.ts";
import { type Kind, type KnownObject, NOISE, type Noise } from "./kind.ts";
import { meaningOf } from "./kinds.ts";
import type { Answer, OpenedSnapshot, Opening, Question } from "./open.ts";

/** The number of objects of a kind whose names are kept. */
const NAMED = 100;
/** The number of objects that an opened snapshot is asked about; more are counted by their keys alone. */
const ASKED = 2000;

const some = z.object({ count: z.int(), names: z.array(z.string()).describe(`the first ${NAMED}`) });

/** How many objects of a kind were not asked about. */
export const notComparedSchema = z.object({ kind: z.string().describe("in the plural"), count: z.int() });

/** What a restore of a snapshot loses, by the keys of etcd. */
export const lossSchema = z.object({
  on: z.string().describe("the node on which the snapshot was opened"),
  revision: z.int().describe("of the snapshot"),
  liveRevision: z.int(),
  quorum: z.boolean().describe("false: compared with what the node's own member of etcd has, which may be old"),
  lineage: z
    .enum(["same", "other"])
    .describe(
      "same: the live etcd continues from the snapshot; other: it was itself restored since, and the differences are those between both",
    ),
  kinds: z.array(
    z.object({
      kind: z.string().describe("in the plural"),
      one: z.string(),
      of: z.enum(["rancher", "kubernetes"]),
      byHand: z
        .boolean()
        .optional()
        .describe("people make all of them, so that none comes or goes by itself; absent in plans of earlier releases"),
      created: some.describe("will be gone"),
      changed: some.describe("will be as they were"),
      deleted: some.describe("will come back"),
      namespaces: z.int().describe("in how many namespaces; 0 where the kind has none"),
    }),
  ),
  ignored: z
    .array(
      z.object({
        id: z.enum(Object.keys(NOISE) as Noise[]).describe(
          Object.entries(NOISE)
            .map(([id, why]) => `${id}: ${why}`)
            .join("; "),
        ),
        keys: z.int(),
      }),
    )
    .describe("changes that no user made"),
  notCompared: z
    .array(notComparedSchema)
    .optional()
    .describe(
      `of more than ${ASKED} objects, those that count by their keys alone, as they were not read; absent where there are none`,
    ),
});
export type Loss = z.infer<typeof lossSchema>;

const NOTHING: ReadonlySet<string> = new Set();

/** What to ask an opened snapshot, so that lossOf knows what the changes are. @param known keys that are asked about already. */
export function lossQuestions(opening: Opening, known = NOTHING): Question[] {
  return unknownChanges(opening, known)
    .slice(0, ASKED)
    .map(({ question }) => question);
}

/** What lossQuestions leaves out, by kind. */
function notCompared(opening: Opening, known: ReadonlySet<string>): NonNullable<Loss["notCompared"]> {
  const left = Map.groupBy(unknownChanges(opening, known).slice(ASKED), ({ kind }) => kind.many);
  return [...left].map(([kind, { length }]) => ({ kind, count: length }));
}

/** The changes of which the key does not tell enough, Rancher's first. */
function unknownChanges({ opened, live }: Opening, known: ReadonlySet<string>): { kind: Kind; question: Question }[] {
  if ("unknown" in live) return [];
  const questions = keyDifference(opened, live).changes.flatMap(
    ({ key, change }): { kind: Kind; question: Question }[] => {
      const found = known.has(key) ? undefined : meaningOf(key);
      if (!found || "noise" in found) return [];
      const { kind } = found;
      const { rule } = kind;
      // Where it is known by its name alone already.
      if (kind.own?.[0].test(found.name) || (!rule.show && isNoise(kind, found, undefined))) return [];
      const side = change === "created" ? "live" : change === "deleted" ? "opened" : "both";
      return side === "both" || rule.show ? [{ kind, question: { key, side, rule } }] : [];
    },
  );
  return questions.sort(({ kind: one }, { kind: other }) => kubernetesLast(one, other));
}

/** What a restore loses; undefined where the live etcd could not be read. @param known as for lossQuestions. */
export function lossOf({ opened, live, answers }: OpenedSnapshot, on: string, known = NOTHING): Loss | undefined {
  if ("unknown" in live) return undefined;
  const { changes, lineage } = keyDifference(opened, live);
  const kinds = new Map<string, Loss["kinds"][number]>();
  const namespaces = new Map<string, Set<string>>();
  const ignored = new Map<Noise, number>();
  for (const one of changes) {
    const { key, change } = one;
    const found = meaningOf(key);
    const why = "noise" in found ? found.noise : noiseOf(found.kind, found, one, answers.get(key));
    if (why !== undefined) ignored.set(why, (ignored.get(why) ?? 0) + 1);
    if (why !== undefined || "noise" in found) continue;
    const { kind, namespace } = found;
    const none = () => ({ count: 0, names: [] });
    const line = kinds.get(kind.many) ?? {
      ...{ kind: kind.many, one: kind.one, of: kind.of, byHand: kind.of === "rancher" || kind.byHand === true },
      ...{ created: none(), changed: none(), deleted: none(), namespaces: 0 },
    };
    kinds.set(kind.many, line);
    const list = line[change === "remade" ? "changed" : change];
    list.count += 1;
    if (list.names.length < NAMED) list.names.push(nameOf(kind, found, fieldsOf(answers.get(key)).field));
    if (namespace !== undefined && kind.of === "kubernetes") {
      const seen = namespaces.get(kind.many) ?? new Set();
      namespaces.set(kind.many, seen.add(namespace));
      line.namespaces = seen.size;
    }
  }
  const left = notCompared({ opened, live }, known);
  return {
    ...{ on, revision: opened.revision, liveRevision: live.revision, quorum: live.quorum, lineage },
    kinds: [...kinds.values()].sort((one, other) => kubernetesLast(one, other) || total(other) - total(one)),
    ignored: [...ignored].map(([id, keys]) => ({ id, keys })).sort((one, other) => other.keys - one.keys),
    ...(left.length > 0 && { notCompared: left }),
  };
}

function kubernetesLast(one: Pick<Kind, "of">, other: Pick<Kind, "of">): number {
  return Number(one.of === "kubernetes") - Number(other.of === "kubernetes");
}

function total({ created, changed, deleted }: Loss["kinds"][number]): number {
  return created.count + changed.count + deleted.count;
}

interface Place {
  namespace?: string;
  name: string;
}

function fieldsOf(answer: Answer | undefined): Pick<KnownObject, "field" | "before" | "now"> {
  const { live = {}, opened = {} } = answer ?? {};
  return {
    field: (path) => live[path] ?? opened[path] ?? [],
    before: (path) => opened[path] ?? [],
    now: (path) => live[path] ?? [],
  };
}

function noiseOf(kind: Kind, place: Place, { change }: KeyChange, answer: Answer | undefined): Noise | undefined {
  if (change === "changed" && answer?.same) return "written-again";
  return isNoise(kind, place, answer);
}

/** By the key alone where there is no answer. */
export function isNoise(kind: Kind, { namespace, name }: Place, answer: Answer | undefined): Noise | undefined {
  if (kind.own?.[0].test(name)) return kind.own[1];
  return kind.noise?.({ ...(namespace !== undefined && { namespace }), name, ...fieldsOf(answer) });
}

/** `namespace/name`, as people know it. */
function nameOf(kind: Kind, { namespace, name }: Place, field: (path: string) => unknown[]): string {
  const known = kind.names?.flatMap((path) => field(path)).find((one) => typeof one === "string" && one !== "");
  const text = typeof known === "string" ? known : name;
  return namespace === undefined || kind.of === "rancher" ? text : `${namespace}/${text}`;
}
