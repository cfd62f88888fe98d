import { expect, test } from "vitest";
import { AnnouncedSteps, phasesOf, verifiedAt } from "../../../lab/bench/steps.ts";
import type { RunEvent } from "../../../run/events.ts";

type StepEvent = Extract<RunEvent, { event: "step-started" | "step-ended" }>;
const BEGAN = Date.parse("2026-11-27T02:00:00Z");

function step(event: "step-started" | "step-ended", name: string, seconds: number, failed = false): StepEvent {
  const about = { at: new Date(BEGAN + seconds * 1000).toISOString(), stack: "bench", step: name };
  if (event === "step-started") return { event, ...about, operation: "create" };
  return { event, ...about, operation: "create", failed, seconds: 1 };
}

test("each announced step lasts until the next one, the last until the command ends", () => {
  const steps = new AnnouncedSteps(/^step: (.*)$/);
  steps.line("no step yet", 0.5);
  steps.line("step: restore", 1);
  steps.line('time="…" level=info msg="step: no announcement"', 2);
  steps.line("step: image", 8);
  expect(steps.end(9)).toEqual([
    { title: "restore", start: 1, end: 8 },
    { title: "image", start: 8, end: 9 },
  ]);
});

test("what happens on several nodes is one phase, and what is no step is none", () => {
  const events = [
    step("step-started", "lock", 2),
    step("step-ended", "lock", 3),
    step("step-started", "snapshot-node1", 4),
    step("step-started", "snapshot-node2", 4.5),
    step("step-ended", "snapshot-node2", 6),
    step("step-ended", "snapshot-node1", 7.25),
    step("step-started", "some-provider", 8),
  ];
  expect(phasesOf(events, BEGAN)).toEqual([
    { title: "Lock the cluster", start: 2, end: 3 },
    { title: "Fetch the snapshot", start: 4, end: 7.25 },
  ]);
});

test("verified is when the verification ended well", () => {
  const events = [step("step-ended", "verification", 30, true), step("step-ended", "rke-up-last", 70)];
  expect(verifiedAt(events, BEGAN)).toBeUndefined();
  expect(verifiedAt([...events, step("step-ended", "verification", 42.5)], BEGAN)).toBe(42.5);
});
