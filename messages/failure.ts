import { z } from "zod";
import { type Problem, remedySchema } from "../cluster/problem.ts";
import { foundRestore, unfinishedWipe } from "../cluster/stateFolder/unfinishedRestore.ts";
import { UnreadableRecord } from "../cluster/stateFolder/unreadable.ts";
import { printable } from "../cluster/text.ts";
import { type Audience, remedyText, rerunCommand } from "./commands.ts";
import { oldDataText } from "./unfinishedWipe.ts";

const oldData = z
  .string()
  .optional()
  .describe("where each etcd host keeps the old data after a restore in place: `undo` puts them back");

/** Where a failed step stands to the moment after which the cluster's old data are gone. */
const pointOfNoReturnSchema = z.discriminatedUnion("state", [
  z.object({ state: z.literal("not reached") }).describe("nothing was wiped; the cluster is as it was"),
  z.object({ state: z.literal("passed"), at: z.iso.datetime(), oldData }).describe("by this step"),
  z
    .object({
      state: z.literal("passed earlier"),
      at: z.iso.datetime().optional(),
      log: z.string().optional(),
      oldData,
    })
    .describe("by an earlier step or run; this step wiped nothing"),
  z
    .object({
      state: z.literal("unknown"),
      line: z.string().optional().describe("RKE's last line, where it has ended"),
      begun: z
        .object({ at: z.iso.datetime(), by: z.string().describe("user@machine") })
        .optional()
        .describe("the restore that another machine began and whose end is not known here; this run has wiped nothing"),
      unreadable: z
        .string()
        .optional()
        .describe("path of the note of earlier restores, which cannot be read; this step has wiped nothing"),
    })
    .describe(
      "the step was cut off while RKE was at work, RKE v0.1.x ended where it wipes before it prints anything, another machine began a restore whose end is not known here, or the note of earlier restores cannot be read",
    ),
]);
export type PointOfNoReturn = z.infer<typeof pointOfNoReturnSchema>;

/** All that an operator must know of a failed step, as data. Texts carry no secrets. */
export const failureSchema = z.object({
  kind: z
    .enum([
      "stopped",
      "unreachable",
      "locked",
      "busy",
      "check",
      "refused",
      "rke",
      "kubernetes",
      "cluster-file",
      "system",
      "timeout",
      "cut-off",
    ])
    .describe("what sort of failure it is"),
  step: z.string().describe("what failed, such as `The etcd restore of snapshot base`"),
  node: z.string().optional().describe("the node it happened on, where it is one node's"),
  happened: z.array(z.string()).describe("a sentence each"),
  waitedSeconds: z.number().optional().describe("how long was waited for the opposite of what happened"),
  lastLines: z
    .array(z.string())
    .optional()
    .describe("the step's last lines, where it could not say itself why it failed"),
  done: z.string().describe("what was done before"),
  notDone: z.string().describe("what was not done"),
  pointOfNoReturn: pointOfNoReturnSchema,
  remedies: z.array(remedySchema).describe("what to do, before the step is run again"),
  rerun: z.string().optional().describe("what running it again does; absent where that does not help"),
});
export type Failure = z.infer<typeof failureSchema>;

/** A step that failed in a way the operator can act on. */
export class StepFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failureLine(failure));
    this.failure = failure;
  }
}

/** What a failure says of its step, whatever happened. */
export type FailedStep = Pick<Failure, "kind" | "step" | "node" | "done" | "notDone">;

/** The failure of a step that has wiped nothing, by its problems. What is refused is refused again: there is no rerun. */
export function problemFailure(about: FailedStep, problems: Problem[], clusterFile: string): StepFailure {
  return new StepFailure({
    ...about,
    happened: problems.map(({ message }) => message),
    pointOfNoReturn: nothingWiped(clusterFile),
    remedies: remediesOf(problems),
    ...(about.kind !== "refused" && { rerun: "continues from this step" }),
  });
}

/** The remedies of problems, which may be the same for several. */
export function remediesOf(problems: Pick<Problem, "remedy">[]): Failure["remedies"] {
  return [...new Map(problems.map(({ remedy }) => [JSON.stringify(remedy), remedy])).values()];
}

/** The point of no return of a step that has wiped nothing: an earlier restore of this cluster may have passed it. */
export function nothingWiped(clusterFile: string): PointOfNoReturn {
  try {
    return wipedEarlier(clusterFile);
  } catch (error) {
    if (error instanceof UnreadableRecord) return { state: "unknown", unreadable: error.path };
    throw error;
  }
}

function wipedEarlier(clusterFile: string): PointOfNoReturn {
  const wipe = unfinishedWipe(clusterFile);
  const found = foundRestore(clusterFile);
  if (!wipe) return found ? { state: "unknown", begun: { at: found.at, by: found.by } } : { state: "not reached" };
  const { copy: _, ...when } = wipe;
  return { state: "passed earlier", ...when };
}

/** A failure in one line, for receivers that show no more. */
export function failureLine({
  step,
  happened,
  waitedSeconds,
}: Pick<Failure, "step" | "happened" | "waitedSeconds">): string {
  const after = waitedSeconds === undefined ? "" : ` after ${waitedSeconds} s`;
  return `${step} failed${after}: ${happened.join("; ")}`;
}

/** A failure as the operator reads it at the end of the output. */
export function failureText(failure: Failure, audience: Audience): string {
  const { step, happened, waitedSeconds, lastLines = [], done, notDone, pointOfNoReturn, remedies, rerun } = failure;
  const all = [
    ...(waitedSeconds === undefined ? [] : [`not as expected after ${waitedSeconds} s:`]),
    ...happened,
    ...(lastLines.length > 0 ? ["its last lines:", ...lastLines] : []),
  ];
  const next = [
    ...remedies.map((remedy) => remedyText(remedy, audience)),
    ...(rerun === undefined ? [] : [`${rerunCommand(audience)}   (${rerun})`]),
  ];
  return [
    `${step} FAILED`,
    ...labelled("what happened", all.map(printable)),
    ...labelled("done", [done]),
    ...labelled("not done", [notDone]),
    ...labelled("point of no return", [pointOfNoReturnText(pointOfNoReturn)]),
    ...labelled("next", [...new Set(next)]),
  ].join("\n");
}

/** The point of no return as a sentence. */
export function pointOfNoReturnText(point: PointOfNoReturn): string {
  switch (point.state) {
    case "not reached":
      return "not reached; nothing was wiped";
    case "passed":
      return `passed at ${point.at}; ${point.oldData === undefined ? "the old data are wiped" : oldDataText(point.oldData)}`;
    case "passed earlier": {
      const log =
        point.oldData !== undefined
          ? ` The old data are kept in ${point.oldData} on each etcd host.`
          : point.log === undefined
            ? ""
            : ` RKE's log of it: ${point.log}`;
      return point.at === undefined
        ? `passed by an earlier step; this step wipes nothing.${log}`
        : `passed at ${point.at} by an earlier restore that did not finish; this run has wiped nothing.${log}`;
    }
    case "unknown":
      if (point.unreadable !== undefined) {
        return `perhaps passed: the note of earlier restores, ${point.unreadable}, cannot be read; this step has wiped nothing`;
      }
      if (point.begun) {
        return `perhaps passed: ${point.begun.by} began a restore of this cluster at ${point.begun.at}, and its end is not known here; this run has wiped nothing. RKE's log of it is on that machine, in .rancher-rollback/logs`;
      }
      if (point.line !== undefined) {
        return `perhaps passed: this release of RKE removes etcd before it prints anything about it. Its last line: ${point.line}`;
      }
      return "unknown: the next run reads from the hosts what was done and finishes it; an RKE that is at work ends by itself, its log is in .rancher-rollback/logs";
  }
}

function labelled(label: string, lines: string[]): string[] {
  return lines.map((line, at) => `  ${(at === 0 ? `${label}:` : "").padEnd(20)} ${line}`);
}
