import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { onTerminal } from "../../lab/rehearsals/terminal.ts";

const QUESTION = join(import.meta.dirname, "askOnTerminal.ts");
const CONTROL = { c: "\u0003", d: "\u0004" };

/** What is answered when this is typed on a terminal. */
async function answered(to: string, typed: string, ...words: string[]): Promise<unknown> {
  const { chunks } = await onTerminal({
    command: process.execPath,
    args: [QUESTION, ...words],
    env: process.env,
    columns: 100,
    rows: 30,
    answers: [{ to, typed }],
    timeout: 30_000,
  });
  const lines = chunks
    .map(({ text }) => text)
    .join("")
    .trimEnd()
    .split("\r\n");
  return JSON.parse(lines.at(-1) ?? "");
}

const NO = { kind: "no", problem: { message: "not confirmed" } };

describe("the question before a restore", () => {
  const to = "To confirm, type before-upgrade: ";

  test("is answered by what confirms this very restore alone", async () => {
    expect(await answered(to, "before-upgrade", "before-upgrade")).toEqual({ kind: "go", accept: "before-upgrade" });
    const other = await answered(to, "yes", "before-upgrade");
    expect(other).toMatchObject({
      kind: "no",
      problem: { remedy: expect.stringMatching(/--accept-data-loss-of before-upgrade$/) },
    });
    const second = await answered("To confirm, type before-upgrade#2: ", "before-upgrade", "before-upgrade#2");
    expect(second).toMatchObject({ kind: "no", problem: { remedy: expect.stringContaining("'before-upgrade#2'") } });
  });

  test.each(Object.entries(CONTROL))("is answered with no by Ctrl-%s", async (_, key) => {
    expect(await answered(to, key, "before-upgrade")).toMatchObject(NO);
  });
});

test("what restores nothing is asked for as well, and only yes is yes", async () => {
  expect(await answered("continue: ", "yes")).toEqual({ kind: "go" });
  expect(await answered("continue: ", "y")).toMatchObject(NO);
  expect(await answered("continue: ", CONTROL.c)).toMatchObject(NO);
});
