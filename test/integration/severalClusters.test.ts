import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  clusterDown,
  kubectl,
  type LabCluster,
  rancherVersion,
  saveSnapshot,
  setRancherImage,
} from "../../lab/cluster/cluster.ts";
import { addUser, users } from "../../lab/cluster/users.ts";
import type { Engine } from "../../lab/engine/engine.ts";
import { waitFor } from "../../lab/machine/progress.ts";
import { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import { labConfig } from "../../lab/rehearsals/rollbackStack.ts";
import { eventSchema } from "../../run/events.ts";
import { recordSchema } from "../../run/record.ts";
import { healthyCluster, lockedNodes, mark, marks, openStack, PRIOR, removeMarks, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();
const stacks = ["a", "b"];
/** Cluster a has Rancher as the runbook's add-on installs it, cluster b as the Helm chart does, of a later version. */
const versionOf = (stack: string) => (stack === "b" ? "v2.7.0" : PRIOR);
/** It goes on running and migrates restored data within a second. */
const WRITES_ON = "v2.6.1";
const snapshotOf = (stack: string) => `several-${stack}-${process.pid}`;
const clusters: Record<string, LabCluster> = {};
let engine: Engine;

beforeAll(async () => {
  for (const stack of stacks) {
    const isChart = stack === "b";
    const version = versionOf(stack);
    const healthy = await healthyCluster(stack, { version, ...(isChart && { form: "chart" }) });
    const { cluster } = healthy;
    clusters[stack] = cluster;
    engine = healthy.engine;
    const { acceptDataLossOf: _, ...config } = labConfig(cluster, snapshotOf(stack), version);
    const names: Record<string, string> = isChart ? { rancherDeployment: "rancher" } : {};
    await (await openStack(folder.path, engine, stack)).configure({ ...config, ...names });
    await removeMarks(cluster);
    await addUser(cluster, "alice");
    await mark(cluster, "before");
    await saveSnapshot(cluster, snapshotOf(stack), console.log);
    await mark(cluster, "after");
  }
  const a = clusters.a as LabCluster;
  await setRancherImage(a, WRITES_ON);
  const migrated = () =>
    kubectl(a, ["get", "users.management.cattle.io", "-o", "jsonpath={.items[*].principalDigest}"]);
  expect(await waitFor(async () => (await migrated()).includes(" "), 180_000, 1000)).toBe(true);
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
    expect(await rancherVersion(cluster)).toBe(versionOf(stack));
    // Nothing of a newer Rancher has migrated what was restored.
    expect(await users(cluster)).toEqual(["admin", "alice"]);
    expect(await lockedNodes(cluster)).toEqual([]);
  }
});
