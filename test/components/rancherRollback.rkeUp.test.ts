import { describe, expect, test } from "vitest";
import type { Registered } from "../support/recordingMonitor.ts";
import { buildRollback, commands, recordRollback, request, resource, triggers } from "../support/rollback.ts";
import { someSettings } from "../support/settings.ts";

describe("rke up", () => {
  const turns = (rollback: Map<string, Registered>) =>
    ["rke-up", "rke-up-last"].filter((name) => rollback.has(name)).map((name) => request(rollback, name).input.skip);

  test("comes last where the restore has built the cluster, and the cluster must be the same afterwards", async () => {
    const rollback = await buildRollback();
    expect(turns(rollback)).toEqual(["comes-last", undefined]);
    expect(request(rollback, "rke-up-last").input.verify).toEqual(request(rollback, "verification").input);
    expect(request(rollback, "rke-up").input).not.toHaveProperty("verify");
  });

  test("knows in either turn which Rancher the rollback starts", async () => {
    const rollback = await buildRollback();
    const { namespace, deployment, container, image } = someSettings().rancher;
    for (const name of ["rke-up", "rke-up-last"])
      expect(request(rollback, name).input.rancher).toEqual({ namespace, deployment, container, image });
  });

  test("comes first, and only then, where the restore does not show that it has built the cluster", async () => {
    for (const built of [false, undefined]) {
      const rollback = await recordRollback(someSettings(), { reported: { "etcd-restore": { built } } });
      expect(turns(rollback)).toEqual([undefined, "has-run"]);
    }
  });

  test("comes first, as the runbook has it, where the settings say so", async () => {
    const rollback = await buildRollback({ rkeUp: "first" });
    expect(turns(rollback)).toEqual([undefined]);
    expect(resource(rollback, "unlock").dependencies).toContain("verification");
  });

  test("makes no other step run again, whichever comes first: their triggers are the same", async () => {
    const [last, first] = [await buildRollback(), await buildRollback({ rkeUp: "first" })];
    for (const { name } of commands(first)) expect(triggers(last, name), name).toEqual(triggers(first, name));
  });

  test("does nothing in a stack whose rollback an older release has finished", async () => {
    const older = { "etcd-restore": { built: undefined }, "rke-up": { skipped: undefined } };
    const rollback = await recordRollback(someSettings(), { reported: older });
    expect(request(rollback, "rke-up-last").input.skip).toBe("has-run");
  });

  test("still comes last where an older release has skipped the first one", async () => {
    const rollback = await recordRollback(someSettings(), { reported: { "rke-up": { skipped: "comes last" } } });
    expect(request(rollback, "rke-up-last").input.skip).toBeUndefined();
    expect(request(rollback, "rke-up-last").input).toHaveProperty("verify");
  });
});
