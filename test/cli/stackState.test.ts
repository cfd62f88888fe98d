import { describe, expect, test } from "vitest";
import { StackState } from "../../cli/stackState.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { tempFolder } from "../support/folder.ts";
import { wipedAndUnfinished } from "../support/restores.ts";
import { COPY, restored, stateOf } from "../support/roll.ts";

const at = (minute: number) => `2026-11-23T03:0${minute}:00.000Z`;

const timing = (minute: number) => ({ startedAt: at(minute), finishedAt: at(minute), seconds: 1 });

const copy = { ...timing(1), ...COPY };
const restore = { ...timing(3), ...restored, wipedAt: at(2) };
const checked = (minute: number) => ({ ...timing(minute), nodes: [] });
const verified = (minute: number) => ({
  ...timing(minute),
  ...{ verified: true, nodesReady: 3, etcdMembers: 3, rancherVersion: "v2.5.8", image: "rancher/rancher:v2.5.8" },
  rancherEvidence: { runs: "rancher/rancher:v2.5.8", answers: { versions: ["v2.5.8"], sources: ["rancherversion"] } },
});

describe("a stack's state", () => {
  test("has no rollback to go on with before any has run", () => {
    const state = new StackState(undefined);
    expect([state.openCopy, state.wipedBefore(clusterFileIn(tempFolder()))]).toEqual([undefined, undefined]);
  });

  test("names the EC2 instances that killed runs were making, and whether there is one in their place", () => {
    const urn = "urn:pulumi:prod::rancher-rollback::rancher-rollback:index:Ec2Machine$aws:ec2/instance:Instance::";
    const type = "aws:ec2/instance:Instance";
    const state = new StackState({
      resources: [{ urn: `${urn}machine-node5`, type }],
      pending_operations: [
        { type: "creating", resource: { urn: `${urn}machine-node4`, type, inputs: { tags: { Name: "etcd-4" } } } },
        { type: "creating", resource: { urn: `${urn}machine-node5`, type } },
        { type: "updating", resource: { urn: `${urn}machine-node6`, type } },
        {
          type: "creating",
          resource: { urn: "urn:pulumi:prod::a::command:local:Command::b", type: "command:local:Command" },
        },
      ],
    });
    expect(state.pendingMachines).toEqual([
      { name: "etcd-4", isMade: false },
      { name: "machine-node5", isMade: true },
    ]);
    expect(new StackState(undefined).pendingMachines).toEqual([]);
  });

  test("has a restore to go on with as long as no verification came after it, also beside that of an earlier one", () => {
    for (const before of [{}, { verification: verified(0) }]) {
      const state = stateOf({ "safety-copy": copy, "etcd-restore": { ...restore, safetyCopy: COPY }, ...before });
      expect(state.wipedBefore(clusterFileIn(tempFolder()))).toBe(at(2));
      expect(state.safetyCopy?.name).toBe(copy.name);
    }
  });

  test("has a restore to go on with also where its wipe was not seen", () => {
    const { wipedAt: _, ...unseen } = restore as typeof restore & { wipedAt?: string };
    expect(stateOf({ "etcd-restore": unseen }).wipedBefore(clusterFileIn(tempFolder()))).toBe(unseen.startedAt);
  });

  test("has none to go on with once it is verified", () => {
    const state = stateOf({ "safety-copy": copy, "etcd-restore": restore, verification: verified(4) });
    expect([state.openCopy, state.wipedBefore(clusterFileIn(tempFolder()))]).toEqual([undefined, undefined]);
  });

  test("has a rollback that is not finished until it is unlocked, which a verification alone does not do", () => {
    const state = (...unlocked: number[]) =>
      stateOf({
        ...{ "etcd-restore": restore, verification: verified(4) },
        ...Object.fromEntries(unlocked.map((minute) => ["unlock", { ...timing(minute), id: "1a2b3c4d" }])),
      });
    expect([state(), state(0), state(5)].map(({ isUnfinished }) => isUnfinished)).toEqual([true, true, false]);
    expect(stateOf({ "safety-copy": copy }).isUnfinished).toBe(false);
  });

  test("has none to go on with where a later run that set the image alone failed and left the verification to be replaced", () => {
    const state = stateOf({ "etcd-restore": restore, verification: verified(4) }, ["verification"]);
    expect(state.wipedBefore(clusterFileIn(tempFolder()))).toBeUndefined();
  });

  test("has a restore to go on with where the verification that is to be replaced is of the rollback before", () => {
    const state = stateOf({ "etcd-restore": restore, verification: verified(0) }, ["verification"]);
    expect(state.wipedBefore(clusterFileIn(tempFolder()))).toBe(at(2));
  });

  test("has an open safety copy as long as nothing was restored after it", () => {
    expect(stateOf({ preflight: checked(0), "safety-copy": copy }).openCopy?.name).toBe(copy.name);
    expect(stateOf({ "safety-copy": copy, "etcd-restore": restore }).openCopy).toBeUndefined();
  });

  test("does not take the safety copy of an earlier rollback for that of one that went without", () => {
    expect(stateOf({ "safety-copy": copy, preflight: checked(2) }).openCopy).toBeUndefined();
  });

  test("knows the id of this stack's lock", () => {
    expect(stateOf({ "lock-id": { ...timing(0), id: "1a2b3c4d" } }).lockId).toBe("1a2b3c4d");
    expect(new StackState(undefined).lockId).toBeUndefined();
  });

  test("says so where a report is not what the contract says", () => {
    expect(() => stateOf({ "lock-id": { ...timing(0), id: 7 } }).lockId).toThrow(/id/);
  });

  test("lets the cluster's folder tell of a restore that failed, as that is not in it", () => {
    const clusterFile = clusterFileIn(tempFolder());
    wipedAndUnfinished(clusterFile, at(5));
    expect(stateOf({ "safety-copy": copy }).wipedBefore(clusterFile)).toBe(at(5));
  });

  test("is the same as long as nothing has run", () => {
    expect(stateOf({ "safety-copy": copy }).text).toBe(stateOf({ "safety-copy": copy }).text);
    expect(stateOf({ "safety-copy": copy }).text).not.toBe(stateOf({ "safety-copy": restore }).text);
    expect(stateOf({ "safety-copy": copy }).text).not.toBe(stateOf({ "safety-copy": copy }, ["safety-copy"]).text);
  });
});

describe("undo returns to", () => {
  test("none after a rollback with safetyCopy skip, though an older copy is in the state", () => {
    const older = { "safety-copy": copy, preflight: checked(4) };
    // Until a run has succeeded, the state keeps the resources that the program has no more.
    expect(stateOf({ ...older, "etcd-restore": { ...restore, ...timing(6) } }).safetyCopy).toBeUndefined();
    // A restore that failed is not in the state at all.
    expect(stateOf(older).safetyCopy).toBeUndefined();
  });

  test("the copy of the last rollback, where its restore failed and the state still has the one before, to be replaced", () => {
    const before = { "etcd-restore": { ...restore, safetyCopy: COPY }, verification: verified(4) };
    const last = { preflight: checked(5), "safety-copy": { ...copy, ...timing(6), name: "safety-2" } };
    const state = stateOf({ ...before, ...last }, ["etcd-restore", "verification"]);
    expect([state.safetyCopy?.name, state.openCopy?.name]).toEqual(["safety-2", "safety-2"]);
    expect(state.report("etcd-restore", "restore")).toBeUndefined();
  });

  test("none where such a rollback went without one, though the state has that of the rollback before", () => {
    const before = { "safety-copy": copy, "etcd-restore": { ...restore, safetyCopy: COPY } };
    expect(stateOf({ ...before, preflight: checked(5) }, ["etcd-restore"]).safetyCopy).toBeUndefined();
  });

  test.each([
    ["the checks", ["preflight"]],
    ["its own safety copy", ["safety-copy"]],
  ])("the copy of the rollback before, where the last one failed in %s", (_, pending) => {
    const before = { "safety-copy": copy, "etcd-restore": { ...restore, safetyCopy: COPY } };
    expect(stateOf({ ...before, preflight: checked(5) }, pending).safetyCopy?.name).toBe(copy.name);
  });

  test("the copy of the rollback before, where the last one did not come as far as a restore", () => {
    const before = { "safety-copy": copy, "etcd-restore": { ...restore, safetyCopy: COPY } };
    expect(stateOf({ ...before, preflight: checked(4) }).safetyCopy?.name).toBe(copy.name);
  });
});
