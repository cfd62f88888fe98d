import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";

/** What is measured. `in-place-working` takes back an upgrade that works, so Rancher answers until it begins. */
export const METHODS = ["by-hand", "ansible", "rke", "in-place", "in-place-working", "undo"] as const;
export const methodSchema = z.enum(METHODS);
export type Method = z.infer<typeof methodSchema>;

/** Commands that change nothing. */
export const LOOKS = ["preview", "preview-dead-node", "no-op"] as const;
export type Look = (typeof LOOKS)[number];

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
export type TurnResult = z.infer<typeof turnSchema>;

/** One run of the bench. */
export const resultsSchema = z.object({
  resultsVersion: z.literal(1),
  startedAt: z.iso.datetime(),
  /** Absent where the run was cut off. */
  endedAt: z.iso.datetime().optional(),
  commit: z.object({ id: z.string(), changed: z.boolean().describe("files differ from the commit") }),
  machine: z.object({
    processor: z.string(),
    cores: z.int(),
    memoryGiB: z.number(),
    system: z.string(),
    kernel: z.string(),
  }),
  versions: z.record(z.string(), z.string()),
  rounds: z.int(),
  turns: z.array(turnSchema),
  /** Methods that were not measured, and why. */
  skipped: z.array(z.object({ method: methodSchema, reason: z.string() })),
  looks: z.array(z.object({ look: z.enum(LOOKS), seconds, load: z.number() })),
  failedLooks: z.array(z.object({ look: z.enum(LOOKS), reason: z.string() })),
});
export type Results = z.infer<typeof resultsSchema>;

export function resultsFile(into: string): string {
  return join(into, "benchmarks", "results.json");
}

/** @returns undefined where there are none. */
export function readResults(into: string): Results | undefined {
  const file = resultsFile(into);
  return existsSync(file) ? resultsSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;
}

/** Whoever is cut off leaves the results as they were or as they are. */
export function writeResults(into: string, results: Results): void {
  const file = resultsFile(into);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, `${JSON.stringify(resultsSchema.parse(results), undefined, 2)}\n`);
  renameSync(`${file}.part`, file);
}

export function measuredOf({ turns }: Results, method: Method): Measured[] {
  return turns.filter((turn): turn is Measured => turn.result === "measured" && turn.method === method);
}
