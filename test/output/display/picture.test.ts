import { describe, expect, test } from "vitest";
import { type PictureOptions, picture } from "../../../output/display/picture.ts";
import type { RunEvent } from "../../../run/events.ts";
import { BEGAN, recordOf, someEnd, someRun } from "./someRun.ts";

const plain = (text: string) => text;
const OPTIONS: PictureOptions = {
  ...{ width: 80, now: BEGAN, spinner: "*", expected: {}, named: false },
  paint: { good: plain, bad: plain, warning: plain, faint: plain, strong: plain },
};

function shown(events: RunEvent[], options: Partial<PictureOptions> = {}): string {
  return picture(recordOf(events), { ...OPTIONS, ...options }).join("\n");
}

describe("the picture of a run", () => {
  test("has a line for each phase that is planned, whether it is done, runs or waits", () => {
    const text = shown(someRun(3), { now: BEGAN + 35_000 });
    expect(text).toMatch(/✓ {3}1\/5 Lock the cluster +0:10/);
    expect(text).toMatch(/\* {3}3\/5 Restore etcd +0:05/);
    expect(text).toMatch(/^ {4}4\/5 Restart the components/m);
    expect(text).not.toContain("safety copy");
  });

  test("has the nodes of a phase side by side", () => {
    expect(shown(someRun(2), { now: BEGAN + 23_000 })).toMatch(/node1 ✓ 0:10 {3}node2 \* 0:03/);
  });

  test("says how long it has taken and how long it usually takes", () => {
    const expected = {
      ...{ "Lock the cluster": 2, "Fetch the snapshot": 8, "Restore etcd": 120 },
      ...{ "Restart the components": 30, "Verify the cluster": 20 },
    };
    const text = shown(someRun(3), { now: BEGAN + 35_000, expected });
    expect(text).toMatch(/^0:35 of about 3:00$/m);
    expect(text).toMatch(/Restore etcd +0:05 of about 2:00/);
    expect(text).toMatch(/Verify the cluster +about 0:20/);
  });

  test("says that point of no return passed once it is, and not before", () => {
    expect(shown(someRun(2))).not.toContain("point of no return");
    expect(shown(someRun(3))).toContain("point of no return passed");
  });

  test("has the last line of the running log until the run has ended", () => {
    const lastLine = "etcd-restore says something";
    expect(shown(someRun(3), { lastLine })).toContain(lastLine);
    expect(shown([...someRun(3), someEnd()], { lastLine })).not.toContain(lastLine);
  });

  test("marks a step that failed", () => {
    const failed: RunEvent = {
      ...{ event: "step-ended", at: new Date(BEGAN + 40_000).toISOString(), stack: "prod", step: "etcd-restore" },
      ...{ operation: "create", failed: true, seconds: 10 },
    };
    expect(shown([...someRun(3), failed])).toMatch(/✗ {3}3\/5 Restore etcd/);
  });

  test("says of a step that was skipped that it was, and neither that it is done nor how long it took", () => {
    const about = {
      at: new Date(BEGAN + 41_000).toISOString(),
      stack: "prod",
      step: "rke-up",
      operation: "create",
    } as const;
    const text = shown([
      ...someRun(6),
      { event: "step-started", ...about },
      { event: "step-ended", ...about, failed: false, skipped: "comes-last", seconds: 1 },
    ]);
    expect(text).toMatch(/^– {3}4\/6 Run rke up +skipped$/m);
  });

  test("names its stack among several", () => {
    expect(shown(someRun(0), { named: true })).toMatch(/^prod {2}/);
  });

  test.each([60, 80, 200])("fits into %i columns", (width) => {
    for (const line of shown(someRun(4), { width, lastLine: "x".repeat(500) }).split("\n"))
      expect(line.length).toBeLessThanOrEqual(width);
  });

  test("shows steps that were not in the preview", () => {
    const at = new Date(BEGAN).toISOString();
    const unlock: RunEvent = { event: "step-started", at, stack: "prod", step: "unlock", operation: "create" };
    expect(shown([...someRun(5), unlock])).toContain("6/6 Unlock the cluster");
  });
});
