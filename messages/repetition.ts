import { consentFor, firstBegun, type RestoreRecord } from "../cluster/history/restores.ts";
import { type Problem, type Remedy, setRemedy } from "../cluster/problem.ts";

/** Why a restore is refused that was done before, and how to ask for another one. */
export function repetition(done: RestoreRecord): Problem {
  const { finishedAt, stack, holder } = done;
  return {
    message: `${consentFor(done)} was restored on this cluster at ${finishedAt} by ${holder}, stack ${stack}; it is not restored again`,
    remedy: onceMore(done, "only to restore it"),
  };
}

/** Why a restore is refused that may have wiped and did not finish, once its confirmation has ended. */
export function consentEnded(begun: RestoreRecord): Problem {
  const { stack, holder } = begun;
  return {
    message: `${consentFor(begun)} began on this cluster at ${firstBegun(begun)} by ${holder}, stack ${stack}, may have wiped it, and did not finish; its confirmation was good for 24 hours`,
    remedy: onceMore(begun, "to restore it"),
  };
}

function onceMore({ snapshot, run }: RestoreRecord, what: string): Remedy {
  const next = { snapshot, run: run + 1 };
  const text = `${what} once more and lose every change since then, confirm ${consentFor(next)} and raise run`;
  return setRemedy(text, "run", String(next.run));
}
