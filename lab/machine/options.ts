import { type ParseArgsConfig, parseArgs } from "node:util";
import { Problem } from "./problem.ts";

export const flag = { type: "boolean", default: false } as const;
export const value = { type: "string" } as const;

/** What a command of the lab was given. @throws Problem with its usage for what it does not understand. */
export function given<const T extends ParseArgsConfig>(usage: string, config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new Problem(`${(error as Error).message}\n${usage}`);
  }
}
