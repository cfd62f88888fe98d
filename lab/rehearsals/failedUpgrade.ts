import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { clusterUp, kubectl, type LabCluster, rancherVersion, saveSnapshot, setRancherImage } from "../cluster.ts";
import { theEngine } from "./engine.ts";
import { Phases } from "../phases.ts";
import { type EngineRun, labConfig, RollbackStack } from "../rollbackStack.ts";
import { addUser, freshRancher, namespaces, users } from "../users.ts";

const PRIOR = "v2.5.8";
const BROKEN = "v2.6.0";
const OTHER = "v2.5.7";
const SNAPSHOT = "before-upgrade";
/** Rancher makes the first one itself. */
const USERS = ["admin", "alice", "bob"];
const STACK = "rehearsal";

/** The failed upgrade, rolled back and verified on the lab. */
export async function failedUpgrade(): Promise<string[]> {
  const phases = new Phases(10);
  const engine = await theEngine(phases);
  const cluster = await phases.run("a real cluster: three nodes, RKE, etcd, Kubernetes", (say) => clusterUp("a", say));
  const folder = join(cluster.dir, "pulumi");
  rmSync(folder, { recursive: true, force: true });

  await phases.run(`Rancher ${PRIOR} with data of users in it`, async (say) => {
    await freshRancher(cluster, PRIOR, say);
    for (const name of USERS.slice(1)) await addUser(cluster, name);
    await kubectl(cluster, ["create", "namespace", "before-snapshot"]);
    say(`users: ${(await users(cluster)).join(", ")}; namespace before-snapshot`);
  });
  await phases.run(`snapshot ${SNAPSHOT}`, (say) => saveSnapshot(cluster, SNAPSHOT, say));

  await phases.run(`the upgrade to ${BROKEN}, which fails`, async (say) => {
    await addUser(cluster, "mallory");
    await kubectl(cluster, ["create", "namespace", "after-snapshot"]);
    await setRancherImage(cluster, BROKEN);
    say(await untilCrashLoop(cluster, BROKEN));
    await setRancherImage(cluster, PRIOR);
    say(`and ${PRIOR} alone does not come back either: ${await untilCrashLoop(cluster, PRIOR)}`);
    await setRancherImage(cluster, BROKEN);
  });

  const stack = await RollbackStack.open(STACK, folder, engine);
  await stack.configure(labConfig(cluster, SNAPSHOT, PRIOR));
  await phases.run("preview", async (say) => {
    const previewed = await stack.preview();
    say(previewed.display.trimEnd());
    say(previewed.announced.trimEnd());
    assert.match(previewed.announced, /WILL DESTROY DATA/);
    assertRoad(previewed, "create");
    assert.deepEqual(await namespaces(cluster), ["after-snapshot", "before-snapshot"], "a preview changes nothing");
  });

  await phases.run("up: the rollback", async (say) => {
    const rolledBack = await stack.up(say);
    assertRoad(rolledBack, "create");
    say(JSON.stringify(rolledBack.outputs.rollback?.value, null, 2));
  });
  await phases.run("what was before the snapshot is there, what came after is gone", async (say) => {
    assert.deepEqual(await users(cluster), USERS);
    assert.deepEqual(await namespaces(cluster), ["before-snapshot"]);
    assert.equal(await rancherVersion(cluster), PRIOR);
    say(`users alice, bob; namespace before-snapshot; Rancher answers with ${PRIOR}`);
  });
  await phases.run("up again: nothing to do", async (say) => {
    const again = await stack.up(say);
    assertRoad(again, "same");
    assert.equal(again.announced, "", "nothing is announced when nothing is planned");
  });
  await phases.run(`only the Rancher version changed, to ${OTHER}: only the image`, async (say) => {
    await stack.configure(labConfig(cluster, SNAPSHOT, OTHER));
    const { operations } = await stack.up(say);
    assert.equal(operations["rancher-image"], "update");
    for (const step of ["etcd-restore", "rke-up", ...cluster.nodes.map(({ name }) => `restart-${name}`)]) {
      assert.equal(operations[step], "same", step);
    }
    assert.equal(await rancherVersion(cluster), OTHER);
    assert.deepEqual(await users(cluster), USERS);
  });

  return phases.summary();
}

/** The road's steps all meet the same fate. */
function assertRoad({ operations }: EngineRun, fate: "create" | "same"): void {
  const steps = Object.entries(operations);
  assert.ok(steps.length >= 8, `the road has ${steps.length} steps`);
  for (const [step, operation] of steps) assert.equal(operation, fate, step);
}

/** Waits until a pod of this version crash-loops and none is ready; its state in words. */
async function untilCrashLoop(cluster: LabCluster, version: string): Promise<string> {
  const row = "{.spec.containers[0].image} {.status.containerStatuses[0].state.waiting.reason} {.metadata.name}";
  const jsonpath = `jsonpath={range .items[*]}${row}{'\\n'}{end}`;
  for (const deadline = Date.now() + 180_000; Date.now() < deadline; await sleep(1000)) {
    const pods = await kubectl(cluster, ["-n", "cattle-system", "get", "pods", "-o", jsonpath]);
    const failing = pods.split("\n").find((line) => line.startsWith(`rancher/rancher:${version} CrashLoopBackOff`));
    if (failing && (await rancherVersion(cluster)) === undefined) return failing;
  }
  throw new Error(`no Rancher ${version} has crashed within 3 minutes`);
}
