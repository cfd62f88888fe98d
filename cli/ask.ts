import { createInterface } from "node:readline/promises";
import type { Answer } from "./run.ts";

/** Asks on the terminal whether a run may go on; for a restore, by its snapshot's name. Ctrl-C and Ctrl-D are a no. */
export async function ask(stack: string, snapshot: string | undefined): Promise<Answer> {
  if (snapshot === undefined) {
    return (await typed(`${stack}: go on? Only "yes" does: `)) === "yes" ? { kind: "go" } : NO;
  }
  const name = await typed(`${stack}: every change since ${snapshot} will be lost. Type its name to go on: `);
  if (name === undefined) return NO;
  return name === snapshot ? { kind: "go", accept: snapshot } : notConfirmed(snapshot);
}

const NO: Answer = { kind: "no", why: "not confirmed; nothing was done" };

/** Nobody has said that what a restore takes away may be lost. */
export function notConfirmed(snapshot: string): Answer {
  return {
    kind: "no",
    why: `the restore of ${snapshot} is not confirmed; nothing was done. If every change since that snapshot may be lost: --accept-data-loss-of ${snapshot}`,
  };
}

async function typed(question: string): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // A terminal that is closed ends the question with an error in some releases of Node, and in others never.
  const closed = new Promise<undefined>((resolve) => terminal.once("close", () => resolve(undefined)));
  const answered = terminal.question(question).catch(() => undefined);
  const words = await Promise.race([answered, closed]);
  terminal.close();
  return words?.trim();
}
