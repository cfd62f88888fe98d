import { z } from "zod";
import { type Problem, remedySchema } from "../cluster/problem.ts";
import { printable } from "../cluster/text.ts";
import { type Audience, remedyText, rerunCommand } from "./commands.ts";
import { type PointOfNoReturn, pointOfNoReturnSchema, pointOfNoReturnText } from "./pointOfNoReturn.ts";

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

/** The failure of a step by its problems. What is refused is refused again: there is no rerun. */
export function problemFailure(about: FailedStep, problems: Problem[], pointOfNoReturn: PointOfNoReturn): StepFailure {
  return new StepFailure({
    ...about,
    happened: problems.map(({ message }) => message),
    pointOfNoReturn,
    remedies: remediesOf(problems),
    ...(about.kind !== "refused" && { rerun: "continues from this step" }),
  });
}

/** The remedies of problems, which may be the same for several. */
export function remediesOf(problems: Pick<Problem, "remedy">[]): Failure["remedies"] {
  return [...new Map(problems.map(({ remedy }) => [JSON.stringify(remedy), remedy])).values()];
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

function labelled(label: string, lines: string[]): string[] {
  return lines.map((line, at) => `  ${(at === 0 ? `${label}:` : "").padEnd(20)} ${line}`);
}
