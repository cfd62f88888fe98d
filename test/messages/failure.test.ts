import { expect, test } from "vitest";
import { describeFailure, StepFailure } from "../../messages/failure.ts";

const FAILURE = {
  step: "rke up",
  happened: ["RKE gave up: no space", "RKE's whole log: /logs/1.log"],
  done: "the etcd restore",
  notDone: "the restarts",
  pointOfNoReturn: "passed at 15:00",
  next: ["make space", "pulumi up --stack prod"],
};

test("a failure tells what failed, what happened, what was done and not, the point of no return, and what to type", () => {
  expect(describeFailure(FAILURE)).toBe(`rke up FAILED
  what happened:       RKE gave up: no space
                       RKE's whole log: /logs/1.log
  done:                the etcd restore
  not done:            the restarts
  point of no return:  passed at 15:00
  next:                make space
                       pulumi up --stack prod`);
});

test("a step's failure carries that text as its message, and its parts for programs", () => {
  const error = new StepFailure(FAILURE);
  expect(error.message).toBe(describeFailure(FAILURE));
  expect(error.failure).toEqual(FAILURE);
});
