import { join } from "node:path";
import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { displayFor } from "../../../output/display/display.ts";
import type { RollbackPlan } from "../../../plan/plan.ts";
import { eventSchema } from "../../../run/events.ts";
import { someLoss, somePlan } from "../../plan/somePlan.ts";
import { tempFolder } from "../../support/folder.ts";
import { leaveRun, someEnd, someRun } from "./someRun.ts";

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

/** A plan for a cluster in this folder. */
function planIn(folder: string): RollbackPlan {
  return somePlan({ cluster: { name: "cluster", file: join(folder, "rancher-cluster.yml") } });
}

describe("a display", () => {
  test.each([true, false])(
    "lists of a plan what is lost of the kinds and names that were asked for: on a terminal %s",
    (isTTY) => {
      const { stream: fake, written } = stream(isTTY);
      const display = displayFor({ json: false, stream: fake, stacks: ["prod"], lost: ["users"] });
      const plan = somePlan({ lost: { ...somePlan().lost, exact: someLoss({}) } });
      for (const event of someRun(0, "prod", plan)) display.show(event);
      display.close();
      expect(stripVTControlCharacters(written())).toMatch(/Lost \(--lost\) +- users created: new/);
    },
  );

  test("with --json is the events, one a line, as the schema says", () => {
    const events = shown({ json: true })
      .trim()
      .split("\n")
      .map((line) => eventSchema.parse(JSON.parse(line)));
    expect(events).toEqual([...someRun(6), someEnd()]);
  });

  test("has what to do about a warning below it", () => {
    const { stream: fake, written } = stream(false);
    const display = displayFor({ json: false, stream: fake, stacks: ["prod"] });
    const [begun] = someRun(0);
    const about = { at: "2026-11-23T03:00:01.000Z", stack: "prod", level: "warning", text: "it is locked" } as const;
    for (const event of begun ? [begun] : []) display.show(event);
    display.show({ event: "note", ...about, remedy: { text: "unlock it", command: "unlock" } });
    display.close();
    expect(written()).toMatch(/it is locked\n.*→ unlock it: rancher-rollback unlock --stack prod\n/);
  });

  test("says of a step that was skipped that it was, not that it is done", () => {
    const { stream: fake, written } = stream(false);
    const display = displayFor({ json: false, stream: fake, stacks: ["prod"] });
    const about = { at: "2026-11-23T03:00:01.000Z", stack: "prod", step: "rke-up", operation: "create" } as const;
    display.show({ event: "step-ended", ...about, failed: false, skipped: "comes-last", seconds: 1 });
    expect(written()).toBe("03:00:01  [8/13] Run rke up: skipped\n");
  });

  test("that is no terminal is lines of text with their times and without control characters", () => {
    const text = shown();
    expect(text).toContain("This rollback destroys data");
    expect(text).toContain("03:00:30  [7/13] Restore etcd\n");
    expect(text).toContain("03:00:31      etcd-restore says something\n");
    expect(text).toContain("03:00:40  [7/13] Restore etcd: done in 10 s\n");
    expect(text).toContain("done: Rancher v2.5.8, etcd 3 members, nodes 3 ready\n");
    expect(text).toContain("safety copy: safety-1\n");
    expect(text).toContain("undo: rancher-rollback undo --stack prod\n");
    expect(stripVTControlCharacters(text)).toBe(text);
  });

  test("of several stacks names each on its lines", () => {
    expect(shown({ stacks: ["a", "b"] })).toMatch(/^b {2}03:00:30 {2}\[7\/13\] Restore etcd$/m);
  });

  test("on a terminal shows every note before the question", () => {
    const { stream: fake, written } = stream(true);
    const display = displayFor({ json: false, stream: fake, stacks: ["prod"] });
    const text = "node1 is listed twice\n  in the cluster file";
    display.show({ event: "note", at: "2026-11-23T03:00:00.000Z", stack: "prod", level: "info", text });
    expect(written()).toBe(`${text}\n`);
    display.close();
  });

  test("on a terminal expects of each of several clusters what that one took before", () => {
    const { stream: fake, written } = stream(true);
    const [a, b] = [tempFolder(), tempFolder()];
    leaveRun(a, "1", [...someRun(6), someEnd()]);
    const display = displayFor({ json: false, stream: fake, stacks: ["a", "b"] });
    const runs = [someRun(1, "b", planIn(b)), someRun(1, "a", planIn(a))];
    const [begins, others] = [runs.map(([begin]) => begin), runs.flatMap(([, ...rest]) => rest)];
    for (const event of [...begins, ...others]) if (event) display.show(event);
    display.close();
    const restores = stripVTControlCharacters(written()).matchAll(/Restore etcd +about (\d+:\d\d)/g);
    expect(new Set([...restores].map(([, time]) => time))).toEqual(new Set(["0:10", "1:33"]));
  });

  test("on a terminal draws the phases, ends with the whole picture and leaves the cursor visible", () => {
    const text = shown({ isTTY: true });
    expect(text).toContain("This rollback destroys data");
    const end = stripVTControlCharacters(text.slice(text.lastIndexOf("Lock the cluster") - 10));
    expect(end).toMatch(/✓ {3}5\/5 Verify the cluster/);
    expect(end).toContain("done: Rancher v2.5.8");
    expect(text.lastIndexOf("\u001b[?25l")).toBeLessThanOrEqual(text.lastIndexOf("\u001b[?25h"));
  });
});
