import type { Failure } from "../messages/failure.ts";
import { RESTORE } from "../messages/steps.ts";
import { phaseOf } from "../run/phases.ts";

/** The last lines of a step that could not say itself why it failed. */
const LAST_LINES = 12;

/** A step that ended without a failure of its own: it was killed, or it is a bug. */
interface CutOffStep {
  resource: string;
  /** What it printed. */
  lines: string[];
  /** When it passed the point of no return, ISO 8601. */
  wipedAt?: string | undefined;
}

/** What is known of a step that was cut off. */
export function cutOffFailure({ resource, lines, wipedAt }: CutOffStep): Failure {
  const { title = resource, node } = phaseOf(resource) ?? {};
  return {
    kind: "cut-off",
    step: node === undefined ? title : `${title} on ${node}`,
    ...(node !== undefined && { node }),
    happened: ["it was cut off"],
    ...(lines.length > 0 && { lastLines: lines.slice(-LAST_LINES) }),
    done: "the steps before this one; of this one, what its last lines show",
    notDone: "the rest of it and everything after it",
    pointOfNoReturn: wipedAt
      ? { state: "passed", at: wipedAt }
      : resource === RESTORE
        ? { state: "unknown" }
        : { state: "not reached" },
    remedies: [],
    rerun: "continues from this step; an RKE that is still at work is waited for",
  };
}
