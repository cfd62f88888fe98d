import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  clusterDown,
  clusterUp,
  kubectl,
  type LabCluster,
  rancherVersion,
  removeNode,
  saveSnapshot,
  ssh,
  startNode,
} from "../cluster/cluster.ts";
import { s3Up } from "../cluster/s3.ts";
import { uploadSnapshot } from "../cluster/s3Snapshots.ts";
import { addUser, freshRancher, namespaces, users } from "../cluster/users.ts";
import { getEngine } from "../engine/engine.ts";
import { CommandLine } from "./commandLine.ts";
import { applyAgain, PRIOR } from "./failedUpgrade.ts";
import { Phases } from "./phases.ts";
import { accessConfig, type Config, RollbackStack } from "./rollbackStack.ts";

const SNAPSHOT = "last-good";
/** Rancher makes the first one itself. */
const USERS = ["admin", "alice"];
const SURVIVORS = ["node1", "node2"];
const GONE = "node3";
const NEW = "node4";

/** A node is gone for good: another machine takes its place, and the snapshot comes from S3. */
export async function disaster(kind: "existing" | "ec2"): Promise<string[]> {
  const phases = new Phases(10);
  const engine = await phases.run("the Pulumi engine", getEngine);
  // An earlier rehearsal's cluster has another node in it.
  await clusterDown("a", () => {});
  const cluster = await phases.run("a real cluster: three nodes, RKE, etcd, Kubernetes", (say) => clusterUp("a", say));
  const folder = join(cluster.dir, "pulumi");
  rmSync(folder, { recursive: true, force: true });

  await phases.run(`Rancher ${PRIOR} with data of a user in it`, async (say) => {
    await freshRancher(cluster, PRIOR, say);
    await addUser(cluster, "alice");
    await kubectl(cluster, ["create", "namespace", "before-snapshot"]);
  });
  const s3 = await phases.run(`snapshot ${SNAPSHOT}, stored in S3`, async (say) => {
    await saveSnapshot(cluster, SNAPSHOT, say);
    const store = await s3Up(say);
    say(`stored: ${await uploadSnapshot(store, cluster, "node1", SNAPSHOT)}`);
    return store;
  });
  await phases.run(`${GONE} dies for good, with its disk`, async (say) => {
    await addUser(cluster, "mallory");
    await kubectl(cluster, ["create", "namespace", "after-snapshot"]);
    await removeNode(cluster, GONE);
    if (kind === "existing") say(`a machine that takes its place: ${(await startNode(cluster, NEW, say)).address}`);
  });

  const gone = cluster.nodes[2]?.address ?? "";
  const address = "198.18.0.14";
  const knownHosts = knownHostsFor(cluster, kind === "ec2" ? address : "");
  const replacement: Record<string, string | string[]> =
    kind === "existing"
      ? { kind, unresponsive: gone, address, hostnameOverride: NEW }
      : {
          ...{ kind, unresponsive: gone, hostnameOverride: NEW },
          ...{ amiOwner: "self", amiName: "lab-debian-12", instanceType: "t3.xlarge" },
          ...{ subnetId: "subnet-0ab1", securityGroupIds: ["sg-0ab1"], keyName: "lab" },
        };
  const config: Config = {
    ...accessConfig(cluster),
    ...{ snapshot: SNAPSHOT, acceptDataLossOf: SNAPSHOT, rancherVersion: PRIOR },
    knownHostsFile: knownHosts,
    // A machine that did not exist before has a host key that nobody knows.
    ...(kind === "ec2" && { allowUnknownHostKeys: "true", "aws:region": "eu-central-1" }),
    replacements: [replacement],
    snapshotSource: `s3://${s3.bucket}`,
    s3Endpoint: s3.endpoint,
    s3Region: s3.region,
    s3AccessKey: { secret: s3.keys.access },
    s3SecretKey: { secret: s3.keys.secret },
  };
  const before = readFileSync(cluster.clusterFile, "utf8");
  const name = `disaster-${kind}`;
  await (await RollbackStack.open(name, folder, engine)).configure(config);
  const rollback = new CommandLine(name, folder, engine);
  await phases.run("rancher-rollback plan", async (say) => {
    const { code, stdout } = await rollback.roll(["plan"], say);
    assert.equal(code, 2, "changes are planned");
    assert.match(stdout, /This rollback destroys data. Nothing has been done yet./);
    assert.match(stdout, /UNRESPONSIVE NODE/);
    assert.equal(readFileSync(cluster.clusterFile, "utf8"), before, "a preview changes nothing");
  });

  await phases.run("rancher-rollback apply: the new node, the snapshot, the rollback", async (say) => {
    const { code, record } = await rollback.roll(["apply"], say);
    assert.equal(code, 0);
    assert.equal(record.result, "succeeded");
    const fetched = record.steps.filter(({ title }) => title === "Fetch the snapshot");
    assert.ok(
      fetched.some(({ node }) => node === NEW),
      "the report knows of the snapshot's way onto the new node",
    );
  });
  await phases.run("what was before the snapshot is there, what came after is gone", async (say) => {
    assert.deepEqual(await users(cluster), USERS);
    assert.deepEqual(await namespaces(cluster), ["before-snapshot"]);
    assert.equal(await rancherVersion(cluster), PRIOR);
    say(`users ${USERS.join(", ")}; namespace before-snapshot; Rancher answers with ${PRIOR}`);
  });
  await phases.run(`${NEW} serves in the place of ${GONE}`, async (say) => {
    const listed = await kubectl(cluster, ["get", "nodes", "--output", "jsonpath={.items[*].metadata.name}"]);
    assert.deepEqual(listed.split(" ").sort(), [...SURVIVORS, NEW]);
    const members = (await ssh(cluster, "node1", "docker exec etcd etcdctl member list")).stdout.trim().split("\n");
    assert.equal(members.filter((line) => line.includes(", started,")).length, 3, members.join("\n"));
    assert.ok(
      members.some((line) => line.includes(address)),
      members.join("\n"),
    );
    const edited = readFileSync(cluster.clusterFile, "utf8");
    assert.match(edited, /^#.*# UNRESPONSIVE NODE$/m);
    assert.match(edited, /# NEW NODE$/m);
    say(`${listed}\n${members.join("\n")}`);
  });
  await phases.run("rancher-rollback apply again: nothing to do", (say) => applyAgain(rollback, say));
  return phases.summary();
}

/** A new instance's host key is not known; an earlier machine at its address may have left one. */
function knownHostsFor({ dir, knownHosts }: LabCluster, newAddress: string): string {
  const lines = readFileSync(knownHosts, "utf8").split("\n");
  const path = join(dir, "known_hosts");
  writeFileSync(path, lines.filter((line) => !line.startsWith(`${newAddress} `)).join("\n"));
  return path;
}
