import type { ArgumentsCamelCase, Argv } from "yargs";
import yargs from "yargs";
import type { Command } from "../run/events.ts";
import type { ErrorDocument } from "./answers.ts";
import { version } from "./installed.ts";
import {
  type RollOptions,
  withAcceptance,
  withAnyStack,
  withInit,
  withPrepare,
  withProve,
  withReport,
  withRoll,
  withSnapshots,
  withStack,
  withUnlock,
  withVerify,
} from "./options.ts";
import { UsageError, usageText } from "./usage.ts";

export async function commandLine(words: string[]): Promise<number> {
  if (completesStack(words)) {
    const { projectOf, stacksIn } = await import("./project.ts");
    for (const stack of stacksIn(projectOf().stacks)) console.log(stack);
    return 0;
  }
  let exitCode = 0;
  let stack: string | undefined;
  const parser = commands(yargs(words), (work) => async (args) => {
    if (typeof args.stack === "string") stack = args.stack;
    exitCode = await work(args);
  });
  parser.fail((complaint, error) => {
    // Without this throw the command would be run all the same.
    // The parser's own error, as of an option without its value, is a complaint like the others.
    if (error && error.name !== "YError") throw error;
    throw new UsageError(usageText(complaint ?? error?.message, optionsOf(parser).all, words));
  });
  try {
    await parser.parseAsync();
  } catch (error) {
    if (isJson(words)) console.log(JSON.stringify(await documentOf(error, stack)));
    else console.error(await textOf(error, stack));
    return 1;
  }
  return exitCode;
}

/** Whether the shell asks for a stack's name. The parser completes the rest, and does not wait for what has to be loaded. */
function completesStack(words: string[]): boolean {
  return words[0] === "--get-yargs-completions" && /^(-s|--stack)$/.test(words.at(-2) ?? "");
}

/** Previews and rolls back. Its modules take a second to load, so it prints a first line before that. */
async function roll(command: Command, options: RollOptions): Promise<number> {
  if (!options.json) console.log(`rancher-rollback ${version()} ${command}, stack ${options.stack.join(", ")}`);
  return await (await import("./commands/roll.ts")).roll(command, options);
}

/** An error of the engine's needs its SDK to be understood, one of usage must not wait for it. */
async function textOf(error: unknown, stack: string | undefined): Promise<string> {
  return error instanceof UsageError ? error.message : (await import("./outcome.ts")).engineError(error, stack);
}

async function documentOf(error: unknown, stack: string | undefined): Promise<ErrorDocument> {
  const problems = error instanceof UsageError ? [error.problem] : (await import("./outcome.ts")).problemsIn(error);
  const only = problems.length === 1 ? problems[0] : undefined;
  return { error: { ...(only ?? { message: await textOf(error, stack) }), exitCode: 1 } };
}

/** Words that cannot be parsed may ask for JSON all the same. */
function isJson(words: string[]): boolean {
  return words.some((word) => word === "--json" || word === "--json=true");
}

/** The options of the command at which the parser stands; its types do not have the method. */
function optionsOf(parser: Argv): { all: string[]; lists: string[] } {
  const { key, array } = (parser as Argv & { getOptions: () => { key: object; array: string[] } }).getOptions();
  return { all: Object.keys(key), lists: array };
}

/** The parser makes a list of what is given twice, and an empty text of an option without a value. */
function checkValues(given: Record<string, unknown>, parser: Argv): true {
  const { all, lists } = optionsOf(parser);
  const empty = all.find((option) => given[option] === "");
  if (empty !== undefined) {
    throw UsageError.of({ message: `--${empty} needs a value`, remedy: "Give it one" });
  }
  const twice = all.find((option) => Array.isArray(given[option]) && !lists.includes(option));
  if (twice !== undefined) {
    throw UsageError.of({ message: `--${twice} can be given once only`, remedy: "Leave out the others" });
  }
  return true;
}

type Does = <T>(
  work: (args: ArgumentsCamelCase<T>) => Promise<number>,
) => (args: ArgumentsCamelCase<T>) => Promise<void>;

/** All commands and options. The help and docs/commands are generated from it. */
export function commands(parser: Argv, does: Does): Argv {
  return (
    parser
      .scriptName("rancher-rollback")
      // Complaints in one language, whatever the machine's.
      .locale("en")
      .updateStrings({ "Did you mean %s?": "There is no such command. Did you mean %s?" })
      // An unknown option is complained of by the name that was typed alone.
      .parserConfiguration({ "camel-case-expansion": false })
      .usage(
        "$0 COMMAND\n\nRolls back a Rancher HA installation on RKE1 to an etcd snapshot and a prior Rancher version.",
      )
      .command(
        "init",
        "write the files that a rollback is configured in, into this folder",
        withInit,
        does(async (args) => await (await import("./commands/init.ts")).init(args)),
      )
      .command(
        "plan",
        "preview a rollback and its data loss; changes nothing. Exit code 0: nothing to do, 1: an error, 2: changes, 3: changes that apply would refuse",
        withRoll,
        does((args) => roll("plan", args)),
      )
      .command(
        "apply",
        "preview, ask for confirmation, and roll back",
        withAcceptance,
        does((args) => roll("apply", args)),
      )
      .command(
        "undo",
        "undo the stack's last rollback: roll back to its safety copy",
        withAcceptance,
        does((args) => roll("undo", args)),
      )
      .command(
        "verify",
        "verify that the cluster matches the settings; changes nothing",
        withVerify,
        does(async (args) => await (await import("./commands/verify.ts")).verify(args)),
      )
      .command(
        "prepare",
        "before an upgrade: save and prove a snapshot, and write the way back to it into the stack's config",
        withPrepare,
        does(async (args) => await (await import("./commands/prepare.ts")).prepare(args)),
      )
      .command(
        "prove [snapshot]",
        "prove a snapshot, the newest if none is named, by opening it, for a cron job; changes nothing",
        withProve,
        does(async (args) => await (await import("./commands/prove.ts")).prove(args)),
      )
      .command(
        "snapshots",
        "list the snapshots on the etcd hosts and in S3, and when they were proven; changes nothing",
        withSnapshots,
        does(async (args) => await (await import("./commands/snapshots.ts")).snapshots(args)),
      )
      .command(
        "unlock",
        "show who holds the cluster's lock, or release it by its id",
        withUnlock,
        does(async (args) => await (await import("./commands/unlock.ts")).unlock(args)),
      )
      .command(
        "abort",
        "abandon a rollback: release the stack's lock on every etcd host",
        withStack,
        does(async (args) => await (await import("./commands/abort.ts")).abort(args)),
      )
      .command(
        "report",
        "list the stack's runs and show where the report of one is",
        withReport,
        does(async (args) => await (await import("./commands/report.ts")).report(args)),
      )
      .command(
        "doctor",
        "check this machine and its access to the cluster; changes nothing",
        withAnyStack,
        does(async (args) => await (await import("./commands/doctor.ts")).doctor(args)),
      )
      .epilogue(
        "Settings: `init` writes an example into Pulumi.STACK.yaml, and Pulumi.yaml describes each, as docs/settings.md does.",
      )
      .completion("completion", "print a script for shell completion")
      .demandCommand(1, "a command is missing")
      .recommendCommands()
      .strictCommands()
      .strict()
      .check((given) => checkValues(given, parser))
      .version(version())
      .help()
      .wrap(null)
  );
}
