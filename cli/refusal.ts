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

  /** By how the cluster differs from what the preview has shown. */
  static changed(differences: string[]): Refusal {
    const message = `the cluster is not what the preview showed: ${differences.join("; ")}`;
    const text = ["the cluster is not what the preview showed; nothing was done:", ...differences].join("\n  ");
    return new Refusal(text, [{ message, remedy: "read a new preview" }]);
  }

  /** By one problem, whose message says that nothing was done. @param stack as the operator typed it. */
  static of(problem: Problem, stack: string): Refusal {
    return new Refusal(`${problem.message}. ${remedyText(problem.remedy, { stack })}`, [problem]);
  }
}
