import type { Notice, Remedy } from "../cluster/problem.ts";
import { shellWord } from "../cluster/shell.ts";
import { printable } from "../cluster/text.ts";

/** Who the operator started: `pulumi` or `rancher-rollback`. Commands are shown in its words. */
export interface Audience {
  /** The stack as the operator typed it. */
  stack: string;
  program: "pulumi" | "rancher-rollback";
}

/** Set in the environment of the steps that `rancher-rollback` runs: the stack as the operator typed it. */
export const STACK_VARIABLE = "RANCHER_ROLLBACK_STACK";

/** The audience of a step's process. @param stack the engine's name of the stack. @param env the environment of the process. */
export function audienceOf(stack: string, env: Record<string, string | undefined>): Audience {
  const typed = env[STACK_VARIABLE];
  return typed === undefined ? { stack, program: "pulumi" } : { stack: typed, program: "rancher-rollback" };
}

export function setCommand({ stack }: Audience, setting: string, value: string): string {
  return `pulumi config set ${setting} ${shellWord(value)} --stack ${shellWord(stack)}`;
}

/** The command that continues a rollback from the step that failed. */
export function rerunCommand({ stack, program }: Audience): string {
  return program === "pulumi"
    ? `pulumi up --stack ${shellWord(stack)}`
    : `rancher-rollback apply --stack ${shellWord(stack)}`;
}

export function undoCommand({ stack }: Pick<Audience, "stack">): string {
  return `rancher-rollback undo --stack ${shellWord(stack)}`;
}

export function abortCommand({ stack }: Pick<Audience, "stack">): string {
  return `rancher-rollback abort --stack ${shellWord(stack)}`;
}

/** The command that shows who holds the cluster's lock, or releases the lock with the id `of`. */
export function unlockCommand({ stack }: Pick<Audience, "stack">, of?: string): string {
  return `rancher-rollback unlock --stack ${shellWord(stack)}${of === undefined ? "" : ` --of ${shellWord(of)}`}`;
}

/** The command that unlocks a stack which a killed run left locked in Pulumi's backend. */
export function cancelCommand({ stack }: Pick<Audience, "stack">): string {
  return `pulumi cancel --stack ${shellWord(stack)}`;
}

/** How the operator confirms a restore: what to do, and the command or option to copy. */
export function confirmation(audience: Audience, consent: string): { text: string; command: string } {
  return audience.program === "rancher-rollback"
    ? {
        text: "`apply` asks before it starts; without a terminal:",
        command: `--accept-data-loss-of ${shellWord(consent)}`,
      }
    : { text: "before `pulumi up`:", command: setCommand(audience, "acceptDataLossOf", consent) };
}

/** A remedy as the operator reads it. @param show what a command in it is shown as. */
export function remedyText(
  remedy: Remedy,
  audience: Pick<Audience, "stack">,
  show = (command: string) => command,
): string {
  if (Array.isArray(remedy)) return remedy.map((part) => remedyText(part, audience, show)).join("; ");
  if (typeof remedy === "string") return remedy;
  if ("on" in remedy) return `on ${placeOf(remedy.on)}, ${remedy.text}`;
  const command = "pulumi" in remedy ? `pulumi ${remedy.pulumi}` : `rancher-rollback ${remedy.command}`;
  // That of a record comes from a file, which may contain anything; no name has a NUL.
  return `${remedy.text}: ${show(`${command} --stack ${shellWord(audience.stack.replaceAll("\0", ""))}`)}`;
}

function placeOf(nodes: string[]): string {
  if (nodes.length === 0) return "the node";
  return nodes.length === 1 ? `${nodes[0]}` : `each of ${nodes.join(", ")}`;
}

/** Problems as the operator reads them: what is wrong, and below it what to do about it, where there is something to do. */
export function problemLines(problems: Notice[], audience: Pick<Audience, "stack">): string[] {
  return problems.flatMap(({ message, remedy }) => [
    printable(message),
    ...(remedy === undefined ? [] : [`  → ${remedyText(remedy, audience)}`]),
  ]);
}
