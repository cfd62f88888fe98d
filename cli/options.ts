import { resolve } from "node:path";
import type { Argv } from "yargs";
import { snapshotNameMistake } from "../cluster/snapshot/name.ts";
import type { StackConfig } from "./stackConfig.ts";

/** What every command is given of its stack. */
export interface StackOptions {
  stack: string;
  config: string[];
  "config-folder": string | undefined;
  json: boolean;
}

export interface DoctorOptions extends Omit<StackOptions, "stack"> {
  stack: string | undefined;
}

/** As for any stack, but one need not be named. */
export function withAnyStack(command: Argv): Argv<DoctorOptions> {
  return withConfig(command)
    .option("stack", {
      alias: "s",
      type: "string",
      describe: "the Pulumi stack; without it, this machine alone is checked",
    })
    .check(once("stack"), false) as unknown as Argv<DoctorOptions>;
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
function once(...options: string[]): (given: Record<string, unknown>) => true {
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
      describe: "the folder of Pulumi.STACK.yaml, where it is not the one of Pulumi.yaml",
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

export interface RollOptions extends StacksOptions {
  "accept-data-loss-of": string[];
  yes: boolean;
  report: string | undefined;
  lost: string[];
}

/** Options of `plan`, `apply` and `undo`. */
export function withRoll(command: Argv<StacksOptions>): Argv<StacksOptions & Pick<RollOptions, "report" | "lost">> {
  return command
    .option("lost", {
      type: "string",
      array: true,
      nargs: 1,
      default: [] as string[],
      describe:
        "also list every lost object whose kind or name has this word, such as users; several times for several",
    })
    .option("report", { type: "string", describe: "a folder into which the report is written as well" })
    .check(once("report"), false);
}

export function withAcceptance(command: Argv<StacksOptions & Pick<RollOptions, "report" | "lost">>): Argv<RollOptions> {
  return command
    .option("accept-data-loss-of", {
      type: "string",
      array: true,
      nargs: 1,
      default: [] as string[],
      describe: "confirms that every change since this snapshot may be lost: its name, NAME#2 for its second run",
    })
    .option("yes", {
      type: "boolean",
      default: false,
      describe: "do not ask on the terminal",
    }) as unknown as Argv<RollOptions>;
}

export interface VerifyOptions extends StackOptions {
  junit: string | undefined;
}

export function withVerify(command: Argv<StackOptions>): Argv<VerifyOptions> {
  return command
    .option("junit", { type: "string", describe: "a file into which the result is written as JUnit XML" })
    .check(once("junit"), false);
}

export interface SnapshotsOptions extends StackOptions {
  open: string[] | undefined;
}

export function withSnapshots(command: Argv<StackOptions>): Argv<SnapshotsOptions> {
  return command.option("open", {
    type: "string",
    array: true,
    nargs: 1,
    describe: "a snapshot to open, which takes seconds, or all; several times for several",
  });
}

export interface PrepareOptions extends StackOptions {
  name: string | undefined;
  upload: boolean;
}

export function withPrepare(command: Argv<StackOptions>): Argv<PrepareOptions> {
  return command
    .option("name", { type: "string", describe: "the snapshot's name; without it prepared-TIME" })
    .option("upload", {
      type: "boolean",
      default: false,
      describe: "have RKE save it, which also uploads it into the bucket of the cluster file",
    })
    .check(once("name"), false)
    .check(({ name }) => {
      const mistake = name === undefined ? undefined : snapshotNameMistake(name as string);
      if (mistake !== undefined) throw new Error(`--name ${mistake}`);
      return true;
    }, false) as unknown as Argv<PrepareOptions>;
}

export interface ProveOptions extends StackOptions {
  snapshot: string | undefined;
  source: string | undefined;
  "max-age": number | undefined;
  junit: string | undefined;
  metrics: string | undefined;
}

export function withProve(command: Argv<StackOptions>): Argv<ProveOptions> {
  return command
    .positional("snapshot", { type: "string", describe: "its name; the newest where none is given" })
    .option("latest", { type: "boolean", default: false, describe: "the newest snapshot, as without a name" })
    .option("source", {
      type: "string",
      describe: "fetch it from S3: s3://BUCKET/FOLDER, or s3 for the bucket of the cluster file",
    })
    .option("max-age", { type: "number", describe: "how many hours old the snapshot may be" })
    .option("junit", { type: "string", describe: "a file into which the result is written as JUnit XML" })
    .option("metrics", { type: "string", describe: "a file into which the result is written as OpenMetrics text" })
    .check(once("source", "max-age", "junit", "metrics"), false)
    .check(({ snapshot, latest, source, "max-age": age }) => {
      if (source !== undefined && !/^s3(:|$)/.test(String(source)))
        throw new Error("--source is s3://BUCKET/FOLDER or s3");
      if (latest && snapshot !== undefined) throw new Error("either --latest or a snapshot's name can be given");
      if (age !== undefined && !(Number(age) > 0)) throw new Error("--max-age is a number of hours");
      return true;
    }, false) as unknown as Argv<ProveOptions>;
}

export interface UnlockOptions extends StackOptions {
  of: string | undefined;
}

export function withUnlock(command: Argv<StackOptions>): Argv<UnlockOptions> {
  return command
    .option("of", {
      type: "string",
      describe: "the id of the lock to take away; without it the locks are only shown",
    })
    .check(once("of"), false);
}

export interface ReportOptions extends StackOptions {
  run: string | undefined;
  into: string | undefined;
}

export function withReport(command: Argv<StackOptions>): Argv<ReportOptions> {
  return command
    .option("run", { type: "string", describe: "a run by the name of its folder; the last one if not given" })
    .option("into", { type: "string", describe: "a folder into which its report is written" })
    .check(once("run", "into"), false);
}

/** What `init` has an example for, in stacks/. */
const SCENARIOS = ["failed-upgrade", "disaster"] as const;

export interface InitOptions {
  stack: string;
  scenario: (typeof SCENARIOS)[number];
  json: boolean;
}

export function withInit(command: Argv): Argv<InitOptions> {
  return command
    .option("stack", { alias: "s", type: "string", demandOption: true, describe: "the stack's name, such as prod" })
    .option("scenario", {
      choices: SCENARIOS,
      default: SCENARIOS[0],
      describe: "what happened: an upgrade failed, or a node is lost for good",
    })
    .option("json", { type: "boolean", default: false, describe: "one JSON object instead of text" })
    .check(once("stack", "scenario"), false) as unknown as Argv<InitOptions>;
}

/** `KEY=VALUE` from the command line → settings. @throws Error that says how it is written. */
export function settingsFromWords(words: string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const [, key, value] = /^((?:[\w-]+:)?\w+)=(.*)$/s.exec(word) ?? [];
      if (key === undefined || value === undefined) throw new Error(`--config ${word} is not KEY=VALUE`);
      return [key, value];
    }),
  );
}
