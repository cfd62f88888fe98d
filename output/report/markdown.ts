import { printable } from "../../cluster/text.ts";

/**
 * A text within a line of Markdown, as code: nothing in it is then a link, HTML, a mention of a person or a command of
 * the ticket system. That holds in every dialect, unlike escaping with backslashes.
 */
export function code(text: string): string {
  const line = printable(text).replaceAll(/\s*\n\s*/g, " ");
  if (line.trim() === "") return "(empty)";
  const fence = "`".repeat(longestRun(line) + 1);
  return line.includes("`") ? `${fence} ${line} ${fence}` : `${fence}${line}${fence}`;
}

export function block(text: string): string {
  const fence = "`".repeat(Math.max(3, longestRun(printable(text)) + 1));
  return `${fence}text\n${printable(text)}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
