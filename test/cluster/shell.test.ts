import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shellCommand, shellWord } from "../../cluster/shell.ts";

/** What a real shell makes of a command line's words: one per NUL. */
function readByShell(words: string[]): string[] {
  const line = shellCommand(["printf", "%s\\0", ...words]);
  const printed = execFileSync("/bin/sh", ["-c", line], { encoding: "utf8" });
  return printed.split("\0").slice(0, -1);
}

const withoutNul = (text: string) => !text.includes("\0");
const nasty = fc.stringMatching(/^[ '"`$();&|<>*?~#!\\\n\t{}[\]=a-]{0,12}$/);
const word = fc.oneof(nasty, fc.string({ unit: "grapheme" }).filter(withoutNul));

describe("a command line for a shell", () => {
  test("is read back by a real shell word for word, whatever the words are", () => {
    // Many words per shell keep the number of processes small.
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 60 }), (words) => {
        expect(readByShell(words)).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    "",
    "'",
    "''",
    "a'b'c",
    "$(touch /tmp/no)",
    "`id`",
    "a;b",
    "-n",
    "~",
    "*",
    "a\nb",
    "!!",
    "#x",
    "x=y",
    "ü",
    "\\",
  ])("is read back by a real shell when a word is %j", (nastyWord) => {
    expect(readByShell([nastyWord, "next"])).toEqual([nastyWord, "next"]);
  });

  test("runs nothing that a word contains", () => {
    const line = shellCommand(["printf", "%s", "$(exit 7)`exit 8`;exit 9"]);
    expect(execFileSync("/bin/sh", ["-c", line], { encoding: "utf8" })).toBe("$(exit 7)`exit 8`;exit 9");
  });

  test("leaves plain words as an operator would type them", () => {
    expect(shellCommand(["rke", "up", "--config", "./a_b-c.yml", "user@host:22"])).toBe(
      "rke up --config ./a_b-c.yml user@host:22",
    );
  });

  test("refuses a NUL byte, which no argument can carry", () => {
    expect(() => shellWord("a\0b")).toThrow("NUL");
  });
});
