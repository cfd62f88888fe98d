import { WriteStream } from "node:tty";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { type Paint, paintFor } from "../../../output/display/paint.ts";

/** A terminal with this environment; nothing is ever written to it. */
function terminal(env: Record<string, string>): NodeJS.WriteStream {
  const { getColorDepth } = WriteStream.prototype;
  return { hasColors: () => getColorDepth.call({}, { TERM: "xterm-256color", ...env }) > 1 } as never;
}

const painted = (paint: Paint) => Object.values(paint).map((color) => color("text"));

test("a terminal has colours, which change nothing of the text", () => {
  const texts = painted(paintFor(terminal({})));
  expect(new Set(texts).size).toBe(5);
  expect(texts.map(stripVTControlCharacters)).toEqual(Array(5).fill("text"));
});

test.each([
  ["NO_COLOR is set", terminal({ NO_COLOR: "1" })],
  ["the terminal is dumb", terminal({ TERM: "dumb" })],
  ["the stream is no terminal", {} as NodeJS.WriteStream],
])("there are no colours where %s", (_, stream) => {
  expect(painted(paintFor(stream))).toEqual(Array(5).fill("text"));
});
