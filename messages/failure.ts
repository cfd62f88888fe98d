import { z } from "zod";
import { type Problem, remediesOf, remedySchema } from "../cluster/problem.ts";
import { printable } from "../cluster/text.ts";
import { type Audience, remedyText, rerunCommand } from "./commands.ts";
import { beforeStep, pointOfNoReturnSchema, pointOfNoReturnText } from "./pointOfNoReturn.ts";
import { doneText, notDoneText, progressSchema } from "./progress.ts";
import { STEP_IDS, titleOf } from "./steps.ts";

/** All that an operator must know of a failed step, as data. Texts contain no secrets. */
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
    .describe("what sort of failure it is; running a step again continues from it, unless it was `refused`"),
  step: z
    .enum(STEP_IDS)
    .describe(
      "the step that failed; events and a record's `steps` have its resource, such as `etcd-restore` of `restore`",
    ),
  node: z.string().optional().describe("the node it happened on, where it is one node's"),
  login: z.string().optional().describe("how a machine is logged in to that is to be a node, `user@address`"),
  snapshot: z.string().optional().describe("the snapshot that the step restores, checks or fetches"),
  source: z.string().optional().describe("where it is fetched from"),
  happened: z.array(z.string()).describe("a sentence each"),
  waitedSeconds: z.number().optional().describe("how long was waited for the opposite of what happened"),
  lastLines: z
    .array(z.string())
    .optional()
    .describe("the step's last lines, where it could not say itself why it failed"),
  progress: progressSchema.optional(),
  pointOfNoReturn: pointOfNoReturnSchema,
  remedies: z.array(remedySchema).describe("what to do, before the step is run again"),
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

type Failed = Pick<Failure, "kind" | "step"> & Partial<Failure> & { problems: Problem[] };

/** The failure of a step by its problems. Unless it says more, it has done nothing that changes the cluster. */
export function stepFailure({ clusterFile }: { clusterFile: string }, { problems, ...about }: Failed): StepFailure {
  return new StepFailure({
    happened: problems.map(({ message }) => message),
    pointOfNoReturn: beforeStep(about.step, clusterFile),
    remedies: remediesOf(problems),
    ...about,
  });
}

/** A failure in one line, for receivers that show no more. */
export function failureLine(failure: Failure): string {
  const { happened, waitedSeconds } = failure;
  const after = waitedSeconds === undefined ? "" : ` after ${waitedSeconds} s`;
  return `${headline(failure, "failed")}${after}: ${happened.join("; ")}`;
}

/** A failure as the operator reads it at the end of the output. */
export function failureText(failure: Failure, audience: Audience): string {
  const { kind, happened, waitedSeconds, lastLines = [], pointOfNoReturn, remedies } = failure;
  const all = [
    ...(waitedSeconds === undefined ? [] : [`after waiting ${waitedSeconds} s, still:`]),
    ...happened,
    ...(lastLines.length > 0 ? ["its last lines:", ...lastLines] : []),
  ];
  const rerun = `${rerunCommand(audience)}   (continues from this step${kind === "cut-off" ? "; an RKE that is still at work is waited for" : ""})`;
  const next = [...remedies.map((remedy) => remedyText(remedy, audience)), ...(kind === "refused" ? [] : [rerun])];
  return [
    headline(failure, "FAILED"),
    ...labelled("what happened", all.map(printable)),
    ...labelled("done", [doneText(failure)]),
    ...labelled("not done", [notDoneText(failure)]),
    ...labelled("point of no return", [pointOfNoReturnText(pointOfNoReturn)]),
    ...labelled("next", [...new Set(next)]),
  ].join("\n");
}

function headline({ step, node, login, snapshot, source, progress }: Failure, failed: "failed" | "FAILED"): string {
  const about = [
    ...(login === undefined ? [] : [login]),
    ...(snapshot === undefined ? [] : [`snapshot ${snapshot}`]),
    ...(source === undefined ? [] : [`from ${source}`]),
    ...(progress?.of === "in-place" ? ["in place"] : []),
  ];
  const where = node === undefined ? "" : ` on ${node}`;
  return `Step "${titleOf(step)}"${about.length === 0 ? "" : ` (${about.join(", ")})`} ${failed}${where}`;
}

function labelled(label: string, lines: string[]): string[] {
  return lines.map((line, at) => `  ${(at === 0 ? `${label}:` : "").padEnd(20)} ${line}`);
}
