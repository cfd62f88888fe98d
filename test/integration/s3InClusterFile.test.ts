import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shellCommand } from "../../cluster/shell.ts";
import { SNAPSHOT_FOLDER } from "../../cluster/snapshot/proof.ts";
import {
  forgetRollbacks,
  kubectl,
  type LabCluster,
  onEveryNode,
  rancherVersion,
  saveSnapshot,
  ssh,
} from "../../lab/cluster/cluster.ts";
import { withS3 } from "../../lab/cluster/clusterFile.ts";
import { rancherManifest } from "../../lab/cluster/rancherManifest.ts";
import { objects, removeObject } from "../../lab/cluster/s3Snapshots.ts";
import { type SecureS3, secureS3Up } from "../../lab/cluster/secureS3.ts";
import type { Engine } from "../../lab/engine/engine.ts";
import { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import { labConfig, RollbackStack } from "../../lab/rehearsals/rollbackStack.ts";
import { tempFolder } from "../support/folder.ts";
import {
  answerOf,
  etcdCreated,
  failure,
  healthyCluster,
  mark,
  marks,
  PRIOR,
  printedOn,
  removeMarks,
} from "./support.ts";

const FOLDER = "lab";

describe("with S3 and Rancher as an add-on in the cluster file, and an older snapshot of the same name in the bucket", () => {
  const states = tempFolder();
  /** A second folder with the same cluster's files: the lab's own cluster file stays without S3. */
  const folder = tempFolder();
  const snapshot = `s3-${process.pid}`;
  const key = `${FOLDER}/${snapshot}.zip`;
  let cluster: LabCluster;
  let inS3: LabCluster;
  let s3: SecureS3;
  let stack: RollbackStack;
  let engine: Engine;

  beforeAll(async () => {
    ({ cluster, engine } = await healthyCluster());
    s3 = await secureS3Up(console.log);
    inS3 = {
      ...cluster,
      dir: folder,
      clusterFile: join(folder, basename(cluster.clusterFile)),
      kubeconfig: join(folder, basename(cluster.kubeconfig)),
    };
    copyRkeFiles(cluster, inS3);
    writeFileSync(inS3.clusterFile, withRancher(PRIOR));
    stack = await RollbackStack.open("test", states, engine);
    await stack.configure(labConfig(inS3, snapshot, PRIOR));

    await removeMarks(cluster);
    await mark(cluster, "in-s3");
    await saveSnapshot(inS3, snapshot, console.log);
    await onEveryNode(cluster, `rm ${SNAPSHOT_FOLDER}/${snapshot}*`);
    await mark(cluster, "before");
    await saveSnapshot(cluster, snapshot, console.log);
    await mark(cluster, "after");
  });
  afterAll(async () => {
    copyRkeFiles(inS3, cluster);
    // The lab's own cluster file has no add-ons: by this job the next `rke up` would delete Rancher.
    await kubectl(cluster, ["-n", "kube-system", "delete", "job", "rke-user-addon-deploy-job", "--ignore-not-found"]);
    await removeObject(s3, key);
    await removeMarks(cluster);
  });

  test("the lab's rke-tools would fetch that one over the snapshot on a node, as the original does", async () => {
    const scratch = `/root/${snapshot}`;
    const script = `mkdir -p ${scratch} && cp ${SNAPSHOT_FOLDER}/${snapshot}.zip ${scratch}/
sha256sum <${scratch}/${snapshot}.zip; ${extractStateFile(scratch)} >&2; sha256sum <${scratch}/${snapshot}.zip; rm -r ${scratch}`;
    const { stdout, stderr } = await ssh(cluster, "node1", script);
    const [before, after] = stdout.trim().split("\n");
    expect(stderr).toContain("Successfully extracted file");
    expect(before).toMatch(/^[0-9a-f]{64} /);
    expect(after).not.toBe(before);
  });

  test("snapshots lists its bucket, and prove opens what is in it, from S3's own authority, leaving nothing on the nodes", async () => {
    const rollback = new CommandLine("test", states, engine);
    const listed = answerOf(await rollback.type(["snapshots", "--json"]), "snapshots");
    expect(listed.buckets).toMatchObject([{ place: `s3://${s3.bucket}/${FOLDER}/ at ${s3.tls}` }]);
    expect(listed.buckets[0]?.problems).toEqual([]);
    expect(listed.buckets[0]?.objects.map(({ name }) => name)).toContain(snapshot);
    const proved = answerOf(await rollback.type(["prove", snapshot, "--source", "s3", "--json"], console.log), "prove");
    expect(proved.checks.flatMap(({ problems }) => problems)).toEqual([]);
    expect(proved).toMatchObject({ proven: true, snapshot, inspection: { holds: { rancher: PRIOR } } });
    expect((await printedOn(cluster, "ls /opt/rke/rancher-rollback")).join()).not.toMatch(/fetched|listing/);
  });

  test("prepare --upload has RKE save a snapshot, which is proven on every node and in the bucket", async () => {
    const name = `prepared-${snapshot}`;
    const rollback = new CommandLine("test", states, engine);
    try {
      const { stdout } = await rollback.type(["prepare", "--name", name, "--upload", "--json"], console.log);
      const prepared = answerOf({ stdout }, "prepare");
      expect(prepared.problems).toEqual([]);
      expect(prepared).toMatchObject({
        uploaded: expect.stringContaining(s3.bucket),
        written: { settings: { snapshot: name } },
      });
      expect(Object.keys(await objects(s3))).toContain(`${FOLDER}/${name}.zip`);
    } finally {
      await stack.configure(labConfig(inS3, snapshot, PRIOR));
      await removeObject(s3, `${FOLDER}/${name}.zip`);
    }
  });

  test("the plan says which of them is restored", async () => {
    const { announced } = await stack.preview();
    expect(announced?.warnings).toContainEqual({ kind: "s3-not-used", bucket: s3.bucket });
  });

  test("another Rancher in the add-ons of the cluster file fails the plan, and the one to roll back to does not", async () => {
    const failed = async () =>
      (await stack.preview()).announced?.failedChecks.filter(({ check }) => check === "addons");
    writeFileSync(inS3.clusterFile, withRancher("v2.6.0"));
    expect(await failed()).toMatchObject([
      { check: "addons", message: expect.stringContaining("has the image rancher/rancher:v2.6.0") },
    ]);
    writeFileSync(inS3.clusterFile, withRancher(PRIOR));
    expect(await failed()).toEqual([]);
  });

  test("the rollback restores the proven snapshot of the nodes and leaves the bucket as it is; rke up keeps the cluster file's S3", async () => {
    const bucket = await objects(s3);
    expect(Object.keys(bucket)).toContain(key);
    await stack.up(console.log);
    expect(await marks(cluster)).toEqual(["before", "in-s3"]);
    expect(await objects(s3)).toEqual(bucket);

    const log = restoreLog(inS3);
    expect(log).toContain("no s3 backup configuration found, will use local as source");
    expect(log).not.toContain(s3.keys.access);
    expect(log).toContain("[addons] Executing deploy job rke-user-addon");
    expect(await rancherVersion(cluster)).toBe(PRIOR);
    // What RKE keeps is as the cluster file says, and beside it.
    expect(readFileSync(join(inS3.dir, "rancher-cluster.rkestate"), "utf8")).toContain(s3.bucket);
    expect(existsSync(join(inS3.dir, ".rancher-rollback/rke"))).toBe(false);
    const recurring = await ssh(cluster, "node1", "docker inspect --format '{{.Config.Cmd}}' etcd-rolling-snapshots");
    expect(recurring.stdout).toContain(`--s3-bucketName=${s3.bucket}`);
  });

  test("a snapshot in which RKE has deployed an add-on is not restored with a cluster file that no longer has it: RKE would delete Rancher", async () => {
    const added = `added-${snapshot}`;
    await saveSnapshot(cluster, added, console.log);
    const before = await etcdCreated(cluster);
    const rollback = new CommandLine("test", states, engine);
    const words = ["apply", "--accept-data-loss-of", added, "--config", `snapshot=${added}`];
    try {
      // The lab's own has no add-ons.
      const { code, record } = await rollback.roll([...words, "--config", `clusterFile=${cluster.clusterFile}`]);
      expect([code, record.result]).toEqual([1, "refused"]);
      expect(record.plan?.failedChecks).toMatchObject([
        {
          check: "addons",
          message: expect.stringContaining(`in ${added} RKE has deployed addons, which the cluster file no longer has`),
          remedy: expect.stringContaining("get configmap rke-user-addon"),
        },
      ]);
      // The step asks the snapshot itself, too: `pulumi up` has no preview that must pass.
      await stack.configure({ snapshot: added, acceptDataLossOf: added, clusterFile: cluster.clusterFile });
      expect(await failure(stack.up(console.log))).toContain(`in ${added} RKE has deployed addons`);
    } finally {
      await onEveryNode(cluster, `rm -f ${SNAPSHOT_FOLDER}/${added}*`);
      await forgetRollbacks(cluster);
    }
    expect(await etcdCreated(cluster)).toEqual(before);
    expect(await rancherVersion(cluster)).toBe(PRIOR);
  });

  /** The cluster file with S3, and with Rancher as the add-on that the lab installs without RKE. */
  function withRancher(version: string): string {
    const inBucket = withS3(readFileSync(cluster.clusterFile, "utf8"), s3, FOLDER);
    return `${inBucket}\naddons: |-\n  ${rancherManifest("add-on", version, cluster.rancherUrl)}\n`;
  }

  /** What RKE's restore would do first with the cluster file itself (RKE v1.8.0, services/etcd.go), in a folder of its own. */
  function extractStateFile(folder: string): string {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const keys = [`S3_ACCESS_KEY=${base64(s3.keys.access)}`, `S3_SECRET_KEY=${base64(s3.keys.secret)}`];
    return shellCommand([
      ...["docker", "run", "--rm", "--network", "host", "--volume", `${folder}:/backup`],
      ...keys.flatMap((key) => ["--env", key]),
      ...["rancher/rke-tools:v0.1.111", "/opt/rke-tools/rke-etcd-backup", "etcd-backup", "extractstatefile"],
      ...["--name", snapshot, "--s3-backup=true", `--s3-endpoint=${s3.tls}`, `--s3-bucketName=${s3.bucket}`],
      ...[`--s3-region=${s3.region}`, `--s3-endpoint-ca=${base64(s3.ca)}`, `--s3-folder=${FOLDER}`],
    ]);
  }
});

/** RKE's state and the kubeconfig. */
function copyRkeFiles(from: LabCluster, to: LabCluster): void {
  for (const file of ["rancher-cluster.rkestate", basename(from.kubeconfig)]) {
    cpSync(join(from.dir, file), join(to.dir, file));
  }
}

/** RKE's log of the only restore. */
function restoreLog({ dir }: LabCluster): string {
  const logs = join(dir, ".rancher-rollback/logs");
  const file = readdirSync(logs).find((name) => name.endsWith("-etcd-snapshot-restore.log"));
  return readFileSync(join(logs, file ?? "none"), "utf8");
}
