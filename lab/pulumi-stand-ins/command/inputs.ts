import type { Failure } from "../provider.ts";
import { isObject, isUnknown, type Properties, reveal } from "../values.ts";

export interface CommandInputs {
  create?: string;
  update?: string;
  delete?: string;
  triggers?: unknown[];
  dir?: string;
  environment?: Record<string, string>;
  stdin?: string;
  logging?: Logging;
  addPreviousOutputInEnv?: boolean;
}

type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";

const isString = (value: unknown) => typeof value === "string" || isUnknown(value);

/** Each input with what it must be. */
const inputs: Record<keyof CommandInputs, [kind: string, is: (value: unknown) => boolean]> = {
  create: ["a string", isString],
  update: ["a string", isString],
  delete: ["a string", isString],
  triggers: ["a list", Array.isArray],
  dir: ["a string", isString],
  environment: ["a map of strings", (value) => isObject(value) && Object.values(value).every(isString)],
  stdin: ["a string", isString],
  logging: [
    "stdout, stderr, stdoutAndStderr or none",
    (value) => ["stdout", "stderr", "stdoutAndStderr", "none"].includes(String(value)),
  ],
  addPreviousOutputInEnv: ["true or false", (value) => typeof value === "boolean"],
};

export const inputNames: ReadonlySet<string> = new Set(Object.keys(inputs));

/** The inputs with the official defaults, and what is wrong with them. */
export function checkInputs(given: Properties): { inputs: Properties; failures: Failure[] } {
  const failures: Failure[] = [];
  for (const [property, value] of Object.entries(given)) {
    const known = inputs[property as keyof CommandInputs];
    if (!known)
      failures.push({ property, reason: `${property} is unknown to the lab's stand-in for the command plugin` });
    else if (!isUnknown(value) && !known[1](reveal(value)))
      failures.push({ property, reason: `${property} must be ${known[0]}` });
  }
  return { inputs: { addPreviousOutputInEnv: true, ...given }, failures };
}
