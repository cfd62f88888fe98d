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

/** All that can be typed; its help pages are made of it. */
export function commands(parser: Argv, does: Does): Argv {
  return parser
    .scriptName("rancher-rollback")
    .usage(
      "$0 COMMAND\n\nRolls back a Rancher HA installation on RKE1 to an etcd snapshot and a prior Rancher version.",
    )
    .command(
      "plan",
      "say what a rollback would do and lose; touches nothing. Exit code 0: nothing to do, 1: an error, 2: changes",
      (command) => withRoll(withStacks(command)),
      does((args) => roll("plan", args)),
    )
    .command(
      "apply",
      "preview, ask, and roll back: exactly what the preview showed",
      (command) => withAcceptance(withRoll(withStacks(command))),
      does((args) => roll("apply", args)),
    )
    .command(
      "undo",
      "take the stack's last rollback back: roll back to its safety copy",
      (command) => withAcceptance(withRoll(withStacks(command))),
      does((args) => roll("undo", args)),
    )
    .command(
      "verify",
      "look whether the cluster is as it must be after the rollback; plans nothing",
      withStack,
      does((args) => verify(args)),
    )
    .command(
      "unlock",
      "show who holds the cluster's lock, or take the lock that is named away",
      (command) => withUnlock(withStack(command)),
      does((args) => unlock(args)),
    )
    .command(
      "abort",
      "give a rollback up: release the stack's lock on every etcd host",
      withStack,
      does((args) => abort(args)),
    )
    .command(
      "report",
      "list the stack's runs and say where the report of one is",
      (command) => withReport(withStack(command)),
      does((args) => report(args)),
    )
    .command(
      "doctor",
      "check this machine and its access to the cluster; plans nothing",
      withStack,
      does((args) => doctor(args)),
    )
    .completion("completion", "print a script for completion by the shell")
    .demandCommand(1, "a command is missing")
    .recommendCommands()
    .strictCommands()
    .strict()
    .version()
    .help()
    .wrap(null);
}
