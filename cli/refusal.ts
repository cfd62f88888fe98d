import type { Problem } from "../cluster/problem.ts";
import { remedyText } from "../messages/commands.ts";
import { differenceText } from "../output/differenceText.ts";
import type { PlanDifference } from "../plan/plan.ts";

/** A run was not begun, for a reason that the operator can remedy. */
export class Refusal extends Error {
  readonly problems: Problem[] | undefined;
  /** How the cluster differs from what the preview has shown, where that is the reason. */
  readonly differences: PlanDifference[] | undefined;
  /** @param problems the reason as data. */
  constructor(text: string, problems?: Problem[], differences?: PlanDifference[]) {
    super(text);
    this.problems = problems;
    this.differences = differences;
  }

  /** By how the cluster differs from what the preview has shown. */
  static changed(differences: PlanDifference[]): Refusal {
    const texts = differences.map(differenceText);
    const message = `the cluster is not what the preview showed: ${texts.join("; ")}`;
    const text = ["the cluster is not what the preview showed; nothing was done:", ...texts].join("\n  ");
    return new Refusal(text, [{ message, remedy: "read a new preview" }], differences);
  }

  /** By one problem, whose message says that nothing was done. @param stack as the operator typed it. */
  static of(problem: Problem, stack: string): Refusal {
    return new Refusal(`${problem.message}. ${remedyText(problem.remedy, { stack })}`, [problem]);
  }
}
