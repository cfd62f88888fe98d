import type { Remedy } from "../cluster/problem.ts";
import { shellWord } from "../cluster/shell.ts";
import { KEYS, type Key } from "./keys.ts";

type Example = (typeof KEYS)[Key]["example"];

/** The command that sets a setting. */
export function exampleOf(key: Key, example: Example = KEYS[key].example): Remedy {
  const of = typeof example === "string" ? `${key} ` : "";
  return { text: "for example", pulumi: `config set ${of}${exampleText(example)}` };
}

export function removal(key: string): Remedy {
  return { text: "remove it", pulumi: `config rm ${shellWord(key)}` };
}

/** What to do about what a rule refuses. @param inner where it is in the value. */
export function remedyAt(key: Key, inner: PropertyKey[], given: unknown): Remedy {
  const { example } = KEYS[key];
  if (typeof example === "string" || given === undefined) return exampleOf(key);
  if (inner.length > 0) return "correct this entry in the stack's config";
  const text = `set it entry by entry, such as ${exampleText(example)}, once the text is removed`;
  return { text, pulumi: `config rm ${key}` };
}

/** An example as it is typed; an entry of a list is set by its path, in the place of the key. */
export function exampleText(example: Example): string {
  return typeof example === "string" ? example : `--path ${shellWord(example.path)} ${example.value}`;
}
