import { createInterface } from "node:readline/promises";
import { shellWord } from "../cluster/shell.ts";
import type { Answer } from "./job.ts";

/**
 * Asks on the terminal whether a run may continue. Ctrl-C and Ctrl-D are a no.
 * @param consent what confirms a restore; absent where nothing is restored.
 */
export async function ask(stack: string, consent: string | undefined): Promise<Answer> {
  if (consent === undefined) {
    return (await typed(`${stack}: type "yes" to continue: `)) === "yes" ? { kind: "go" } : NO;
  }
  const answer = await typed(`${stack}: every change since that snapshot will be lost. To confirm, type ${consent}: `);
  if (answer === undefined) return NO;
  return answer === consent ? { kind: "go", accept: consent } : notConfirmed(consent);
}

const NO: Answer = {
  kind: "no",
  problem: { message: "not confirmed", remedy: "To continue, run the command again and confirm it" },
};

export function notConfirmed(consent: string): Answer {
  return {
    kind: "no",
    problem: {
      message: `the restore of ${consent} is not confirmed`,
      remedy: `If every change since that snapshot may be lost, run it again with --accept-data-loss-of ${shellWord(consent)}`,
    },
  };
}

async function typed(question: string): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // A terminal that is closed ends the question with an error in some releases of Node, and in others never.
  const closed = new Promise<undefined>((resolve) => terminal.once("close", () => resolve(undefined)));
  const answered = terminal.question(question).catch(() => undefined);
  const line = await Promise.race([answered, closed]);
  terminal.close();
  return line?.trim();
}
