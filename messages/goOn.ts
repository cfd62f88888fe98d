import { shellWord } from "../cluster/shell.ts";

/** Set in the environment of what `rancher-rollback` runs: names a file; once that is there, no further step begins. */
export const STOP_VARIABLE = "RANCHER_ROLLBACK_STOP";

/** Set in the same environment: the stack as the operator has typed it, which may be longer than the engine's name of it. */
export const STACK_VARIABLE = "RANCHER_ROLLBACK_STACK";

const typed = (stack: string) => shellWord(process.env[STACK_VARIABLE] ?? stack);
const isOfCommand = () => process.env[STOP_VARIABLE] !== undefined;

/** What to type after a step that failed, for whoever began the run: `pulumi`, or the command `rancher-rollback`. */
export function goOn(stack: string, how = "goes on from this step"): string {
  const name = typed(stack);
  return isOfCommand()
    ? `npx rancher-rollback apply --stack ${name}   (${how}; with the --config of before, if there was any)`
    : `pulumi up --stack ${name}   (${how})`;
}

/** The text with this stack in Pulumi's own commands: without one they act on whichever is selected. */
export function naming(stack: string, text: string): string {
  return text.replaceAll(
    /pulumi (config set|config rm|cancel)\b(?! --stack)/g,
    (one) => `${one} --stack ${typed(stack)}`,
  );
}

/** How the operator's word for a restore is given, to `pulumi` or to the command. */
export function toConfirm(snapshot: string, byCommand = isOfCommand()): string {
  return byCommand
    ? `\`apply\` asks for it; where nobody can be asked: --accept-data-loss-of ${shellWord(snapshot)}`
    : `before \`pulumi up\`: pulumi config set acceptDataLossOf ${shellWord(snapshot)}`;
}
