import { appendFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogFollower } from "../../../cluster/rke/logFollower.ts";
import { tempFolder, textFile } from "../../support/folder.ts";

describe("a followed log", () => {
  test("gives each line once, and one that is not finished yet only when it is", () => {
    const path = textFile(join(tempFolder(), "log"), "one\ntwo\nthr");
    const follower = new LogFollower(path);
    expect(follower.lines()).toEqual(["one", "two"]);
    expect(follower.lines()).toEqual([]);
    appendFileSync(path, "ee\r\n\nfour\n");
    expect(follower.lines()).toEqual(["three", "four"]);
    expect(follower.lines()).toEqual([]);
  });

  test("gives the same lines in whatever pieces they were written, also through a letter of several bytes", () => {
    const folder = tempFolder();
    let count = 0;
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom("a", "ü", "€", "🙂", " "), minLength: 1, maxLength: 8 })),
        fc.array(fc.nat(40), { maxLength: 10 }),
        (lines, cuts) => {
          const path = textFile(join(folder, `log${count++}`), "");
          const follower = new LogFollower(path);
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
          const read: string[] = [];
          let at = 0;
          for (const cut of [...cuts, bytes.length]) {
            appendFileSync(path, bytes.subarray(at, at + cut));
            at += cut;
            read.push(...follower.lines());
          }
          expect(read).toEqual(lines);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("is read whole when it has grown by more than one read takes", () => {
    const lines = Array.from({ length: 5000 }, (_, at) => `line ${at} ${"x".repeat(40)}`);
    const path = textFile(join(tempFolder(), "log"), `${lines.join("\n")}\n`);
    expect(new LogFollower(path).lines()).toEqual(lines);
  });
});
