import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { restore } from "../../steps/restore.ts";
import { HOSTS, restoreStep, WHOLE } from "../support/restoreStep.ts";
import { finishedRecord, remember, restoreRecord } from "../support/restores.ts";
import { failureOf } from "../support/steps.ts";

/** A restore in which node3's machine takes the place of another one, and remembers this. */
function broughtBy(over: Parameters<typeof finishedRecord>[0], { newNodes = ["node3"], replaced = ["3.3.3.3"] } = {}) {
  const made = restoreStep(WHOLE, { newNodes, replaced });
  remember(made.nodes.slice(2), finishedRecord(over));
  return { ...made, names: () => readdirSync(join(made.nodes[2]?.root ?? "", "rancher-rollback/restores")).sort() };
}

describe("what a replacement machine remembers", { timeout: 120_000 }, () => {
  test.each([
    { nodes: ["10.9.0.1", "10.0.0.3"] },
    // Of an earlier release.
    {},
    { stack: "other", nodes: ["10.9.0.1"] },
  ])("of another cluster does not pass for this restore, and is kept aside: %j", async (over) => {
    const { ran, run, names, tools } = broughtBy(over);
    expect(await run()).toMatchObject({ adopted: false });
    expect(ran()).toBe(true);
    expect(names()).toEqual(["base.1.json", "base.1.json.of-another-cluster"]);
    expect(tools.said).toContain("node3: its record of a restore of base is of another cluster, and is set aside");
  });

  test("of another cluster does not end the confirmation, and does not make a wipe of this one possible", async () => {
    const old = restoreRecord({ startedAt: "2026-01-01T00:00:00.000Z", nodes: ["10.9.0.1"] });
    const made = restoreStep("fatal node2 does not answer", { newNodes: ["node3"], replaced: ["3.3.3.3"] });
    remember(made.nodes.slice(2), old);
    expect((await failureOf(made.run())).pointOfNoReturn).toEqual({ state: "not-reached" });
    expect(made.ran()).toBe(true);
  });

  test.each([
    [["node3"], ["10.0.0.1", "10.0.0.3"]],
    // Where no node stays, the node that it replaced tells.
    [
      ["node1", "node2", "node3"],
      ["10.0.0.3", "3.3.3.3"],
    ],
  ])("of this cluster counts: %j are new", async (newNodes, nodes) => {
    const { ran, run } = broughtBy({ stack: "fresh", nodes }, { newNodes });
    expect((await failureOf(run())).happened).toEqual([expect.stringContaining("base was restored")]);
    expect(ran()).toBe(false);
  });

  test.each([
    ["of an earlier release, where a worker stays", ["node1", "node3"], {}],
    ["of a run whose settings called the dead node otherwise", HOSTS, { nodes: ["10.0.0.3", "node-c.example.com"] }],
  ])("of this very restore is never done twice where no etcd host stays: %s", async (_, newNodes, over) => {
    const { ran, run, names, input, tools } = broughtBy({ stack: "fresh", ...over }, { newNodes });
    const file = readFileSync(tools.clusterFile, "utf8");
    writeFileSync(
      tools.clusterFile,
      file.replace("node2, user: rancher, role: [controlplane, etcd, ", "node2, user: rancher, role: ["),
    );
    expect(await failureOf(run())).toMatchObject({
      kind: "refused",
      happened: [expect.stringMatching(/^base was restored at .* only the replacement nodes have a record of it/)],
      remedies: [expect.objectContaining({ pulumi: "config set run 2" })],
    });
    expect([ran(), names()]).toEqual([false, ["base.1.json"]]);
    await restore({ ...input, run: 2 }, tools);
    expect(ran()).toBe(true);
  });

  test("counts once the machine is a node like any other", async () => {
    const { run } = broughtBy({ stack: "fresh" }, { newNodes: [], replaced: [] });
    expect((await failureOf(run())).kind).toBe("refused");
  });
});
