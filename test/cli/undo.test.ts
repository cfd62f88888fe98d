import { describe, expect, test } from "vitest";
import { COPY, restored, setUpRolls, type World } from "../support/roll.ts";

const { rolled } = setUpRolls();

describe("undo is refused, and nothing is done,", () => {
  test("where it would return to a copy that is older than the last rollback, which went without one", async () => {
    const older = { "safety-copy": COPY, "etcd-restore": restored };
    const { ended, ups, kept } = await rolled({ command: "undo", states: [older] });
    expect(ended).toMatchObject({ result: "refused", error: expect.stringContaining("has no safety copy") });
    expect([ups, kept]).toEqual([0, []]);
  });

  test("where it does not know which Rancher ran, until its version is named", async () => {
    const before = { "etcd-restore": { ...restored, safetyCopy: { ...COPY, rancherImage: "unknown" } } };
    const undo: Partial<World> = { command: "undo", states: [before], accepted: ["safety-1"] };
    const { ended, ups } = await rolled(undo);
    expect(ended).toMatchObject({ result: "refused", error: expect.stringContaining("--config rancherVersion=") });
    expect(ups).toBe(0);
    const named = await rolled({ ...undo, config: { rancherVersion: "v2.6.0" } });
    expect([named.ups, named.kept]).toEqual([1, [{ snapshot: "safety-1", rancherVersion: "v2.6.0", run: "1" }]]);
  });

  test("where it has no safety copy to return to", async () => {
    const { code, ended, ups } = await rolled({ command: "undo" });
    expect(ended).toMatchObject({ result: "refused", error: expect.stringContaining("has no safety copy") });
    expect([code, ups]).toEqual([1, 0]);
  });
});

describe("undo", () => {
  test("returns to the safety copy and its Rancher as a first restore, and keeps these settings", async () => {
    const before = { "etcd-restore": { ...restored, safetyCopy: COPY } };
    const { code, kept, ups } = await rolled({ command: "undo", states: [before], accepted: ["safety-1"] });
    expect([code, ups]).toEqual([0, 1]);
    expect(kept).toEqual([{ snapshot: "safety-1", rancherVersion: "v2.6.0", run: "1" }]);
  });

  test("names the hash of the safety copy, where the settings name that of the snapshot it takes back", async () => {
    const before = { "etcd-restore": { ...restored, safetyCopy: COPY } };
    const settings = { snapshotSha256: "a".repeat(64) };
    const { code, kept } = await rolled({ command: "undo", states: [before], accepted: ["safety-1"], settings });
    expect(code).toBe(0);
    expect(kept).toEqual([expect.objectContaining({ snapshot: "safety-1", snapshotSha256: COPY.sha256 })]);
  });

  test("forgets what was accepted for the restore that it takes back, and keeps what was accepted for itself", async () => {
    const before = { "etcd-restore": { ...restored, safetyCopy: COPY } };
    const settings = { acceptHazardsOf: ["prod@base", "edge@safety-1"] };
    const { kept, set } = await rolled({ command: "undo", states: [before], accepted: ["safety-1"], settings });
    expect(kept).toEqual([expect.objectContaining({ acceptHazardsOf: '["edge@safety-1"]' })]);
    expect(set).not.toHaveProperty("acceptHazardsOf");
  });
});
