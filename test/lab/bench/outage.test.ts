import { describe, expect, test } from "vitest";
import { outageOf, type Sample, steadySeconds } from "../../../lab/bench/outage.ts";

/** A question a second, or a `step`, from 0 on, each answered after 0.1 s: "-" is no answer. */
function asked(answers: string, from = 0, step = 1): Sample[] {
  return answers.split(" ").map((answer, at) => ({
    ...{ asked: from + at * step, ended: from + at * step + 0.1 },
    ...(answer !== "-" && { version: answer }),
  }));
}

describe("the outage", () => {
  test("lasts from the first question without an answer to the first answer of those that never stop again", () => {
    const outage = outageOf(asked("old - - new - new new"), "new");
    expect(outage).toEqual({ seconds: 4.1, from: 1, until: 5.1, firstAnswer: 3.1, lapses: 1 });
  });

  test("does not begin again with a gap of less than a second, which is reported, but with another version", () => {
    expect(outageOf(asked("- new - new new", 0, 0.25), "new")).toMatchObject({ until: 0.35, lapses: 1 });
    expect(outageOf(asked("- new - - - - new", 0, 0.25), "new")).toMatchObject({ until: 1.6, lapses: 4 });
    expect(outageOf(asked("- new old new", 0, 0.25), "new")).toMatchObject({ until: 0.85 });
    expect(outageOf(asked("- new -", 0, 0.25), "new")).toBeUndefined();
  });

  test("begins with the command where Rancher is away already", () => {
    expect(outageOf(asked("- - new new"), "new")).toMatchObject({ from: 0, seconds: 2.1 });
    expect(outageOf(asked("- - - new new", -2), "new")).toMatchObject({ from: 0, seconds: 1.1 });
  });

  test("does not end while the wrong version answers", () => {
    expect(outageOf(asked("old - old old new"), "new")).toMatchObject({ from: 1, until: 4.1, lapses: 0 });
  });

  test("is none where every question was answered", () => {
    expect(outageOf(asked("old old new"), "new")).toMatchObject({ seconds: 0 });
  });

  test("has no end where the right version does not answer at the end, or nothing was asked", () => {
    expect(outageOf(asked("- new new -"), "new")).toBeUndefined();
    expect(outageOf(asked("old old"), "new")).toBeUndefined();
    expect(outageOf([], "new")).toBeUndefined();
  });

  test("is the same in whatever order the answers came", () => {
    const samples = asked("old - - new - new new");
    expect(outageOf(samples.toReversed(), "new")).toEqual(outageOf(samples, "new"));
  });
});

test("Rancher is steady since the first answer after the last that was none or another", () => {
  expect(steadySeconds(asked("new - new new new"), "new")).toBeCloseTo(2);
  expect(steadySeconds(asked("new old"), "new")).toBe(0);
  expect(steadySeconds([], "new")).toBe(0);
});
