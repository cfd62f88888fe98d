import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { StepChannel } from "../../../cli/roll/stepChannel.ts";
import type { StepEvent } from "../../../messages/stepEvents.ts";
import { tempFolder } from "../../support/folder.ts";

const warning = (message: string): StepEvent => ({ event: "warning", resource: "lock", message });
const line = (event: StepEvent) => `${JSON.stringify(event)}\n`;

let channel: StepChannel;
beforeEach(() => {
  channel = new StepChannel(join(tempFolder(), "events"));
});

describe("the events of the steps", () => {
  test("are none before a step has said anything", () => {
    expect(channel.drain()).toEqual([]);
  });

  test("come in order, each once", () => {
    appendFileSync(channel.file, line(warning("one")) + line(warning("two")));
    expect(channel.drain()).toEqual([warning("one"), warning("two")]);
    expect(channel.drain()).toEqual([]);
    appendFileSync(channel.file, line(warning("three")));
    expect(channel.drain()).toEqual([warning("three")]);
  });

  test("wait for the rest of a line that is half written", () => {
    const whole = line(warning("two: ä"));
    appendFileSync(channel.file, line(warning("one")) + whole.slice(0, 20));
    expect(channel.drain()).toEqual([warning("one")]);
    appendFileSync(channel.file, whole.slice(20));
    expect(channel.drain()).toEqual([warning("two: ä")]);
  });

  test("go on after a line that was cut short or is no event", () => {
    appendFileSync(channel.file, `${line(warning("one")).slice(0, 20)}${line(warning("two"))}{"event":"other"}\n`);
    expect(channel.drain()).toEqual([]);
    appendFileSync(channel.file, line(warning("three")));
    expect(channel.drain()).toEqual([warning("three")]);
  });

  test("survive a line that breaks within a character", () => {
    const bytes = Buffer.from(line(warning("ä")) + line(warning("after")));
    const within = bytes.indexOf(0xc3) + 1;
    appendFileSync(channel.file, bytes.subarray(0, within));
    expect(channel.drain()).toEqual([]);
    appendFileSync(channel.file, bytes.subarray(within));
    expect(channel.drain()).toEqual([warning("ä"), warning("after")]);
  });
});
