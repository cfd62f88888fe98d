import { consentFor, firstBegun, type RestoreRecord } from "../cluster/history/restores.ts";
import { LOCK_FILE } from "../cluster/lock/lock.ts";
import { type Problem, type Remedy, setRemedy } from "../cluster/problem.ts";

/**
 * Why a restore is refused that was done before, and how to ask for another one.
 * @param isUnsure only replacement nodes have a record of it, and that does not say for which cluster.
 */
export function repetition(done: RestoreRecord, { isUnsure = false } = {}): Problem {
  const { finishedAt, stack, holder } = done;
  const asked = consentFor(done);
  if (isUnsure) {
    return {
      message: `${asked} was restored at ${finishedAt} by ${holder}, stack ${stack}; only the replacement nodes have a record of it, and the record does not say for which cluster: it is not restored again`,
      remedy: onceMore(done, "if it was on another one, or if every change since then may be lost: to restore it here"),
    };
  }
  return {
    message: `${asked} was restored on this cluster at ${finishedAt} by ${holder}, stack ${stack}; it is not restored again`,
    remedy: onceMore(done, "only to restore it once more and lose every change since then"),
  };
}

/** Why a restore is refused that may have wiped and did not finish, once its confirmation has ended. */
export function consentEnded(begun: RestoreRecord): Problem {
  const { stack, holder } = begun;
  return {
    message: `${consentFor(begun)} began on this cluster at ${firstBegun(begun)} by ${holder}, stack ${stack}, may have wiped it, and did not finish; its confirmation was good for 24 hours`,
    remedy: onceMore(begun, "to restore it once more and lose every change since then"),
  };
}

/** Why a restore is refused while another machine, which has begun one, holds the lock. @param id the lock's. */
export function heldElsewhere({ holder, snapshot, startedAt }: RestoreRecord, id: string): Problem {
  return {
    message: `${holder} began the restore of ${snapshot} at ${startedAt}, and is not known to have ended it: its run, or its RKE, may be alive`,
    remedy: {
      text: `continue it there; or, only if no process of it runs there any more, release its lock (or, on each etcd host: rm ${LOCK_FILE}) and run this again`,
      command: `unlock --of ${id}`,
    },
  };
}

function onceMore({ snapshot, run }: RestoreRecord, what: string): Remedy {
  const next = { snapshot, run: run + 1 };
  const text = `${what}, confirm ${consentFor(next)} and raise run`;
  return setRemedy(text, "run", String(next.run));
}
