import type { ArgumentsCamelCase, Argv } from "yargs";
import { abort } from "./commands/abort.ts";
import { doctor } from "./commands/doctor.ts";
import { report, withReport } from "./commands/report.ts";
import { roll, withAcceptance, withRoll } from "./commands/roll.ts";
import { unlock, withUnlock } from "./commands/unlock.ts";
import { verify } from "./commands/verify.ts";
import { withStack, withStacks } from "./options.ts";
import { engineError } from "./outcome.ts";

/** Does what is typed. @returns the exit code. */
export async function commandLine(parser: Argv): Promise<number> {
  let exitCode = 0;
  const parsed = commands(parser, (work) => async (args) => {
    exitCode = await work(args);
  }).fail((message, error) => {
    // Without this throw the command would be run all the same.
    throw error ?? new Error(`${message}\nrancher-rollback --help says what can be typed`);
  });
  try {
    await parsed.parseAsync();
  } catch (error) {
    console.error(engineError(error));
    return 1;
  }
  return exitCode;
}

type Does = <T>(
  work: (args: ArgumentsCamelCase<T>) => Promise<number>,
) => (args: ArgumentsCamelCase<T>) => Promise<void>;

/** All commands and options. The help and docs/commands are generated from it. */
export function commands(parser: Argv, does: Does): Argv {
  return parser
    .scriptName("rancher-rollback")
    .usage(
      "$0 COMMAND\n\nRolls back a Rancher HA installation on RKE1 to an etcd snapshot and a prior Rancher version.",
    )
    .command(
      "plan",
      "preview a rollback and its data loss; changes nothing. Exit code 0: nothing to do, 1: an error, 2: changes",
      (command) => withRoll(withStacks(command)),
      does((args) => roll("plan", args)),
    )
    .command(
      "apply",
      "preview, ask for confirmation, and roll back",
      (command) => withAcceptance(withRoll(withStacks(command))),
      does((args) => roll("apply", args)),
    )
    .command(
      "undo",
      "undo the stack's last rollback: roll back to its safety copy",
      (command) => withAcceptance(withRoll(withStacks(command))),
      does((args) => roll("undo", args)),
    )
    .command(
      "verify",
      "verify that the cluster matches the settings; changes nothing",
      withStack,
      does((args) => verify(args)),
    )
    .command(
      "unlock",
      "show who holds the cluster's lock, or release it by its id",
      (command) => withUnlock(withStack(command)),
      does((args) => unlock(args)),
    )
    .command(
      "abort",
      "give up a rollback: release the stack's lock on every etcd host",
      withStack,
      does((args) => abort(args)),
    )
    .command(
      "report",
      "list the stack's runs and show where the report of one is",
      (command) => withReport(withStack(command)),
      does((args) => report(args)),
    )
    .command(
      "doctor",
      "check this machine and its access to the cluster; changes nothing",
      withStack,
      does((args) => doctor(args)),
    )
    .completion("completion", "print a script for shell completion")
    .demandCommand(1, "a command is missing")
    .recommendCommands()
    .strictCommands()
    .strict()
    .version()
    .help()
    .wrap(null);
}
