import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isMessageLine, lineOf, linesOf, messagesOf, messageText, script, sentence } from "../../cluster/script.ts";
import { shellWord } from "../../cluster/shell.ts";
import { tempFolder, textFile } from "../support/folder.ts";

function scriptOf(files: Record<string, string>) {
  const folder = tempFolder();
  for (const [name, text] of Object.entries(files)) textFile(join(folder, name), text);
  return script(folder, Object.keys(files)[0] ?? "");
}

function printed(text: string): string {
  return execFileSync("/bin/sh", ["-c", text], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

describe("a script in a file", () => {
  test("reads every value byte for byte, whatever it is", () => {
    const show = scriptOf({ "show.sh": `#!/bin/sh\n: "\${one?}" "\${two?}"\nprintf '%s\\0%s' "$one" "$two"\n` });
    const nasty = fc.stringMatching(/^[ '"`$();&|<>*?~#!\\\n\t{}[\]=a-]{0,12}$/);
    fc.assert(
      fc.property(nasty, nasty, (one, two) => {
        expect(printed(show({ one, two }))).toBe(`${one}\0${two}`);
      }),
      { numRuns: 40 },
    );
  });

  test("gets numbers in decimal", () => {
    const show = scriptOf({ "show.sh": `: "\${kib?}"\necho $((kib * 2))\n` });
    expect(printed(show({ kib: 262_144 }))).toBe("524288\n");
  });

  test("begins with its interpreter, once, as cloud-init wants it", () => {
    const text = scriptOf({ "show.sh": `#!/bin/sh\necho "$0"\n` })();
    expect(text.match(/^#!\/bin\/sh\n/)).not.toBeNull();
    expect(text.split("#!")).toHaveLength(2);
  });

  test("has the functions that it sources in it, also those of another folder, with the values that they need", () => {
    const greet = scriptOf({
      "greet.sh": `#!/bin/sh\n: "\${name?}"\n. ./words/hello.sh\nhello "$name"\n`,
      "words/hello.sh": `# shellcheck shell=sh\n. ../mark.sh\nhello() { echo "hello $1$(mark)"; }\n`,
      "mark.sh": `#!/bin/sh\n: "\${mark?}"\nmark() { echo "$mark"; }\n`,
    });
    expect(printed(greet({ name: "$you", mark: "!" }))).toBe("hello $you!\n");
    expect(() => greet({ name: "you" })).toThrow("greet.sh needs a value for mark");
  });

  test("is not made without a value that it needs, or with one that it does not know", () => {
    const show = scriptOf({ "show.sh": `: "\${one?}"\n` });
    expect(() => show()).toThrow("show.sh needs a value for one");
    expect(() => show({ one: "1", two: "2" })).toThrow("show.sh has no use for two");
  });

  test("is read when its module is loaded: a file that is missing or changed later stops nothing halfway", () => {
    const folder = tempFolder();
    expect(() => script(folder, "gone.sh")).toThrow("gone.sh");
    const path = textFile(join(folder, "show.sh"), "echo before\n");
    const show = script(folder, "show.sh");
    textFile(path, "echo after\n");
    expect(printed(show())).toBe("before\n");
  });
});

describe("what a script has printed", () => {
  const printed = "node one two\nnodes 3\nlast\nnode  four \n";

  test("is read by the word in front of a line", () => {
    expect(linesOf(printed, "node")).toEqual(["one two", " four "]);
    expect([lineOf(printed, "node"), lineOf(printed, "nodes")]).toEqual(["one two", "3"]);
    expect([lineOf(printed, "one"), lineOf(printed, "no"), lineOf("", "node")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("has an empty text where the line is no more than the word", () => {
    expect(lineOf(printed, "last")).toBe("");
  });
});

describe("what a script tells", () => {
  const shared = join(import.meta.dirname, "../../cluster");
  const tell = script(shared, "script.sh")();

  test("is read back byte for byte, whatever the texts are, also where a text is itself what a script tells", () => {
    const nasty = fc.stringMatching(/^[ '"`$();&|<>*?~#!\\\n\t\r{}[\]%=a-]{0,12}$/);
    fc.assert(
      fc.property(nasty, nasty, (one, two) => {
        const inner = shellWord(one);
        const said = printed(`${tell}because inner text=${inner}\nfail no-room why="$why" said=${shellWord(two)}`);
        const [failure] = messagesOf(said, "failed");
        expect(failure?.values.said).toBe(two);
        expect(messagesOf(failure?.values.why ?? "", "why")).toEqual([{ code: "inner", values: { text: one } }]);
        expect([lineOf(said, "why"), messagesOf(said, "failed").length]).toEqual([undefined, 1]);
      }),
      { numRuns: 40 },
    );
  });

  test("has no values of lines that stand before it", () => {
    const said = "value old 1\nkept base\nvalue need 2\nvalue need\nvalue free \nfailed no-room\nvalue new 3\n";
    expect(messagesOf(said, "failed")).toEqual([{ code: "no-room", values: { free: "" } }]);
    expect(messagesOf("value a 1\nwhy x\nfailed y\n", "failed")).toEqual([{ code: "y", values: {} }]);
  });

  test("goes to standard error with 77 where the script gives up", () => {
    const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", `${tell}give_up no-room free='1 MiB'`], {
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 77, stdout: "" });
    expect(messagesOf(stderr, "failed")).toEqual([{ code: "no-room", values: { free: "1 MiB" } }]);
    expect(stderr.trimEnd().split("\n").map(isMessageLine)).toEqual([true, true]);
    expect(["restoring beside the data", "failed to pull image", "value"].map(isMessageLine)).toEqual([
      false,
      false,
      false,
    ]);
  });

  test("gets its sentence from a catalogue; an unknown code, or one that lacks a value, is shown as it is", () => {
    const catalogue = { "no-room": sentence(["need"], ({ need }) => `it needs ${need}`) };
    const words = (code: string, values = {}) =>
      messageText<string>(catalogue, { code, values }, (what) => `unknown: ${what}`);
    expect(words("no-room", { need: "2 MiB", more: "1" })).toBe("it needs 2 MiB");
    expect(words("no-room", { free: "1 MiB" })).toBe("unknown: no-room (free 1 MiB)");
    expect([words("of later"), words("constructor")]).toEqual(["unknown: of later", "unknown: constructor"]);
  });
});
