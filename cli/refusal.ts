import type { Problem } from "../cluster/problem.ts";
import { changedText, problemText, type Refused, refusalText } from "../messages/refusal.ts";
import { differenceText } from "../output/differenceText.ts";
import type { PlanDifference } from "../plan/plan.ts";

/** A run was not begun, for a reason that the operator can remedy. */
export class Refusal extends Error {
  readonly problems: Problem[] | undefined;
  /** How the cluster differs from what the preview has shown, where that is the reason. */
  readonly differences: PlanDifference[] | undefined;
  constructor(text: string, problems?: Problem[], differences?: PlanDifference[]) {
    super(text);
    this.problems = problems;
    this.differences = differences;
  }

  static changed(differences: PlanDifference[]): Refusal {
    const texts = differences.map(differenceText);
    const message = `the cluster is not what the preview showed: ${texts.join("; ")}`;
    return new Refusal(changedText(texts), [{ message, remedy: "read a new preview" }], differences);
  }

  /** By one problem, before anything was done. @param stack as the operator typed it. */
  static of(problem: Problem, stack: string): Refusal {
    return Refusal.by({ problems: [problem] }, stack);
  }

  /** By all that speaks against it, before anything was done. @param stack as the operator typed it. */
  static by(refused: Refused, stack: string): Refusal {
    return new Refusal(refusalText(refused, { stack }), refused.problems);
  }

  /**
   * By one problem, of a command that only reads, or whose message says what was done.
   * @param stack as the operator typed it.
   */
  static plain(problem: Problem, stack: string): Refusal {
    return new Refusal(problemText(problem, { stack }), [problem]);
  }
}
