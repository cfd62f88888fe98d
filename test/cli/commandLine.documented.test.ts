import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import yargs from "yargs";
import { commands } from "../../cli/commandLine.ts";
import * as shown from "../../messages/commands.ts";
import { WAYS_ON } from "../../messages/unfinishedWipe.ts";

const PROJECT = join(import.meta.dirname, "../..");
/** In a code span, or as a line of code; a comment may follow. */
const COMMAND = /`rancher-rollback ([^`]*)`|^ {4}rancher-rollback ([a-z].*?)(?: +#.*)?$/gm;

/** What is wrong with what is typed; undefined where the command would begin. */
async function complaint(words: string[]): Promise<string | undefined> {
  let said: string | undefined;
  const parser = commands(yargs(words), () => async () => {});
  parser.fail((message, error) => {
    said ??= message ?? error?.message;
  });
  await parser.parseAsync();
  return said;
}

const OURS = { stack: "prod", program: "rancher-rollback" } as const;
const { rerunCommand, undoCommand, abortCommand, unlockCommand, confirmation, remedyText } = shown;
test.each([
  rerunCommand(OURS),
  undoCommand(OURS),
  abortCommand(OURS),
  unlockCommand(OURS),
  unlockCommand(OURS, "1a2b3c4d"),
  ...WAYS_ON.map((way) => remedyText(way, OURS)),
  `${rerunCommand(OURS)} ${confirmation(OURS, "base#2").command.replaceAll("'", "")}`,
  remedyText({ text: "look", command: "snapshots --open base" }, OURS),
])("%s is a command that begins when it is typed", async (text) => {
  expect(await complaint(text.replace(/^.*?rancher-rollback /, "").split(" "))).toBeUndefined();
});

const pages = globSync(["README.md", "docs/*.md", "docs/examples/**/*.md"], { cwd: PROJECT });
const documented = pages.flatMap((page) =>
  [...readFileSync(join(PROJECT, page), "utf8").matchAll(COMMAND)].map(([, span, line]) => (span ?? line ?? "").trim()),
);

// Its script is for a shell to read: the parser prints it and ends the process.
const begun = new Set(documented.filter((command) => !command.startsWith("completion")));

test.each([...begun])("the documented command rancher-rollback %s is one", async (command) => {
  // A sentence may name a command without its stack.
  const stack = command.includes("--stack") ? "" : " --stack prod";
  expect(await complaint(`${command}${stack}`.split(/\s+/))).toBeUndefined();
});

test.each(["aply --stack a", "unlock --off 1 --stack a", "snapshots --stack a --open"])(
  "of %s it is known that nothing would begin",
  async (command) => {
    expect(await complaint(command.split(" "))).toBeDefined();
  },
);
