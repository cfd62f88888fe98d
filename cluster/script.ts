import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Problem } from "./problem.ts";
import { shellWord } from "./shell.ts";

/** What a script asks for; numbers are written in decimal. */
type ScriptValues = Record<string, string | number>;

/**
 * A POSIX shell script in a file of its own, beside the module that reads what it prints. The file declares the values
 * that it needs as `: "${name?}"`, which shellcheck understands; they go in front of it as quoted assignments, so that no
 * value is ever part of its text. A file that it sources, `. ./functions.sh`, is put in the place of that line: a node
 * gets one script.
 * @param folder the module's `import.meta.dirname`.
 * @returns what makes the script with its values; it throws an Error for a value that is missing or that the file does not declare.
 * @example
 * const take = script(import.meta.dirname, "take.sh");
 * await ssh({ node, script: take({ file: "/opt/rke/lock", id: "1a2b3c4d" }), ... });
 */
export function script(folder: string, file: string): (values?: ScriptValues) => string {
  const text = read(join(folder, file));
  const needed = new Set([...text.matchAll(/"\$\{(\w+)\?\}"/g)].map(([, name = ""]) => name));
  return (values = {}) => {
    const missing = [...needed].filter((name) => values[name] === undefined);
    const unknown = Object.keys(values).filter((name) => !needed.has(name));
    if (missing.length > 0) throw new Error(`${file} needs a value for ${missing.join(", ")}`);
    if (unknown.length > 0) throw new Error(`${file} has no use for ${unknown.join(", ")}`);
    const assignments = Object.entries(values).map(([name, value]) => `${name}=${shellWord(String(value))}\n`);
    return `#!/bin/sh\n${assignments.join("")}${text}`;
  };
}

/** The texts of the lines `KIND TEXT` that a script has printed; of a line that is KIND alone it is empty. */
export function linesOf(printed: string, kind: string): string[] {
  return printed
    .split("\n")
    .filter((line) => line === kind || line.startsWith(`${kind} `))
    .map((line) => line.slice(kind.length + 1));
}

/** The first of them. */
export function lineOf(printed: string, kind: string): string | undefined {
  return linesOf(printed, kind)[0];
}

/** What a script says of its failure, in its lines `failed MESSAGE` and `next REMEDY`. */
export function failureOf(printed: string): Problem | undefined {
  const message = lineOf(printed, "failed");
  return message === undefined ? undefined : { message, remedy: lineOf(printed, "next") ?? "" };
}

function read(path: string): string {
  const text = readFileSync(path, "utf8").replace(/^#!.*\n/, "");
  return text.replaceAll(/^\. (\S+)$/gm, (_, sourced: string) => read(join(dirname(path), sourced)));
}
