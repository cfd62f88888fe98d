import { describe, expect, test } from "vitest";
import {
  type Failure,
  failureLine,
  failureSchema,
  failureText,
  StepFailure,
  stepFailure,
} from "../../messages/failure.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { tempFolder } from "../support/folder.ts";

const FAILURE: Failure = {
  kind: "rke",
  step: "rke-up",
  happened: ["RKE gave up: no space", "RKE's whole log: /logs/1.log"],
  pointOfNoReturn: { state: "passed-earlier", by: "this-run", at: "2026-11-23T15:00:00.000Z" },
  remedies: ["make room", { text: "or do without a copy", pulumi: "config set safetyCopy skip" }],
};
const PULUMI = { stack: "prod", program: "pulumi" } as const;

describe("the text of a failure", () => {
  test("names what failed, what happened, what was done and not, the point of no return, and what to type", () => {
    expect(failureText(FAILURE, PULUMI)).toBe(`Step "Run rke up" FAILED
  what happened:       RKE gave up: no space
                       RKE's whole log: /logs/1.log
  done:                Restore etcd
  not done:            the rest of rke up; Restart the components, Set the Rancher image, Verify the cluster and everything after it
  point of no return:  passed at 2026-11-23T15:00:00.000Z by the restore of this run; this step wipes nothing.
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
  what happened:       after waiting 900 s, still:
                       node1: not Ready
                       its last lines:
                       asking
                       waiting
`);
    expect(failureLine(failure)).toBe('Step "Run rke up" failed after 900 s: node1: not Ready');
  });

  test("names in one line the node after what the step was about, and how long was waited", () => {
    const about = { step: "await-node", node: "node4", login: "rancher@10.0.0.4", happened: ["no Docker"] } as const;
    expect(failureLine({ ...FAILURE, ...about, happened: [...about.happened], waitedSeconds: 900 })).toBe(
      'Step "Create a replacement node" (rancher@10.0.0.4) failed on node4 after 900 s: no Docker',
    );
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
    expect(failureText({ ...FAILURE, kind: "refused" }, PULUMI)).not.toContain("pulumi up");
  });

  test("says one remedy of several nodes once", () => {
    const text = failureText({ ...FAILURE, remedies: ["look at it", "look at it"] }, PULUMI);
    expect(text.match(/look at it/g)).toHaveLength(1);
  });
});

test("a step's failure is an error that says what failed and why, with the whole of it as data", () => {
  const error = new StepFailure(FAILURE);
  expect(error.message).toBe(`Step "Run rke up" failed: RKE gave up: no space; RKE's whole log: /logs/1.log`);
  expect(error.failure).toEqual(FAILURE);
});

describe("what failed", () => {
  const headline = (over: Partial<Failure>) => failureText({ ...FAILURE, ...over }, PULUMI).split("\n")[0];

  test("is named as the screen names the step, with its node and what it was about", () => {
    expect(headline({ step: "restore", snapshot: "base" })).toBe('Step "Restore etcd" (snapshot base) FAILED');
    const progress = { of: "in-place", data: "untouched", hosts: ["node1"] } as const;
    expect(headline({ step: "restore", snapshot: "base", progress: { ...progress, hosts: [...progress.hosts] } })).toBe(
      'Step "Restore etcd" (snapshot base, in place) FAILED',
    );
    expect(headline({ step: "await-node", node: "node4", login: "rancher@10.0.0.4" })).toBe(
      'Step "Create a replacement node" (rancher@10.0.0.4) FAILED on node4',
    );
    const pull = { step: "pull-snapshot", node: "node2", snapshot: "base", source: "node1" } as const;
    expect(headline(pull)).toBe('Step "Fetch the snapshot" (snapshot base, from node1) FAILED on node2');
  });
});

describe("the failure of a step by its problems", () => {
  const remedy = () => ({ text: "fetch it", pulumi: "config set snapshotSource node:10.0.0.1" });
  const problems = [
    { message: "node1: no", remedy: remedy() },
    { message: "node2: no", remedy: remedy() },
    { message: "node3: down", remedy: "look at node3" },
  ];

  test("says what to do on several nodes once, with their names", () => {
    const on = (node: string) => ({ message: `${node}: no`, remedy: { text: "as root: mend it", on: [node] } });
    const about = { kind: "check", step: "preflight" } as const;
    const failed = (...nodes: string[]) =>
      stepFailure({ clusterFile: clusterFileIn(tempFolder()) }, { ...about, problems: [...nodes, "node1"].map(on) })
        .failure;
    expect(failed("node1", "node2").remedies).toEqual([{ text: "as root: mend it", on: ["node1", "node2"] }]);
    expect(failureText(failed("node1", "node2"), PULUMI)).toContain(" on each of node1, node2, as root: mend it\n");
    expect(failureText(failed(), PULUMI)).toContain(" on node1, as root: mend it\n");
  });

  test("says what is wrong, each remedy once, and what its place among the steps says of the point of no return", () => {
    const clusterFile = clusterFileIn(tempFolder());
    const about = { kind: "check", step: "preflight" } as const;
    expect(stepFailure({ clusterFile }, { ...about, problems }).failure).toEqual({
      ...about,
      happened: ["node1: no", "node2: no", "node3: down"],
      pointOfNoReturn: { state: "not-reached" },
      remedies: [remedy(), "look at node3"],
    });
    const { failure } = stepFailure({ clusterFile }, { ...about, step: "verify", problems });
    expect(failure.pointOfNoReturn).toEqual({ state: "passed-earlier" });
    expect(failureSchema.parse(failure)).toEqual(failure);
  });

  test("takes what the step knows better", () => {
    const point = { state: "passed", at: "2026-11-23T15:00:00.000Z" } as const;
    const about = { kind: "system", step: "restore", pointOfNoReturn: point, remedies: ["wait"] } as const;
    const { failure } = stepFailure(
      { clusterFile: "/no" },
      { ...about, remedies: ["wait"], problems, happened: ["no"] },
    );
    expect(failure).toEqual({ ...about, happened: ["no"] });
  });
});
