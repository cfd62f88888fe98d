import { consentFor, type RestoreRecord } from "../cluster/history/restores.ts";
import { type Problem, setRemedy } from "../cluster/problem.ts";

/** Why a restore is refused that was done before, and how to ask for another one. */
export function repetition({ snapshot, run, finishedAt, stack, holder }: RestoreRecord): Problem {
  const next = { snapshot, run: run + 1 };
  return {
    message: `${consentFor({ snapshot, run })} was restored on this cluster at ${finishedAt} by ${holder}, stack ${stack}; it is not restored again`,
    remedy: setRemedy(
      `only to restore it once more and lose every change since then, confirm ${consentFor(next)} and raise run`,
      "run",
      String(next.run),
    ),
  };
}
