import type { Remedy } from "../cluster/problem.ts";
import { shellWord } from "../cluster/shell.ts";
import { KEYS, type Key } from "./keys.ts";

/** The command that sets a setting. @param example what is typed behind it; that of an entry of a list names its path. */
export function exampleOf(key: Key, example: string = KEYS[key].example): Remedy {
  return { text: "for example", pulumi: `config set ${isOfEntry(example) ? example : `${key} ${example}`}` };
}

export function removal(key: string): Remedy {
  return { text: "remove it", pulumi: `config rm ${shellWord(key)}` };
}

/** What to do about what a rule refuses. @param inner where it is in the value. */
export function remedyAt(key: Key, inner: PropertyKey[], given: unknown): Remedy {
  const { example } = KEYS[key];
  if (!isOfEntry(example) || given === undefined) return exampleOf(key);
  if (inner.length > 0) return "correct this entry in the stack's config";
  return {
    text: `set it entry by entry, such as ${example}, once the text is removed`,
    pulumi: `config rm ${key}`,
  };
}

function isOfEntry(example: string): boolean {
  return example.startsWith("--path ");
}
