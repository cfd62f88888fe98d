/** What an operator must know of a failed step. All texts are sentences or parts of them, without secrets. */
export interface Failure {
  step: string;
  /** What happened, each on its own line, with the node where there is one. */
  happened: string[];
  /** What was done before. */
  done: string;
  /** What was not done. */
  notDone: string;
  /** Whether RKE had begun to wipe the cluster, and when. */
  pointOfNoReturn: string;
  /** What to type next, each on its own line. */
  next: string[];
}

/** A step that failed in a way the operator can act on: its message is the whole story, without a stack trace. */
export class StepFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(describeFailure(failure));
    this.failure = failure;
  }
}

/** The failure as the operator reads it at the end of the output. */
export function describeFailure({ step, happened, done, notDone, pointOfNoReturn, next }: Failure): string {
  return [
    `${step} FAILED`,
    ...labelled("what happened", happened),
    ...labelled("done", [done]),
    ...labelled("not done", [notDone]),
    ...labelled("point of no return", [pointOfNoReturn]),
    ...labelled("next", next),
  ].join("\n");
}

function labelled(label: string, lines: string[]): string[] {
  return lines.map((line, at) => `  ${(at === 0 ? `${label}:` : "").padEnd(20)} ${line}`);
}
