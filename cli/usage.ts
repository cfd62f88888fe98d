import type { Problem } from "../cluster/problem.ts";
import { meant } from "../settings/wording.ts";

/** What is typed cannot be done as it is typed. The message says how to type it. */
export class UsageError extends Error {
  readonly problem: Problem | undefined;
  constructor(text: string, problem?: Problem) {
    super(text);
    this.problem = problem;
  }

  /** By one problem, whose remedy says what to type instead. */
  static of({ message, remedy }: { message: string; remedy: string }): UsageError {
    return new UsageError(`${message}. ${remedy}`, { message, remedy });
  }
}

/** The parser's complaint with the options that were probably meant. It names no unknown one while a required one is missing. */
export function usageText(complaint: string, options: string[], words: string[]): string {
  const typed = words.flatMap((word) => /^--([^=]+)/.exec(word)?.[1] ?? []);
  const hints = typed.flatMap((word) => {
    const option = options.includes(word) ? undefined : meant(word, options);
    return option === undefined ? [] : `--${option}`;
  });
  const hint = [...new Set(hints)].map((option) => `. Did you mean ${option}?`).join("");
  const complained = complaint
    .replace(/^Missing required argument: (\S+)$/, "Missing required option: --$1")
    .replace(/^Not enough arguments following: (\S+)$/, "--$1 needs a value");
  return `${complained}${hint}\nrancher-rollback --help lists the commands, rancher-rollback COMMAND --help its options`;
}
