import assert from "node:assert/strict";
import { join } from "node:path";
import { answerSchema, type Proof } from "../../cli/answers.ts";
import { duration } from "../../cluster/time.ts";
import type { RunRecord } from "../../run/record.ts";
import { phasesOf } from "../bench/steps.ts";
import { kubectl, type LabCluster } from "../cluster/cluster.ts";
import { getEngine } from "../engine/engine.ts";
import { waitFor } from "../machine/progress.ts";
import { CommandLine } from "./commandLine.ts";
import { type LikeOperators, readLikeOperators } from "./fromCluster.ts";
import { mustBeSnapshot, placeSnapshot, proveSnapshot, restoreOnMachines } from "./fromSnapshot.ts";
import { rancherFront } from "./front.ts";
import { Phases } from "./phases.ts";
import { type RestoredRancher, readRestoredRancher } from "./restoredRancher.ts";
import { accessConfig, type Config, RollbackStack } from "./rollbackStack.ts";

/** An object that is newer than the snapshot, of a kind that nothing else makes in its namespace. */
const NEWER = ["configmap", "--namespace", "default", "after-snapshot"];

/** @throws Problem for files that cannot be rehearsed with, before anything is started. */
export function ownRehearsal(clusterFile: string, snapshot: string): () => Promise<string[]> {
  const own = readLikeOperators(clusterFile);
  mustBeSnapshot(snapshot);
  return () => rehearseOwn(own, snapshot);
}

/** An operator's cluster, made out of its snapshot on the lab, is rolled back to that snapshot and verified. */
async function rehearseOwn(own: LikeOperators, snapshot: string): Promise<string[]> {
  console.log(`\nWhat is otherwise than on your cluster:\n${own.differences.map((line) => `  ${line}`).join("\n")}`);
  const phases = new Phases(8);
  const engine = await phases.run("the Pulumi engine", getEngine);
  const cluster = await phases.run(`${own.nodes.length} machines for your nodes, with the snapshot`, (say) =>
    placeSnapshot(own, snapshot, say),
  );
  const name = await phases.run("the snapshot is whole", () => proveSnapshot(cluster, own, snapshot));
  await phases.run("your cluster, out of the snapshot", (say) => restoreOnMachines(cluster, name, say));
  const rancher = await readRestoredRancher(cluster);
  const front = await rancherFront(cluster.kubeconfig, rancher.service);
  try {
    await phases.run("its Rancher, and a change that the snapshot lacks", async (say) => {
      say(await answers(front.url, rancher));
      await kubectl(cluster, ["create", ...NEWER]);
    });
    const stack = `from-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
    const folder = join(cluster.dir, "pulumi");
    await (await RollbackStack.open(stack, folder, engine)).configure(configFor(cluster, name, rancher, front.url));
    const rollback = new CommandLine(stack, folder, engine);
    await phases.run("rancher-rollback plan", async (say) => {
      const { code, record } = await rollback.roll(["plan"], say);
      assert.deepEqual(record.plan?.failedChecks, [], "nothing stands in the way");
      assert.equal(code, 2, "changes are planned");
    });
    const { record } = await phases.run("rancher-rollback apply: the rollback", async (say) => {
      const applied = await rollback.roll(["apply"], say);
      assert.equal(applied.code, 0);
      return applied;
    });
    await phases.run("what the snapshot holds is there, what came after is gone", async (say) => {
      assert.equal(await kubectl(cluster, ["get", ...NEWER, "--ignore-not-found"]), "");
      const { stdout } = await rollback.type(["prove", name, "--json"]);
      for (const line of comparison(answerSchema.parse(JSON.parse(stdout)) as Proof)) say(line);
    });
    return [...phases.summary(), "", ...timesOf(record)];
  } finally {
    front.close();
  }
}

/** The settings of the operator's stack, as far as the snapshot decides them. */
function configFor(cluster: LabCluster, name: string, rancher: RestoredRancher, url: string): Config {
  const { rancherCaFile: _, ...access } = accessConfig(cluster);
  return {
    ...access,
    ...{ snapshot: name, acceptDataLossOf: name, rancherVersion: rancher.version },
    ...{ rancherUrl: url, rancherDeployment: rancher.deployment, rancherContainer: rancher.container },
    ...(rancher.differs && { acceptRancherVersion: rancher.version }),
    // The lab's stand-in has the name that Docker Hub's has, wherever the operator's comes from.
    ...(!rancher.image.startsWith("rancher/rancher:") && { rancherImage: "docker.io/rancher/rancher" }),
  };
}

async function answers(url: string, { image, version, differs }: RestoredRancher): Promise<string> {
  if (differs) return `${image} is not on the lab: the rollback sets the stand-in of ${version} in its place`;
  const isThere = await waitFor(async () => (await fetch(`${url}/ping`)).ok, 120_000, 2000);
  return isThere ? `${image} answers; it is the lab's stand-in` : `${image} does not answer within 2 minutes`;
}

/**
 * What lives after the rollback beside what the opened snapshot holds.
 * @throws AssertionError when something of Rancher or a namespace is missing.
 */
export function comparison({ inspection }: Pick<Proof, "inspection">): string[] {
  assert.ok(inspection, "the snapshot was opened");
  const { holds, objects } = inspection;
  const lost = objects.filter(({ snapshot, held = 0 }) => held < snapshot);
  const missing = lost.filter(({ of, kind }) => of === "rancher" || kind === "namespaces");
  assert.deepEqual(missing, [], "all of Rancher and every namespace is there");
  return [
    `the snapshot was taken ${holds.takenAt ?? "at an unknown time"}, of Kubernetes ${holds.kubernetes ?? "unknown"} and Rancher ${holds.rancher ?? "unknown"}`,
    ...objects.map(({ kind, snapshot, held = 0 }) => `${kind}: ${held} of ${snapshot}`),
  ];
}

/** How long each phase of a run took, and the whole; what happens on several nodes is one phase. */
export function timesOf({ steps, startedAt, endedAt, outage }: RunRecord): string[] {
  const moments = steps.flatMap(({ step, startedAt: began, endedAt: ended = began }) =>
    [began, ended].map((at) => ({ step, at })),
  );
  const phases = phasesOf(moments, Date.parse(startedAt));
  const between = (from: string, to: string) => duration((Date.parse(to) - Date.parse(from)) / 1000);
  return [
    "The rollback, on this machine; with the memory and disks of your nodes it takes another time:",
    ...phases.map(({ title, start, end }) => `  ${title}: ${duration(end - start)}`),
    ...(endedAt === undefined ? [] : [`  all of it: ${between(startedAt, endedAt)}`]),
    ...(outage?.to === undefined ? [] : [`  Rancher away: ${between(outage.from, outage.to)}`]),
  ];
}
