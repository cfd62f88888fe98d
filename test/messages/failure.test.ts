import { describe, expect, test } from "vitest";
import { type Failure, failureLine, failureText, problemFailure, StepFailure } from "../../messages/failure.ts";

const FAILURE: Failure = {
  kind: "rke",
  step: "rke up",
  happened: ["RKE gave up: no space", "RKE's whole log: /logs/1.log"],
  done: "the etcd restore",
  notDone: "the restarts",
  pointOfNoReturn: { state: "passed", at: "2026-11-23T15:00:00.000Z" },
  remedies: ["make room", { text: "or do without a copy", pulumi: "config set safetyCopy skip" }],
  rerun: "continues from this step",
};
const PULUMI = { stack: "prod", program: "pulumi" } as const;

describe("the text of a failure", () => {
  test("names what failed, what happened, what was done and not, the point of no return, and what to type", () => {
    expect(failureText(FAILURE, PULUMI)).toBe(`rke up FAILED
  what happened:       RKE gave up: no space
                       RKE's whole log: /logs/1.log
  done:                the etcd restore
  not done:            the restarts
  point of no return:  passed at 2026-11-23T15:00:00.000Z; the old data are wiped
  next:                make room
                       or do without a copy: pulumi config set safetyCopy skip --stack prod
                       pulumi up --stack prod   (continues from this step)`);
  });

  test("has the time that was waited and the step's last lines under headings of their own, one line has neither", () => {
    const failure = {
      ...FAILURE,
      happened: ["node1: not Ready"],
      waitedSeconds: 900,
      lastLines: ["asking", "waiting"],
    };
    expect(failureText(failure, PULUMI)).toContain(`
  what happened:       not as expected after 900 s:
                       node1: not Ready
                       its last lines:
                       asking
                       waiting
`);
    expect(failureLine(failure)).toBe("rke up failed after 900 s: node1: not Ready");
  });

  test("has nothing in it that controls a terminal, whoever said what happened", () => {
    const text = failureText({ ...FAILURE, happened: ["a\u001b[31m\u202eb\r"] }, PULUMI);
    expect(text).toContain("what happened:       ab\n");
  });

  test("names the command of the program that was started", () => {
    const lines = failureText(FAILURE, { stack: "prod", program: "rancher-rollback" }).split("\n");
    expect(lines.at(-1)?.trim()).toBe("rancher-rollback apply --stack prod   (continues from this step)");
  });

  test("does not say to run the step again where that does not help", () => {
    const { rerun: _, ...refused } = FAILURE;
    expect(failureText(refused, PULUMI)).not.toContain("pulumi up");
  });

  test("says one remedy of several nodes once", () => {
    const text = failureText({ ...FAILURE, remedies: ["look at it", "look at it"] }, PULUMI);
    expect(text.match(/look at it/g)).toHaveLength(1);
  });
});

test("a step's failure is an error that says what failed and why, with the whole of it as data", () => {
  const error = new StepFailure(FAILURE);
  expect(error.message).toBe("rke up failed: RKE gave up: no space; RKE's whole log: /logs/1.log");
  expect(error.failure).toEqual(FAILURE);
});

describe("the failure of a step by its problems", () => {
  const point = { state: "not-reached" } as const;
  const about = { kind: "check", step: "The checks", done: "nothing", notDone: "the restore" } as const;
  const remedy = () => ({ text: "fetch it", pulumi: "config set snapshotSource node:10.0.0.1" });

  test("says what is wrong, each remedy once, and what running it again does", () => {
    const problems = [
      { message: "node1: no", remedy: remedy() },
      { message: "node2: no", remedy: remedy() },
      { message: "node3: down", remedy: "look at node3" },
    ];
    expect(problemFailure(about, problems, point).failure).toEqual({
      ...about,
      happened: ["node1: no", "node2: no", "node3: down"],
      pointOfNoReturn: point,
      remedies: [remedy(), "look at node3"],
      rerun: "continues from this step",
    });
  });

  test("does not say to run again what is refused", () => {
    const refused = { ...about, kind: "refused" } as const;
    expect(problemFailure(refused, [{ message: "done", remedy: remedy() }], point).failure).not.toHaveProperty("rerun");
  });
});
