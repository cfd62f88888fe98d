import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { reasonText } from "../../messages/restoreReasons.ts";
import { MOMENTS } from "../../output/webhook/cloudEvent.ts";
import {
  clusterUp,
  forgetSnapshot,
  kubectl,
  type LabCluster,
  type Progress,
  rancherVersion,
  setRancherImage,
} from "../cluster/cluster.ts";
import { addUser, freshRancher, namespaces, users } from "../cluster/users.ts";
import { getEngine } from "../engine/engine.ts";
import { CommandLine } from "./commandLine.ts";
import { installPackage } from "./installPackage.ts";
import { Phases } from "./phases.ts";
import { receiveEvents } from "./receiver.ts";
import { accessConfig, RollbackStack } from "./rollbackStack.ts";

export const PRIOR = "v2.5.8";
export const BROKEN = "v2.6.0";
const OTHER = "v2.5.7";
const SNAPSHOT = "before-upgrade";
/** Rancher makes the first one itself. */
export const USERS = ["admin", "alice", "bob"];
const STACK = "rehearsal";

/** What an operator types before an upgrade and after it failed, from the packed tarball; rolled back and verified on the lab. */
export async function failedUpgrade(): Promise<string[]> {
  const phases = new Phases(12);
  const engine = await phases.run("the Pulumi engine", getEngine);
  const cluster = await phases.run("a real cluster: three nodes, RKE, etcd, Kubernetes", (say) => clusterUp("a", say));
  const folder = join(cluster.dir, "pulumi");
  rmSync(folder, { recursive: true, force: true });

  const main = await phases.run("the package, installed from its tarball into an empty folder", installPackage);

  await phases.run(`Rancher ${PRIOR} with data of users in it`, (say) => rancherWithUsers(cluster, say));
  // A cluster that an earlier rehearsal has left has its snapshot.
  await forgetSnapshot(cluster, SNAPSHOT);

  const stack = await RollbackStack.open(STACK, folder, engine);
  const receiver = await receiveEvents();
  await stack.configure({ ...accessConfig(cluster), webhook: { secret: receiver.url } });
  const rollback = new CommandLine(STACK, folder, engine, main);
  await phases.run(`before the upgrade: rancher-rollback prepare --name ${SNAPSHOT}`, async (say) => {
    const { code } = await rollback.type(["prepare", "--name", SNAPSHOT], say);
    assert.equal(code, 0);
    const written = parse(readFileSync(join(folder, `Pulumi.${STACK}.yaml`), "utf8")).config;
    assert.equal(written["rancher-rollback:snapshot"], SNAPSHOT);
    assert.equal(written["rancher-rollback:rancherVersion"], PRIOR, "the Rancher that ran when it was saved");
  });
  await phases.run(`the upgrade to ${BROKEN}, which fails`, (say) => failUpgrade(cluster, say));
  await phases.run("rancher-rollback doctor", async (say) => {
    const { stdout } = await rollback.type(["doctor"], say);
    assert.match(stdout, /✓ node3/);
    assert.match(stdout, /! Rancher/, "Rancher is broken, and the doctor says so");
  });
  await phases.run("rancher-rollback plan", async (say) => {
    const { code, stdout, record } = await rollback.roll(["plan"], say);
    assert.equal(code, 2, "changes are planned");
    assert.match(stdout, /This rollback destroys data. Nothing has been done yet./);
    assertAllCreated(record.changes);
    assert.deepEqual(await namespaces(cluster), ["after-snapshot", "before-snapshot"], "a preview changes nothing");
  });

  await phases.run("rancher-rollback apply: the rollback", async (say) => {
    const { code, record } = await rollback.roll(["apply", "--accept-data-loss-of", SNAPSHOT], say);
    assert.equal(code, 0);
    assertAllCreated(record.steps);
    assert.ok(record.wipedAt && record.safetyCopy, "the report knows of the wipe and of the way back");
    assert.equal(record.restore?.way, "in-place", record.restore?.reasons.map(reasonText).join("; "));
    const skipped = record.steps.flatMap(({ step, skipped: why }) => (why ? [`${step}: ${why}`] : []));
    assert.deepEqual(skipped, ["rke-up: comes-last"], "the restore has built the cluster");
    assert.equal(record.canBeUndone, true);
    assert.equal(record.after?.rancherVersion, PRIOR);
    const posted = receiver.events.toSorted((one, other) => one.time.localeCompare(other.time)).map(({ type }) => type);
    assert.deepEqual(posted, [MOMENTS.started, MOMENTS.wiping, MOMENTS.ended], "the webhook got the run's events");
  });
  await phases.run("what was before the snapshot is there, what came after is gone", async (say) => {
    assert.deepEqual(await users(cluster), USERS);
    assert.deepEqual(await namespaces(cluster), ["before-snapshot"]);
    assert.equal(await rancherVersion(cluster), PRIOR);
    assert.equal((await rollback.type(["verify"], say)).code, 0);
    say(`users alice, bob; namespace before-snapshot; Rancher answers with ${PRIOR}`);
  });
  await phases.run("rancher-rollback apply again: nothing to do", (say) => applyAgain(rollback, say));
  await phases.run(`only the Rancher version changed, to ${OTHER}: only the image`, async (say) => {
    const { code, record } = await rollback.roll(["apply", "--config", `rancherVersion=${OTHER}`], say);
    assert.equal(code, 0);
    const steps = record.steps.map(({ step }) => step).sort();
    assert.deepEqual(steps, ["rancher-image-api", "unlock", "verification"]);
    assert.equal(record.canBeUndone, false, "what wiped nothing is not taken back by a restore");
    assert.equal(await rancherVersion(cluster), OTHER);
    assert.deepEqual(await users(cluster), USERS);
  });

  return phases.summary();
}

/** Nothing is left to do. */
export async function applyAgain(rollback: CommandLine, say: Progress): Promise<void> {
  const { code, record } = await rollback.roll(["apply"], say);
  assert.equal(code, 0);
  assert.equal(record.result, "unchanged");
  assert.equal(record.plan, undefined, "the cluster is not even read when nothing is planned");
}

/** A fresh Rancher with users, and a namespace. */
export async function rancherWithUsers(cluster: LabCluster, say: Progress): Promise<void> {
  await freshRancher(cluster, PRIOR, say);
  for (const name of USERS.slice(1)) await addUser(cluster, name);
  await kubectl(cluster, ["create", "namespace", "before-snapshot"]);
  say(`users: ${(await users(cluster)).join(", ")}; namespace before-snapshot`);
}

/** Another user and another namespace, then an upgrade that is broken and stays so with the prior version's image. */
export async function failUpgrade(cluster: LabCluster, say: Progress): Promise<void> {
  await addUser(cluster, "mallory");
  await kubectl(cluster, ["create", "namespace", "after-snapshot"]);
  await setRancherImage(cluster, BROKEN);
  say(await untilCrashLoop(cluster, BROKEN));
  await setRancherImage(cluster, PRIOR);
  say(`and ${PRIOR} alone does not come back either: ${await untilCrashLoop(cluster, PRIOR)}`);
  await setRancherImage(cluster, BROKEN);
}

/** Every step of the rollback is new. */
function assertAllCreated(steps: { step: string; operation: string }[]): void {
  assert.ok(steps.length >= 8, `a whole rollback has at least 8 steps, not ${steps.length}`);
  for (const { step, operation } of steps) assert.equal(operation, "create", step);
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
