import { describe, expect, test } from "vitest";
import {
  abortCommand,
  audienceOf,
  cancelCommand,
  confirmation,
  problemLines,
  remedyText,
  rerunCommand,
  STACK_VARIABLE,
  setCommand,
  undoCommand,
  unlockCommand,
} from "../../messages/commands.ts";

const PULUMI = { stack: "prod", program: "pulumi" } as const;
const OURS = { stack: "prod", program: "rancher-rollback" } as const;

test("problems have nothing in them that controls a terminal, whatever they quote", () => {
  const problem = { message: "the lock is held by \u001b[2J\u202eann", remedy: "wait" };
  expect(problemLines([problem], PULUMI)).toEqual(["the lock is held by ann", "  → wait"]);
});

test("what asks nothing of the operator is a line of its own", () => {
  expect(problemLines([{ message: "the lock was broken" }], PULUMI)).toEqual(["the lock was broken"]);
});

describe("who reads a message", () => {
  test("is whoever typed `pulumi`, where nothing else is known", () => {
    expect(audienceOf("acme/rancher-rollback/prod", {})).toEqual({ ...PULUMI, stack: "acme/rancher-rollback/prod" });
  });

  test("is whoever typed `rancher-rollback`, who may name the stack otherwise than the engine", () => {
    const env = { [STACK_VARIABLE]: "acme/rancher-rollback/prod" };
    expect(audienceOf("prod", env)).toEqual({ ...OURS, stack: "acme/rancher-rollback/prod" });
  });
});

describe("a command", () => {
  test("to continue is of the program that was started", () => {
    expect(rerunCommand(PULUMI)).toBe("pulumi up --stack prod");
    expect(rerunCommand(OURS)).toBe("rancher-rollback apply --stack prod");
  });

  test("that only one program has is the same for everyone", () => {
    for (const audience of [PULUMI, OURS]) {
      expect(setCommand(audience, "run", "2")).toBe("pulumi config set run 2 --stack prod");
      expect(undoCommand(audience)).toBe("rancher-rollback undo --stack prod");
      expect(abortCommand(audience)).toBe("rancher-rollback abort --stack prod");
      expect(unlockCommand(audience)).toBe("rancher-rollback unlock --stack prod");
      expect(unlockCommand(audience, "1a2b3c4d")).toBe("rancher-rollback unlock --stack prod --of 1a2b3c4d");
      expect(cancelCommand(audience)).toBe("pulumi cancel --stack prod");
    }
  });

  test("can be pasted into a shell, whatever the stack or the value is called", () => {
    const stack = "it's";
    for (const program of ["pulumi", "rancher-rollback"] as const) {
      expect(rerunCommand({ stack, program })).toMatch(/ --stack 'it'\\''s'$/);
    }
    for (const command of [undoCommand, abortCommand, cancelCommand]) {
      expect(command({ stack })).toMatch(/ --stack 'it'\\''s'$/);
    }
    expect(setCommand({ stack, program: "pulumi" }, "snapshot", "a b;c")).toBe(
      "pulumi config set snapshot 'a b;c' --stack 'it'\\''s'",
    );
  });
});

test("how to confirm a restore depends on the program that was started", () => {
  expect(confirmation(PULUMI, "base#2")).toEqual({
    text: "before `pulumi up`:",
    command: "pulumi config set acceptDataLossOf 'base#2' --stack prod",
  });
  expect(confirmation(OURS, "base#2")).toEqual({
    text: "`apply` asks before it starts; without a terminal:",
    command: "--accept-data-loss-of 'base#2'",
  });
});

test("a remedy of several parts has all of them in order, each command with the reader's stack", () => {
  const parts = ["wait", { text: "to finish it", command: "apply" }, { text: "or, as root: mend it", on: ["node1"] }];
  expect(remedyText(parts, { stack: "it's" }, (command) => `<${command}>`)).toBe(
    "wait; to finish it: <rancher-rollback apply --stack 'it'\\''s'>; on node1, or, as root: mend it",
  );
});

test("a remedy is its sentence, and the command with the stack where it has one", () => {
  expect(remedyText("correct what RKE names", PULUMI)).toBe("correct what RKE names");
  expect(remedyText({ text: "as root: mend it", on: [] }, PULUMI)).toBe("on the node, as root: mend it");
  const remedy = { text: "continue without a way back", pulumi: "config set safetyCopy skip" };
  expect(remedyText(remedy, { stack: "it's" })).toBe(
    "continue without a way back: pulumi config set safetyCopy skip --stack 'it'\\''s'",
  );
});
