import type { Problem } from "../cluster/problem.ts";

/** A run was not begun, for a reason that the operator can remedy. */
export class Refusal extends Error {
  readonly problems: Problem[] | undefined;
  /** @param problems the reason as data. */
  constructor(text: string, problems?: Problem[]) {
    super(text);
    this.problems = problems;
  }
}
