import type { Problem } from "../cluster/problem.ts";
import { remedyText } from "../messages/commands.ts";

/** A run was not begun, for a reason that the operator can remedy. */
export class Refusal extends Error {
  readonly problems: Problem[] | undefined;
  /** @param problems the reason as data. */
  constructor(text: string, problems?: Problem[]) {
    super(text);
    this.problems = problems;
  }

  /** By one problem, whose message says that nothing was done. @param stack as the operator typed it. */
  static of(problem: Problem, stack: string): Refusal {
    return new Refusal(`${problem.message}. ${remedyText(problem.remedy, { stack })}`, [problem]);
  }
}
