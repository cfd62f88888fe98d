import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";

/** What is measured. `in-place-working` takes back an upgrade that works, so Rancher answers until it begins. */
export const METHODS = ["by-hand", "ansible", "rke", "in-place", "in-place-working", "undo"] as const;
const methodSchema = z.enum(METHODS);
export type Method = z.infer<typeof methodSchema>;

/** Commands that restore nothing. */
export const DRY_RUNS = ["preview", "preview-dead-node", "no-op", "prove", "prepare"] as const;
export type DryRun = (typeof DRY_RUNS)[number];

/** Seconds since the measured command began. */
const seconds = z.number().nonnegative();

const about = {
  method: methodSchema,
  round: z.int().positive(),
  startedAt: z.iso.datetime(),
  /** Of the last minute, by the kernel: what else the machine had to do when the command began. */
  load: z.number(),
};

const measuredSchema = z.object({
  result: z.literal("measured"),
  ...about,
  outage: z.object({ seconds, from: seconds, until: seconds, firstAnswer: seconds, lapses: z.int() }),
  /** Until everything was verified. */
  total: seconds,
  /** Until the command ended: with the `rke up` behind the verification, where there is one. */
  whole: seconds,
  steps: z.array(z.object({ title: z.string(), start: seconds, end: seconds })),
});
export type Measured = z.infer<typeof measuredSchema>;

const turnSchema = z.discriminatedUnion("result", [
  measuredSchema,
  z.object({ result: z.literal("failed"), ...about, reason: z.string() }),
]);

/** Where and with what something was measured. */
const circumstances = {
  resultsVersion: z.literal(1),
  startedAt: z.iso.datetime(),
  commit: z.object({ id: z.string(), changed: z.boolean().describe("files differ from the commit") }),
  machine: z.object({
    processor: z.string(),
    cores: z.int(),
    memoryGiB: z.number(),
    system: z.string(),
    kernel: z.string(),
  }),
  versions: z.record(z.string(), z.string()),
};

const resultsSchema = z.object({
  ...circumstances,
  /** Absent where the run was cut off. */
  endedAt: z.iso.datetime().optional(),
  rounds: z.int(),
  turns: z.array(turnSchema),
  /** Methods that were not measured, and why. */
  skipped: z.array(z.object({ method: methodSchema, reason: z.string() })),
  dryRuns: z.array(z.object({ dryRun: z.enum(DRY_RUNS), seconds, load: z.number() })),
  failedDryRuns: z.array(z.object({ dryRun: z.enum(DRY_RUNS), reason: z.string() })),
});
export type Results = z.infer<typeof resultsSchema>;

/** A large database, restored in place and by etcdctl alone. */
const bigResultsSchema = z.object({
  ...circumstances,
  load: z.number(),
  bytes: z.int().describe("of etcd's database"),
  bare: z.array(seconds).min(1).describe("`etcdctl snapshot restore` on all hosts side by side, each time"),
  bareOnOne: z.array(seconds).min(1).describe("the same on one host alone"),
  opened: z
    .array(
      z.object({
        bytes: z.int().describe("of the snapshot, unpacked"),
        keys: z.int(),
        seconds: seconds.describe("until all of its keys were compared with the live etcd"),
        peakMiB: z.number().describe("what the processes that opened it had in memory for themselves, at most"),
      }),
    )
    .describe("a snapshot of before etcd was filled, and one of after, opened on one etcd host"),
  inPlace: z.object({
    restore: seconds.describe("the step that restores etcd"),
    outage: seconds,
    total: seconds,
    whole: seconds,
  }),
});
export type BigResults = z.infer<typeof bigResultsSchema>;

/** What a piece of work has used. */
const used = {
  seconds,
  cpuSeconds: z.number().nonnegative().describe("of all its processes of Node"),
  peakMiB: z.number().nonnegative().describe("the largest of these processes, at its largest"),
};
export type Used = z.infer<z.ZodObject<typeof used>>;

/** What asks every node, in the order of a rollback. */
export const SCALE_PARTS = ["preview", "proof", "restarts", "verification"] as const;
export type ScalePart = (typeof SCALE_PARTS)[number];

/** Many nodes and many stacks, simulated. */
const scaleResultsSchema = z.object({
  ...circumstances,
  load: z.number(),
  answerMs: z.number().describe("how long a simulated node takes for an answer"),
  parts: z.array(
    z.object({
      nodes: z.int().positive(),
      part: z.enum(SCALE_PARTS),
      ...used,
      commands: z.int().describe("the most that the nodes were asked at once"),
    }),
  ),
  stacks: z.object({ count: z.int(), parallel: z.int(), nodes: z.int().describe("of each"), used: z.object(used) }),
});
export type ScaleResults = z.infer<typeof scaleResultsSchema>;

/** Files of results in the folder `benchmarks`. */
const FILES = {
  "results.json": resultsSchema,
  "big.json": bigResultsSchema,
  "scale.json": scaleResultsSchema,
} as const;
type Files = { [name in keyof typeof FILES]: z.infer<(typeof FILES)[name]> };

export function resultsFile(into: string, name: keyof Files): string {
  return join(into, "benchmarks", name);
}

/** @returns undefined where there are none. */
export function readResults<N extends keyof Files>(into: string, name: N): Files[N] | undefined {
  const file = resultsFile(into, name);
  return existsSync(file) ? (FILES[name].parse(JSON.parse(readFileSync(file, "utf8"))) as Files[N]) : undefined;
}

/** Whoever is cut off leaves the results as they were or as they are. */
export function writeResults<N extends keyof Files>(into: string, name: N, results: Files[N]): void {
  const file = resultsFile(into, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, `${JSON.stringify(FILES[name].parse(results), undefined, 2)}\n`);
  renameSync(`${file}.part`, file);
}

export function measuredOf({ turns }: Results, method: Method): Measured[] {
  return turns.filter((turn): turn is Measured => turn.result === "measured" && turn.method === method);
}
