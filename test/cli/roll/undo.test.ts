import { describe, expect, test } from "vitest";
import { COPY, restored, setUpRolls, type World } from "../../support/roll.ts";

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
    expect(ended.error).toContain("those that are there: rancher-rollback snapshots --stack prod");
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

  test("after a second rollback that failed returns to that one's safety copy, and not to the first one's", async () => {
    const first = { "etcd-restore": { ...restored, safetyCopy: COPY } };
    const second = {
      preflight: { nodes: [], finishedAt: "2026-11-23T03:00:00.000Z" },
      "safety-copy": { ...COPY, name: "safety-2" },
    };
    const states = [{ ...first, ...second }];
    const { kept } = await rolled({ command: "undo", states, pending: ["etcd-restore"], accepted: ["safety-2"] });
    expect(kept).toEqual([expect.objectContaining({ snapshot: "safety-2" })]);
  });

  test("names the hash of the safety copy, where the settings name that of the snapshot it takes back", async () => {
    const before = { "etcd-restore": { ...restored, safetyCopy: COPY } };
    const settings = { snapshotSha256: "a".repeat(64) };
    const { code, kept } = await rolled({ command: "undo", states: [before], accepted: ["safety-1"], settings });
    expect(code).toBe(0);
    expect(kept).toEqual([expect.objectContaining({ snapshot: "safety-1", snapshotSha256: COPY.sha256 })]);
  });

  const before = { "etcd-restore": { ...restored, safetyCopy: COPY } };
  const undo: Partial<World> = { command: "undo", states: [before], accepted: ["safety-1"] };
  const file = { kind: "file", path: "/home/ops/base" } as const;

  test("takes the copy from a host that has it, not from where the snapshot came that it takes back", async () => {
    const { set, kept } = await rolled({ ...undo, settings: { source: file } });
    expect(set).toMatchObject({ snapshotSource: "node:198.18.0.11", snapshotSha256: COPY.sha256, s3SecretKey: "" });
    // In the stack's file the source stays, with its keys; the hash keeps it from passing for the copy.
    expect(kept).toEqual([{ snapshot: "safety-1", rancherVersion: "v2.6.0", run: "1", snapshotSha256: COPY.sha256 }]);
  });

  test("takes it from where the command line says, by its hash", async () => {
    const config = { snapshotSource: "file:/safe/safety-1.zip" };
    const { set } = await rolled({ ...undo, config, settings: { source: file } });
    expect(set).not.toHaveProperty("snapshotSource");
    expect(set).toMatchObject({ snapshotSha256: COPY.sha256 });
  });

  test("brings it to an etcd host that has joined since, where the settings have no source", async () => {
    const older = { "etcd-restore": { ...restored, safetyCopy: { ...COPY, nodes: ["node1", "node2"] } } };
    const { set, kept } = await rolled({ ...undo, states: [older] });
    expect(set).toMatchObject({ snapshotSource: "node:198.18.0.11", snapshotSha256: COPY.sha256 });
    expect(kept).toEqual([expect.objectContaining({ snapshotSource: "node:198.18.0.11" })]);
  });

  test("forgets what was accepted for the restore that it takes back, and keeps what was accepted for itself", async () => {
    const settings = { acceptHazardsOf: ["prod@base", "edge@safety-1"] };
    const { kept, set } = await rolled({ command: "undo", states: [before], accepted: ["safety-1"], settings });
    expect(kept).toEqual([expect.objectContaining({ acceptHazardsOf: '["edge@safety-1"]' })]);
    expect(set).not.toHaveProperty("acceptHazardsOf");
  });
});
