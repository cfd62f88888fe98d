import { execFileSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { failureOf, lineOf, linesOf, script } from "../../cluster/script.ts";
import { tempFolder, textFile } from "../support/folder.ts";

function scriptOf(files: Record<string, string>) {
  const folder = tempFolder();
  for (const [name, text] of Object.entries(files)) textFile(join(folder, name), text);
  return script(folder, Object.keys(files)[0] ?? "");
}

function printed(text: string): string {
  return execFileSync("/bin/sh", ["-c", text], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

describe("a script in a file", { timeout: 60_000 }, () => {
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

  test("says why it has failed, and what to do", () => {
    expect(failureOf("failed no room\nnext df -h\n")).toEqual({ message: "no room", remedy: "df -h" });
    expect(failureOf("node failed\nnext df -h\n")).toBeUndefined();
  });
});
