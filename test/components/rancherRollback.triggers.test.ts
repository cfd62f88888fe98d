import { describe, expect, test } from "vitest";
import { restoreTriggers } from "../../components/restoreTriggers.ts";
import type { Settings } from "../../settings/settings.ts";
import type { Registered } from "../support/recordingMonitor.ts";
import { buildRollback, commands, resource, triggers } from "../support/rollback.ts";
import { someNode, someSettings } from "../support/settings.ts";

/** Steps that run for what the operator asked for; every other one runs because the step before it has. */
const ASKED_FOR = ["lock", "preflight", "safety-copy", "etcd-restore"];

describe("what makes a restore run again", () => {
  test.each<[string, Partial<Settings>, string[]]>([
    ["another snapshot", { snapshot: "other" }, ["snapshot other", "run 1"]],
    ["a raised run", { run: 2 }, ["snapshot base", "run 2"]],
  ])("%s does, with the lock, the checks and the safety copy that belong to it", async (_, changes, expected) => {
    const rollback = await buildRollback(changes);
    for (const name of ASKED_FOR) expect(triggers(rollback, name), name).toEqual(expected);
  });

  const { cluster, rke, rancher } = someSettings();
  test.each<[string, Partial<Settings>]>([
    ["nothing", {}],
    ["other waits", { waitSeconds: 60, rke: { ...rke, silenceSeconds: 60 } }],
    ["another order of restarts", { restartOrder: "rolling" }],
    ["other trust in host keys", { hostKeys: { allowUnknown: true, knownHostsFile: "/keys/known_hosts" } }],
    ["another path of RKE", { rke: { ...rke, path: "/opt/rke" } }],
    ["another version of RKE", { rke: { ...rke, version: { major: 1, minor: 9, patch: 1, text: "v1.9.1" } } }],
    ["another Rancher", { rancher: { ...rancher, version: "v2.5.7", image: "rancher/rancher:v2.5.7" } }],
    ["another path of the cluster file", { cluster: { ...cluster, path: "/elsewhere/rancher-cluster.yml" } }],
    ["fewer nodes", { cluster: { ...cluster, nodes: [someNode(1)] } }],
    ["a source of the snapshot", { source: { kind: "file", path: "/backup/base" } }],
    ["the snapshot's sha256", { snapshotSha256: "5ba5" }],
    ["a preview that reads the cluster", { readCluster: true }],
    ["a confirmation", { acceptDataLossOf: "base" }],
    ["other restarts", { restarts: "always" }],
    ["another place of rke up", { rkeUp: "first" }],
    ["a broken lock", { breakLockOf: "0123abcd" }],
    ["no safety copy", { safetyCopy: false }],
    ["another way to restore", { restoreWith: "in-place" }],
    ["old data that are kept longer", { keepOldDataDays: 30 }],
  ])("%s does not", async (_, changes) => {
    const rollback = await buildRollback(changes);
    for (const name of ASKED_FOR.filter((one) => rollback.has(one))) {
      expect(triggers(rollback, name), name).toEqual(["snapshot base", "run 1"]);
    }
  });

  test("the triggers are spelled as the state of existing stacks has them", () => {
    expect(restoreTriggers({ snapshot: "base", run: 1 })).toEqual(["snapshot base", "run 1"]);
    expect(restoreTriggers({ snapshot: "base", run: 3 })).toEqual(["snapshot base", "run 3"]);
  });
});

describe("what makes another step run again", () => {
  test("nothing does for the holder's id: any run of a stack's state recognizes its own lock", async () => {
    expect(triggers(await buildRollback({ run: 2, snapshot: "other" }), "lock-id")).toEqual([]);
  });

  test("for every step after the restore it is that the step before it has run", async () => {
    const rollback = await buildRollback();
    expect(triggers(rollback, "rke-up")).toEqual(["etcd-restore has run"]);
    expect(triggers(rollback, "restart")).toEqual(["rke-up has run"]);
    expect(triggers(rollback, "rancher-image-api")).toEqual(["restart has run", "rancher/rancher:v2.5.8"]);
    expect(triggers(rollback, "verification")).toEqual(["rancher-image-api has run"]);
    expect(triggers(rollback, "rke-up-last")).toEqual(["rke-up has run"]);
    expect(triggers(rollback, "unlock")).toEqual(["verification has run"]);
  });

  test("another Rancher version changes the image and the wait for the API, whose run the verification follows", async () => {
    const before = await buildRollback();
    const after = await buildRollback({
      rancher: { ...someSettings().rancher, version: "v2.5.7", image: "rancher/rancher:v2.5.7" },
    });
    const changed = [...before.keys()].filter(
      (name) => JSON.stringify(compared(before, name)) !== JSON.stringify(compared(after, name)),
    );
    expect(changed.sort()).toEqual(["rancher-image", "rancher-image-api"].sort());
  });

  test("no input of a command but its triggers does", async () => {
    const rollback = await buildRollback();
    for (const { name } of commands(rollback)) {
      expect(Object.keys(compared(rollback, name)), name).toEqual(["triggers"]);
    }
    for (const { ignoreChanges } of commands(rollback)) {
      for (const input of ["delete", "environment", "interpreter"]) expect(ignoreChanges).toContain(input);
    }
  });

  test("an update of a command only repeats the report", async () => {
    for (const { inputs } of commands(await buildRollback())) {
      expect(inputs.update).toBe(`printf '%s' "$PULUMI_COMMAND_STDOUT"`);
      expect(inputs.delete).toBeUndefined();
    }
  });

  test("a step that runs again leaves the state first, so that a failed one does not count as done", async () => {
    for (const { deleteBeforeReplace } of commands(await buildRollback())) expect(deleteBeforeReplace).toBe(true);
  });
});

/** What the engine compares: all inputs but the ignored ones. */
function compared(rollback: Map<string, Registered>, name: string): object {
  const { inputs, ignoreChanges } = resource(rollback, name);
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !ignoreChanges.includes(key)));
}
