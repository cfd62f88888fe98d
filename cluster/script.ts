import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
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

/** A message of a script (`tell` in script.sh): a code, and the texts that belong to it. */
export interface ScriptMessage {
  code: string;
  values: Record<string, string>;
}

/** All that a script tells of one kind, in its order: lines `value NAME TEXT`, one for each line of a text, and then `KIND CODE`. */
export function messagesOf(printed: string, kind: string): ScriptMessage[] {
  const messages: ScriptMessage[] = [];
  const values = new Map<string, string>();
  for (const line of printed.split("\n")) {
    const [, name = "", text = ""] = /^value (\S+) (.*)$/s.exec(line) ?? [];
    if (name !== "") {
      const before = values.get(name);
      values.set(name, before === undefined ? text : `${before}\n${text}`);
      continue;
    }
    if (line.startsWith(`${kind} `)) {
      messages.push({ code: line.slice(kind.length + 1), values: Object.fromEntries(values) });
    }
    values.clear();
  }
  return messages;
}

/** Whether a line is part of why a script gives up, which is no news of its progress. */
export function isMessageLine(line: string): boolean {
  return /^(?:value [a-z_]+ .*|failed [a-z0-9-]+)$/.test(line);
}

export interface Sentence<T> {
  /** The names of the values that it needs. */
  needs: readonly string[];
  /** Undefined where one of them is missing. */
  say: (values: Record<string, string>) => T | undefined;
}

/** A code's sentence in a catalogue. @param say gets the values by their names. */
export function sentence<N extends string, T>(needs: readonly N[], say: (values: Record<N, string>) => T): Sentence<T> {
  const hasAll = (values: Record<string, string>): values is Record<N, string> =>
    needs.every((name) => values[name] !== undefined);
  return { needs, say: (values) => (hasAll(values) ? say(values) : undefined) };
}

/** The sentence for a script's message. `other` makes one for a code that the catalogue does not have, as from another release. */
export function messageText<T>(
  catalogue: Record<string, Sentence<T>>,
  { code, values }: ScriptMessage,
  other: (what: string) => T,
): T {
  const known = Object.hasOwn(catalogue, code) ? catalogue[code]?.say(values) : undefined;
  if (known !== undefined) return known;
  const given = Object.entries(values).map(([name, text]) => `${name} ${text}`);
  return other(given.length > 0 ? `${code} (${given.join(", ")})` : code);
}

function read(path: string): string {
  const text = readFileSync(path, "utf8").replace(/^#!.*\n/, "");
  return text.replaceAll(/^\. (\S+)$/gm, (_, sourced: string) => read(join(dirname(path), sourced)));
}
