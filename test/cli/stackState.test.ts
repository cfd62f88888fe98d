import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { StackState } from "../../cli/stackState.ts";
import { restoreBegins } from "../../cluster/stateFolder/unfinishedRestore.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { tempFolder, textFile } from "../support/folder.ts";

const at = (minute: number) => `2026-11-23T03:0${minute}:00.000Z`;

/** A state in which these steps have run, each with what it said; its component has its name too. */
function stateOf(steps: Record<string, object>): StackState {
  const resources = Object.entries(steps).flatMap(([name, said]) => [
    { urn: `urn:pulumi:prod::rancher-rollback::index:Some::${name}`, type: "rancher-rollback:index:Some" },
    {
      urn: `urn:pulumi:prod::rancher-rollback::index:Some$command:local:Command::${name}`,
      type: "command:local:Command",
      outputs: { stdout: JSON.stringify(said) },
    },
  ]);
  return new StackState({ resources });
}

const timing = (minute: number) => ({ startedAt: at(minute), finishedAt: at(minute), seconds: 1 });

const saved = {
  ...{ name: "safety-20261123T030100Z", kind: "live", nodes: ["node1"], bytes: 1, sha256: "a".repeat(64), state: true },
  ...{ folder: "/clusters/.rancher-rollback/safety/one", rancherImage: "rancher/rancher:v2.6.0" },
};
const copy = { ...timing(1), ...saved };
const restore = { ...timing(3), rke: "v1.8.0", wipedAt: at(2), warnings: 0, log: "/restore.log", adopted: false };
const checked = (minute: number) => ({ ...timing(minute), nodes: [] });
const verified = (minute: number) => ({
  ...timing(minute),
  ...{ verified: true, nodesReady: 3, etcdMembers: 3, rancherVersion: "v2.5.8", image: "rancher/rancher:v2.5.8" },
  rancherEvidence: { runs: "rancher/rancher:v2.5.8", answers: { versions: ["v2.5.8"], sources: ["/rancherversion"] } },
});

describe("a stack's state", () => {
  test("has no rollback to go on with before any has run", () => {
    const state = new StackState(undefined);
    expect([state.openCopy, state.wipedBefore(clusterFileIn(tempFolder()))]).toEqual([undefined, undefined]);
  });

  test("has a restore to go on with as long as no verification came after it, also beside that of an earlier one", () => {
    for (const before of [{}, { verification: verified(0) }]) {
      const state = stateOf({ "safety-copy": copy, "etcd-restore": { ...restore, safetyCopy: saved }, ...before });
      expect(state.wipedBefore(clusterFileIn(tempFolder()))).toBe(at(2));
      expect(state.safetyCopy?.name).toBe(copy.name);
    }
  });

  test("has none to go on with once it is verified", () => {
    const state = stateOf({ "safety-copy": copy, "etcd-restore": restore, verification: verified(4) });
    expect([state.openCopy, state.wipedBefore(clusterFileIn(tempFolder()))]).toEqual([undefined, undefined]);
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
    const folder = tempFolder();
    const clusterFile = clusterFileIn(folder);
    const log = textFile(
      join(folder, ".rancher-rollback/logs/restore.log"),
      `time="${at(5)}" level=info msg="Cleaning old kubernetes cluster"\n`,
    );
    restoreBegins(clusterFile, { since: at(4), log, hosts: [] });
    expect(stateOf({ "safety-copy": copy }).wipedBefore(clusterFile)).toBe(at(5));
  });

  test("is the same as long as nothing has run", () => {
    expect(stateOf({ "safety-copy": copy }).text).toBe(stateOf({ "safety-copy": copy }).text);
    expect(stateOf({ "safety-copy": copy }).text).not.toBe(stateOf({ "safety-copy": restore }).text);
  });
});
