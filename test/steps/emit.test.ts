import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { EVENTS_VARIABLE, type StepEvent, stepEventSchema } from "../../messages/stepEvents.ts";
import { emit } from "../../steps/emit.ts";
import { tempFolder } from "../support/folder.ts";

test("events are a JSON object a line in the file that the environment names, and are read as they were written", () => {
  const file = join(tempFolder(), "events");
  vi.stubEnv(EVENTS_VARIABLE, file);
  const events = [
    { event: "started", resource: "etcd-restore" },
    { event: "warning", resource: "etcd-restore", message: "two\nlines", remedy: "look at it" },
    { event: "wiping", resource: "etcd-restore", at: "2026-11-23T14:00:00.000Z" },
    { event: "safety-copy", resource: "etcd-restore", name: "safety-1", nodes: ["node1"], bytes: 7 },
  ] satisfies StepEvent[];
  for (const event of events) emit(event);
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  expect(lines.map((line) => stepEventSchema.parse(JSON.parse(line)))).toEqual(events);
});

test("an event where nobody listens is no error", () => {
  vi.stubEnv(EVENTS_VARIABLE, undefined);
  expect(() => emit({ event: "started", resource: "lock" })).not.toThrow();
});
