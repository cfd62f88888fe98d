import type { z } from "zod";
import { printable } from "../cluster/text.ts";

const KINDS: Record<string, string> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a map of settings",
  record: "a map of settings",
};

/** What a rule says of a value where it has no sentence of its own, as the end of one. For zod's `error`. */
export function issueText(issue: z.core.$ZodRawIssue): string {
  if (issue.code === "invalid_type") {
    return issue.input === undefined ? "is missing" : `is not ${KINDS[issue.expected] ?? "of the right kind"}`;
  }
  return issue.code === "unrecognized_keys" ? `has nothing called ${issue.keys.join(" or ")}` : "is not valid";
}

const LONGEST = 40;

/** A value as a message shows it: on one line, and only its beginning where it is long. */
export function shortened(value: string | number): string {
  const text = printable(String(value)).replaceAll(/\s+/g, " ");
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

/** The known word that was probably meant: but for its case, or for one mistake in four letters. */
export function meant(word: string, known: string[]): string | undefined {
  const [nearest] = known
    .map((other) => ({ other, distance: distance(word.toLowerCase(), other.toLowerCase()) }))
    .toSorted((one, other) => one.distance - other.distance);
  return nearest && nearest.distance <= Math.max(word.length, nearest.other.length) / 4 ? nearest.other : undefined;
}

/** How many letters must be put in, taken out, exchanged, or swapped with the next one (optimal string alignment). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  let before: number[] = [];
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1];
    for (const [place, against] of [...other].entries()) {
      const isSwapped = letter === other[place - 1] && against === one[at - 1];
      next.push(
        Math.min(
          (next[place] ?? 0) + 1,
          (row[place + 1] ?? 0) + 1,
          (row[place] ?? 0) + (letter === against ? 0 : 1),
          isSwapped ? (before[place - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
