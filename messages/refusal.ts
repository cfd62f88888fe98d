import type { Problem } from "../cluster/problem.ts";
import { type Audience, problemLines, remedyText } from "./commands.ts";

/** Why nothing is done, as data. */
export interface Refused {
  /** What is refused, or found wrong, where the problems do not say it themselves. */
  what?: string;
  problems: Problem[];
}

/** A refusal as the operator reads it. */
export function refusalText({ what, problems }: Refused, audience: Audience): string {
  if (what !== undefined) return [`${what}; nothing was done:`, ...problemLines(problems, audience)].join("\n  ");
  return problems
    .map(({ message, remedy }) => `${message}. Nothing was done. ${remedyText(remedy, audience)}`)
    .join("\n");
}
