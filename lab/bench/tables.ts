import type { Results } from "./results.ts";
import type { Spread } from "./statistics.ts";

export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => oneLine(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

export function commitText({ id, changed }: Results["commit"]): string {
  return changed ? `${id}, with changes that are not committed` : id;
}

/** `24.3 s (23.1 to 25.0)`. */
export function shown(found: Spread | undefined): string {
  if (!found) return "";
  const { median, min, max, count } = found;
  return count === 1 ? `${median.toFixed(1)} s` : `${median.toFixed(1)} s (${min.toFixed(1)} to ${max.toFixed(1)})`;
}
