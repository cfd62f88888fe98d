import type { Problem } from "../cluster/problem.ts";
import { remedyText } from "./commands.ts";

/** All mistakes in a stack's settings, as the operator reads them. */
export function mistakesText(mistakes: Problem[], stack: string): string {
  return [
    `${mistakes.length === 1 ? "one setting is" : `${mistakes.length} settings are`} wrong; nothing was done:`,
    ...mistakes.map(({ message, remedy }) => `  ${message}\n      ${remedyText(remedy, { stack })}`),
  ].join("\n");
}
