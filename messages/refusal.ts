import type { Problem } from "../cluster/problem.ts";
import { type Audience, problemLines, remedyText } from "./commands.ts";

/** Why nothing is done, as data. */
export interface Refused {
  /** What is refused, or found wrong, where the problems do not say it themselves. */
  what?: string;
  problems: Problem[];
}

export function mistakesText(mistakes: Problem[], stack: string): string {
  return [
    `${mistakes.length === 1 ? "one setting is" : `${mistakes.length} settings are`} wrong; nothing was done:`,
    ...problemLines(mistakes, { stack }).map((line) => `  ${line}`),
  ].join("\n");
}

export function refusalText({ what, problems }: Refused, audience: Pick<Audience, "stack">): string {
  if (what !== undefined) return [`${what}; nothing was done:`, ...problemLines(problems, audience)].join("\n  ");
  return problems
    .map(({ message, remedy }) => problemText({ message: `${message}. Nothing was done`, remedy }, audience))
    .join("\n");
}

/** That the cluster is not what the preview showed. @param differences as the operator reads them. */
export function changedText(differences: string[]): string {
  return ["the cluster is not what the preview showed; nothing was done:", ...differences].join("\n  ");
}

/** A problem in one line. */
export function problemText({ message, remedy }: Problem, audience: Pick<Audience, "stack">): string {
  return `${message}. ${remedyText(remedy, audience)}`;
}
