import { ConcurrentUpdateError } from "@pulumi/pulumi/automation/index.js";
import { describe, expect, test } from "vitest";
import { engineError, factsOf, problemsIn } from "../../cli/outcome.ts";
import { Refusal } from "../../cli/refusal.ts";
import { SettingsError } from "../../settings/settings.ts";

describe("an error, as the operator reads it,", () => {
  test("is what went wrong, of all that the engine repeats of itself", () => {
    const failed = "Command failed with exit code 1: pulumi config --json --stack x\nerror: incorrect passphrase";
    const error = new Error(`code: -2\n stdout: \n stderr: ${failed}\n err?: Error: ${failed}\n`);
    expect(engineError(error)).toBe("error: incorrect passphrase");
  });

  test("of a Pulumi that is not logged in names the login, not the token that a CLI without a terminal wants", () => {
    const failed = "Command failed with exit code 1: pulumi stack select --stack x";
    const error = new Error(
      `code: 1\n stderr: ${failed}\nerror: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions\n`,
    );
    expect(engineError(error)).toMatch(/^Pulumi is not logged in\. Nothing was done\..* pulumi login --local/);
  });

  test("is its own text where the engine has no part in it", () => {
    expect(engineError(new Error("there is no pulumi"))).toBe("there is no pulumi");
  });

  test("of a stack that another run holds says what to type if that run is dead", () => {
    const error = Object.create(ConcurrentUpdateError.prototype);
    expect(engineError(error, "org/prod")).toContain("pulumi cancel --stack org/prod");
  });

  test("of wrong settings names each with its remedy, a command with the stack that was typed", () => {
    const error = new SettingsError([
      {
        key: "snapshot",
        message: "snapshot: is missing",
        remedy: { text: "name it", pulumi: "config set snapshot NAME" },
      },
      { key: "run", message: "run: is no number", remedy: "correct it" },
    ]);
    const text = engineError(error, "prod");
    expect(text).toContain("2 settings are wrong; nothing was done:");
    expect(text).toContain("snapshot: is missing\n    → name it: pulumi config set snapshot NAME --stack prod");
    expect(text).toContain("run: is no number\n    → correct it");
    expect(engineError(error)).toContain("--stack STACK");
  });
});

describe("what the operator can do about an error is data", () => {
  test("of the engine's, with the message apart", () => {
    const locked = Object.create(ConcurrentUpdateError.prototype);
    expect(problemsIn(locked)).toEqual([
      {
        message: "the stack is locked by another run, or by one that was killed",
        remedy: { text: "If that run is certainly dead", pulumi: "cancel" },
      },
    ]);
    const login = new Error("stderr: error: PULUMI_ACCESS_TOKEN must be set for login\n");
    expect(problemsIn(login)).toMatchObject([{ message: "Pulumi is not logged in" }]);
    expect(problemsIn(new Error("no luck"))).toEqual([]);
  });

  test("of a refusal, and of wrong settings", () => {
    const problem = { message: "there is no pulumi", remedy: "To install it: URL" };
    const refusal = Refusal.of(problem, "prod");
    expect([refusal.message, problemsIn(refusal)]).toEqual([
      "there is no pulumi. Nothing was done. To install it: URL",
      [problem],
    ]);
    const mistake = { message: "run: is no number", remedy: "correct it" };
    expect(problemsIn(new SettingsError([{ key: "run", ...mistake }]))).toEqual([mistake]);
  });
});

describe("what a run has left", () => {
  test("is a way back only where there is a safety copy", () => {
    const safetyCopy = { name: "safety-1", nodes: ["node1", "node2"], bytes: 2048 };
    expect(factsOf({ safetyCopy })).toEqual({
      safetyCopy: "safety-1",
      copy: { nodes: ["node1", "node2"], bytes: 2048 },
      canBeUndone: true,
    });
    expect(factsOf({})).toEqual({ canBeUndone: false });
  });

  test("is how etcd was restored, and where the old data lie", () => {
    const oldData = {
      id: "rollback-1",
      path: "/var/lib/etcd/.rancher-rollback/rollback-1",
      until: "2026-11-30T03:00:00Z",
    };
    const { id: _, ...shown } = oldData;
    const reasons = [{ kind: "hosts-ready" as const, hosts: 3, tool: "etcdctl 3.4.15" }];
    expect(factsOf({ restore: { way: "in-place", reasons, oldData } }).restore).toEqual({
      way: "in-place",
      reasons,
      oldData: shown,
    });
    // A step of an earlier release has not said it.
    expect(factsOf({ restore: {} })).not.toHaveProperty("restore");
  });

  test("is what was verified", () => {
    const verification = {
      ...{ verified: true as const, nodesReady: 3, etcdMembers: 3, rancherVersion: "v2.5.8", image: "rancher" },
      rancherEvidence: { runs: "rancher", answers: { versions: ["v2.5.8"], sources: [] } },
      ...{ startedAt: "", finishedAt: "", seconds: 1 },
    };
    const verified = { rancherVersion: "v2.5.8", etcdMembers: 3, nodesReady: 3 };
    expect(factsOf({ verification }).after).toEqual(verified);
    const downstream = [{ id: "c-1", name: "shop", ready: true, connected: false }];
    expect(factsOf({ verification: { ...verification, downstream } }).after).toEqual({
      ...verified,
      downstream,
    });
  });
});
