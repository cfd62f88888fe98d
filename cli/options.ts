import { resolve } from "node:path";
import type { Argv } from "yargs";
import { shellWord } from "../cluster/shell.ts";
import { prunedNameMistake, snapshotNameMistake } from "../cluster/snapshot/name.ts";
import type { StackConfig } from "./stackConfig.ts";
import { UsageError } from "./usage.ts";

/** What a command is given, by the options that its builder adds; without their short names. */
type OptionsOf<Builder extends (command: Argv) => Argv<unknown>> =
  ReturnType<Builder> extends Argv<infer T> ? Omit<T, "s" | "c"> : never;

const STACK = { alias: "s", type: "string" } as const;
/** May be given several times, with one value each. */
const SEVERAL = { type: "string", array: true, nargs: 1 } as const;
const JUNIT = { type: "string", describe: "a file into which the result is written as JUnit XML" } as const;

/** As for any stack, but one need not be named. */
export function withAnyStack(command: Argv) {
  const describe = "the Pulumi stack; without it, this machine alone is checked";
  return withConfig(command).option("stack", { ...STACK, describe });
}
export type DoctorOptions = OptionsOf<typeof withAnyStack>;

export function withStack(command: Argv) {
  return withConfig(command).option("stack", {
    ...STACK,
    demandOption: true,
    describe: "the Pulumi stack, by its name",
  });
}
export type StackOptions = OptionsOf<typeof withStack>;

function withConfig(command: Argv) {
  return command
    .option("config", {
      ...SEVERAL,
      alias: "c",
      default: [] as string[],
      describe: "KEY=VALUE: override a setting for this run; repeatable",
    })
    .option("config-folder", {
      type: "string",
      describe: "the folder of Pulumi.STACK.yaml, where it is not the one of Pulumi.yaml",
    })
    .option("json", { type: "boolean", default: false, describe: "one JSON object a line instead of text" });
}

/** @throws UsageError that says how a setting is written. */
export function stackConfig(stack: string, options: Pick<StackOptions, "config" | "config-folder">): StackConfig {
  const folder = options["config-folder"];
  const config = Object.fromEntries(
    options.config.map((word) => {
      const [, key, value] = /^((?:[\w-]+:)?\w+)=(.*)$/s.exec(word) ?? [];
      if (key === undefined || value === undefined) {
        const remedy = "For example: --config run=2";
        throw UsageError.of({ message: `--config ${word} is not KEY=VALUE`, remedy });
      }
      return [key, value];
    }),
  );
  return { stack, config, ...(folder !== undefined && { configFolder: resolve(folder) }) };
}

export function notInS3(source: string) {
  const remedy = "Name one: --source s3://BUCKET/FOLDER, or --source s3 for the bucket of the cluster file";
  return { message: `--source ${source} is no folder in S3`, remedy };
}

/** Options of `plan`, `apply` and `undo`. */
export function withRoll(command: Argv) {
  return withConfig(command)
    .option("stack", {
      ...STACK,
      ...SEVERAL,
      demandOption: true,
      describe: "the Pulumi stack, by its name; repeatable, for several clusters",
    })
    .option("parallel", { type: "number", default: 1, describe: "how many stacks at once" })
    .option("lost", {
      ...SEVERAL,
      default: [] as string[],
      describe: "also list every lost object whose kind or name has this word, such as users; repeatable",
    })
    .option("report", { type: "string", describe: "a folder into which the report is written as well" })
    .check(({ stack, parallel }) => {
      const twice = stack.find((one, at) => stack.indexOf(one) !== at);
      if (twice !== undefined) {
        const remedy = `Name it once: --stack ${shellWord(twice)}`;
        throw UsageError.of({ message: `stack ${twice} is named twice`, remedy });
      }
      if (!(Number.isInteger(parallel) && parallel >= 1)) {
        const remedy = "For example: --parallel 2";
        throw UsageError.of({ message: "--parallel must be an integer of 1 or more", remedy });
      }
      return true;
    }, false);
}

export function withAcceptance(command: Argv) {
  return withRoll(command)
    .option("accept-data-loss-of", {
      ...SEVERAL,
      default: [] as string[],
      describe: "confirms that every change since this snapshot may be lost: its name, NAME#2 for its second run",
    })
    .option("yes", { type: "boolean", default: false, describe: "do not ask on the terminal" });
}
/** `plan` does not have those of the acceptance. */
export type RollOptions = OptionsOf<typeof withRoll> & Partial<OptionsOf<typeof withAcceptance>>;

export function withVerify(command: Argv) {
  return withStack(command).option("junit", JUNIT);
}
export type VerifyOptions = OptionsOf<typeof withVerify>;

export function withSnapshots(command: Argv) {
  return withStack(command).option("open", {
    ...SEVERAL,
    describe: "a snapshot to open, which takes seconds, or all; repeatable",
  });
}
export type SnapshotsOptions = OptionsOf<typeof withSnapshots>;

export function withPrepare(command: Argv) {
  return withStack(command)
    .option("name", { type: "string", describe: "the snapshot's name; without it prepared-TIME" })
    .option("upload", {
      type: "boolean",
      default: false,
      describe: "save with RKE, which also uploads the snapshot to the cluster file's bucket",
    })
    .check(({ name }) => {
      const mistake = name === undefined ? undefined : (snapshotNameMistake(name) ?? prunedNameMistake(name));
      if (mistake !== undefined) {
        const remedy = "For example: --name before-upgrade. Without --name it is named prepared-TIME";
        throw UsageError.of({ message: `--name ${mistake}`, remedy });
      }
      return true;
    }, false);
}
export type PrepareOptions = OptionsOf<typeof withPrepare>;

export function withProve(command: Argv) {
  return withStack(command)
    .positional("snapshot", { type: "string", describe: "snapshot name (default: the newest)" })
    .option("source", {
      type: "string",
      describe: "fetch it from S3: s3://BUCKET/FOLDER, or s3 for the bucket of the cluster file",
    })
    .option("max-age", { type: "number", describe: "how many hours old the snapshot may be" })
    .option("junit", JUNIT)
    .option("metrics", { type: "string", describe: "a file into which the result is written as OpenMetrics text" })
    .check(({ source, "max-age": age }) => {
      if (source !== undefined && !/^s3(:|$)/.test(source)) throw UsageError.of(notInS3(source));
      if (age !== undefined && !(age > 0)) {
        const remedy = "For example: --max-age 26";
        throw UsageError.of({ message: "--max-age must be a number of hours above 0", remedy });
      }
      return true;
    }, false);
}
export type ProveOptions = OptionsOf<typeof withProve>;

export function withUnlock(command: Argv) {
  return withStack(command).option("of", {
    type: "string",
    describe: "release the lock with this id; without it, only list the locks",
  });
}
export type UnlockOptions = OptionsOf<typeof withUnlock>;

export function withReport(command: Argv) {
  return withStack(command)
    .option("run", { type: "string", describe: "run folder (default: the latest)" })
    .option("into", { type: "string", describe: "a folder into which its report is written" });
}
export type ReportOptions = OptionsOf<typeof withReport>;

/** What `init` has an example for, in stacks/. */
const SCENARIOS = ["failed-upgrade", "disaster"] as const;

export function withInit(command: Argv) {
  return command
    .option("stack", { ...STACK, demandOption: true, describe: "the stack's name, such as prod" })
    .option("scenario", {
      choices: SCENARIOS,
      default: SCENARIOS[0],
      describe: "what happened: an upgrade failed, or a node is lost for good",
    })
    .option("json", { type: "boolean", default: false, describe: "one JSON object instead of text" });
}
export type InitOptions = OptionsOf<typeof withInit>;
