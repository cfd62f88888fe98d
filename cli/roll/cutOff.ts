import type { Failure } from "../../messages/failure.ts";
import { beforeStep, type PointOfNoReturn } from "../../messages/pointOfNoReturn.ts";

const LAST_LINES = 12;

/** A step that ended without a failure of its own: it was killed, or it is a bug. */
interface CutOffStep extends Pick<Failure, "step" | "node"> {
  lines: string[];
  /** When its run passed the point of no return, ISO 8601. */
  wipedAt?: string | undefined;
  clusterFile: string;
}

export function cutOffFailure(cutOff: CutOffStep): Failure {
  const { step, node, lines } = cutOff;
  return {
    kind: "cut-off",
    step,
    ...(node !== undefined && { node }),
    happened: ["it was cut off"],
    ...(lines.length > 0 && { lastLines: lines.slice(-LAST_LINES) }),
    pointOfNoReturn: pointOf(cutOff),
    remedies: [],
  };
}

function pointOf({ step, wipedAt, clusterFile }: CutOffStep): PointOfNoReturn {
  if (step !== "restore") return beforeStep(step, clusterFile);
  return wipedAt === undefined ? { state: "unknown" } : { state: "passed", at: wipedAt };
}
