import { meant } from "../settings/wording.ts";

/** What is typed cannot be done as it is typed. The message says how to type it. */
export class UsageError extends Error {}

/** What `--json` prints, on one line, where a command cannot give its answer (docs/answers.schema.json). */
export interface ErrorDocument {
  error: { message: string; exitCode: number };
}

/** The parser's complaint with the option that was probably meant. */
export function usageText(complaint: string, options: string[]): string {
  const [, unknown = ""] = /^Unknown arguments?: (.*)$/.exec(complaint) ?? [];
  const hints = unknown.split(", ").flatMap((word) => {
    const option = meant(word, options);
    return option === undefined || option === word ? [] : `--${option}`;
  });
  const hint = [...new Set(hints)].map((option) => `. Did you mean ${option}?`).join("");
  return `${complaint}${hint}\nrancher-rollback --help lists the commands, rancher-rollback COMMAND --help its options`;
}
