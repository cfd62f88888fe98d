import type { Problem } from "../cluster/problem.ts";
import { problemLines } from "./commands.ts";

/** All mistakes in a stack's settings, as the operator reads them. */
export function mistakesText(mistakes: Problem[], stack: string): string {
  return [
    `${mistakes.length === 1 ? "one setting is" : `${mistakes.length} settings are`} wrong; nothing was done:`,
    ...problemLines(mistakes, { stack }).map((line) => `  ${line}`),
  ].join("\n");
}
