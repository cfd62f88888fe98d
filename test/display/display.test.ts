import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { displayFor } from "../../display/display.ts";
import { eventSchema } from "../../run/events.ts";
import { someEnd, someRun } from "./someRun.ts";

/** A stream that keeps what it is given. */
function stream(isTTY: boolean): { stream: NodeJS.WriteStream; written: () => string } {
  let text = "";
  const sink = new Writable({
    write: (chunk, _, done) => {
      text += chunk;
      done();
    },
  });
  const fake = Object.assign(sink, { isTTY, columns: 80, rows: 40, hasColors: () => false });
  return { stream: fake as unknown as NodeJS.WriteStream, written: () => text };
}

function shown({ json = false, isTTY = false, stacks = ["prod"] } = {}): string {
  const { stream: fake, written } = stream(isTTY);
  const display = displayFor({ json, stream: fake, stacks });
  for (const stack of stacks) for (const event of [...someRun(6, stack), someEnd(stack)]) display.show(event);
  display.close();
  return written();
}

describe("a display", () => {
  test("with --json is the events, one a line, as the schema says", () => {
    const events = shown({ json: true })
      .trim()
      .split("\n")
      .map((line) => eventSchema.parse(JSON.parse(line)));
    expect(events).toEqual([...someRun(6), someEnd()]);
  });

  test("that is no terminal is lines of text with their times and without control characters", () => {
    const text = shown();
    expect(text).toContain("THIS ROLLBACK WILL DESTROY DATA");
    expect(text).toContain("03:00:20  [7/12] restore etcd\n");
    expect(text).toContain("03:00:21      etcd-restore says something\n");
    expect(text).toContain("03:00:30  [7/12] restore etcd: done in 10 s\n");
    expect(text).toContain("done: Rancher v2.5.8\n");
    expect(text).toContain("the way back: safety-1; npx rancher-rollback undo --stack prod\n");
    expect(stripVTControlCharacters(text)).toBe(text);
  });

  test("of several stacks names each on its lines", () => {
    expect(shown({ stacks: ["a", "b"] })).toMatch(/^b {2}03:00:20 {2}\[7\/12\] restore etcd$/m);
  });

  test("on a terminal draws the phases, ends with the whole picture and leaves the cursor visible", () => {
    const text = shown({ isTTY: true });
    expect(text).toContain("THIS ROLLBACK WILL DESTROY DATA");
    const end = stripVTControlCharacters(text.slice(text.lastIndexOf("lock the cluster") - 10));
    expect(end).toMatch(/✓ {3}5\/5 verify/);
    expect(end).toContain("done: Rancher v2.5.8");
    expect(text.lastIndexOf("\u001b[?25l")).toBeLessThanOrEqual(text.lastIndexOf("\u001b[?25h"));
  });
});
