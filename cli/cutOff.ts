import type { Failure } from "../messages/failure.ts";
import { beforeStep, type PointOfNoReturn } from "../messages/pointOfNoReturn.ts";
import { RESTORE } from "../messages/steps.ts";
import { phaseOf } from "../run/phases.ts";

/** The last lines of a step that could not say itself why it failed. */
const LAST_LINES = 12;

/** A step that ended without a failure of its own: it was killed, or it is a bug. */
interface CutOffStep {
  resource: string;
  /** What it printed. */
  lines: string[];
  /** When its run passed the point of no return, ISO 8601. */
  wipedAt?: string | undefined;
  clusterFile: string;
}

/** What is known of a step that was cut off. */
export function cutOffFailure(cutOff: CutOffStep): Failure {
  const { resource, lines } = cutOff;
  const { title = resource, node } = phaseOf(resource) ?? {};
  return {
    kind: "cut-off",
    step: node === undefined ? title : `${title} on ${node}`,
    ...(node !== undefined && { node }),
    happened: ["it was cut off"],
    ...(lines.length > 0 && { lastLines: lines.slice(-LAST_LINES) }),
    done: "the steps before this one; of this one, what its last lines show",
    notDone: "the rest of it and everything after it",
    pointOfNoReturn: pointOf(cutOff),
    remedies: [],
    rerun: "continues from this step; an RKE that is still at work is waited for",
  };
}

function pointOf({ resource, wipedAt, clusterFile }: CutOffStep): PointOfNoReturn {
  if (resource !== RESTORE) return beforeStep(resource, clusterFile);
  return wipedAt === undefined ? { state: "unknown" } : { state: "passed", at: wipedAt };
}
