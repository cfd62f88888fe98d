import { resolve } from "node:path";
import type { Argv } from "yargs";
import { type StackConfig, settingsFromWords } from "./stackConfig.ts";

/** What every command is told of its stack. */
export interface StackOptions {
  stack: string;
  config: string[];
  "config-folder": string | undefined;
  json: boolean;
}

export function withStack(command: Argv): Argv<StackOptions> {
  return withConfig(command)
    .option("stack", {
      alias: "s",
      type: "string",
      demandOption: true,
      describe: "the Pulumi stack, by its name",
    })
    .check(once("stack"), false) as unknown as Argv<StackOptions>;
}

/** The parser makes a list of what is given twice, whatever was said of its type. */
export function once(...options: string[]): (given: Record<string, unknown>) => true {
  return (given) => {
    const twice = options.find((option) => Array.isArray(given[option]));
    if (twice !== undefined) throw new Error(`--${twice} can be given once only`);
    return true;
  };
}

export interface StacksOptions extends Omit<StackOptions, "stack"> {
  stack: string[];
  parallel: number;
}

export function withStacks(command: Argv): Argv<StacksOptions> {
  return withConfig(command)
    .option("stack", {
      alias: "s",
      type: "string",
      array: true,
      nargs: 1,
      demandOption: true,
      describe: "the Pulumi stack, by its name; several times for several clusters",
    })
    .option("parallel", {
      type: "number",
      default: 1,
      describe: "how many stacks at once",
    })
    .check(({ stack, parallel }) => {
      const stacks = stack as string[];
      const twice = stacks.find((one, at) => stacks.indexOf(one) !== at);
      if (twice !== undefined) throw new Error(`stack ${twice} is named twice`);
      if (!(Number.isInteger(parallel) && parallel >= 1)) throw new Error("--parallel is a number from 1 on");
      return true;
    }, false) as unknown as Argv<StacksOptions>;
}

function withConfig(command: Argv): Argv {
  return command
    .option("config", {
      alias: "c",
      type: "string",
      array: true,
      nargs: 1,
      default: [] as string[],
      describe: "KEY=VALUE, a setting for this run alone, above the stack's file; several times for several",
    })
    .option("config-folder", {
      type: "string",
      describe: "the folder of Pulumi.STACK.yaml, where it is not the project's stacks",
    })
    .check(once("config-folder", "json"), false)
    .option("json", { type: "boolean", default: false, describe: "one JSON object a line instead of text" });
}

/** @throws Error that says how a setting is written. */
export function stackConfig(stack: string, options: Pick<StackOptions, "config" | "config-folder">): StackConfig {
  const folder = options["config-folder"];
  const config = settingsFromWords(options.config);
  return { stack, config, ...(folder !== undefined && { configFolder: resolve(folder) }) };
}
