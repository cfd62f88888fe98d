import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clusterDown, type LabCluster, rancherVersion, saveSnapshot } from "../../lab/cluster/cluster.ts";
import type { Engine } from "../../lab/engine/engine.ts";
import { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import { labConfig } from "../../lab/rehearsals/rollbackStack.ts";
import { eventSchema } from "../../run/events.ts";
import { recordSchema } from "../../run/record.ts";
import { healthyCluster, lockedNodes, mark, marks, openStack, PRIOR, removeMarks, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();
const stacks = ["a", "b"];
const snapshotOf = (stack: string) => `several-${stack}-${process.pid}`;
const clusters: Record<string, LabCluster> = {};
let engine: Engine;

beforeAll(async () => {
  for (const stack of stacks) {
    const healthy = await healthyCluster(stack);
    const { cluster } = healthy;
    clusters[stack] = cluster;
    engine = healthy.engine;
    const { acceptDataLossOf: _, ...config } = labConfig(cluster, snapshotOf(stack), PRIOR);
    await (await openStack(folder.path, engine, stack)).configure(config);
    await removeMarks(cluster);
    await mark(cluster, "before");
    await saveSnapshot(cluster, snapshotOf(stack), console.log);
    await mark(cluster, "after");
  }
});
afterAll(async () => {
  if (clusters.a) await removeMarks(clusters.a);
  await clusterDown("b", console.log);
  folder.remove();
});

test("none of two clusters is rolled back when one is not confirmed", async () => {
  const rollback = new CommandLine(stacks, folder.path, engine);
  const { code, stdout } = await rollback.type(["apply", "--accept-data-loss-of", snapshotOf("a")], console.log);
  expect(code).toBe(1);
  expect(stdout).toContain(`--accept-data-loss-of ${snapshotOf("b")}`);
  for (const cluster of Object.values(clusters)) {
    expect(await marks(cluster)).toEqual(["after", "before"]);
    expect(await lockedNodes(cluster)).toEqual([]);
  }
});

test("two clusters are rolled back at once, with one exit code and a report for each", async () => {
  const rollback = new CommandLine(stacks, folder.path, engine);
  const report = join(folder.path, "report");
  const accepted = stacks.flatMap((stack) => ["--accept-data-loss-of", snapshotOf(stack)]);
  const words = ["apply", "--parallel", "2", "--json", "--report", report, ...accepted];
  const { code, stdout } = await rollback.type(words, console.log);
  expect(code).toBe(0);
  const order = stdout
    .trim()
    .split("\n")
    .map((line) => eventSchema.parse(JSON.parse(line)))
    .filter(({ event }) => event === "wiping" || event === "run-ended");
  // At once: each is in the middle of it before the other ends.
  expect(
    order
      .slice(0, 2)
      .map(({ event, stack }) => `${event} ${stack}`)
      .sort(),
  ).toEqual(["wiping a", "wiping b"]);
  for (const [stack, cluster] of Object.entries(clusters)) {
    const record = recordSchema.parse(JSON.parse(readFileSync(join(report, stack, "report.json"), "utf8")));
    expect(record).toMatchObject({ stack, result: "succeeded", plan: { snapshot: { name: snapshotOf(stack) } } });
    expect(await marks(cluster)).toEqual(["before"]);
    expect(await rancherVersion(cluster)).toBe(PRIOR);
    expect(await lockedNodes(cluster)).toEqual([]);
  }
});
