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

const copy = { name: "safety-20261123T030100Z", finishedAt: at(1) };
const restore = { wipedAt: at(2), finishedAt: at(3) };

describe("a stack's state", () => {
  test("has no rollback to go on with before any has run", () => {
    const state = new StackState(undefined);
    expect([state.openCopy, state.wipedBefore(clusterFileIn(tempFolder()))]).toEqual([undefined, undefined]);
  });

  test("has one to go on with as long as no verification came after it, also beside that of an earlier one", () => {
    for (const verified of [{}, { verification: { finishedAt: at(0) } }]) {
      const state = stateOf({ "safety-copy": copy, "etcd-restore": restore, ...verified });
      expect(state.openCopy?.name).toBe(copy.name);
      expect(state.wipedBefore(clusterFileIn(tempFolder()))).toBe(at(2));
    }
  });

  test("has none to go on with once it is verified", () => {
    const state = stateOf({
      "safety-copy": copy,
      "etcd-restore": restore,
      verification: { finishedAt: at(4) },
    });
    expect([state.openCopy, state.wipedBefore(clusterFileIn(tempFolder()))]).toEqual([undefined, undefined]);
  });

  test("does not take the safety copy of an earlier rollback for that of one that went without", () => {
    const state = stateOf({ "safety-copy": copy, preflight: { finishedAt: at(2) }, "etcd-restore": restore });
    expect(state.openCopy).toBeUndefined();
    expect(state.wipedBefore(clusterFileIn(tempFolder()))).toBe(at(2));
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
