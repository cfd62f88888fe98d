import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PROVISIONING, userData } from "../../cluster/machine/userData.ts";
import { parseProof, SNAPSHOT_FOLDER, snapshotProofScript } from "../../cluster/snapshot/proof.ts";
import { pullScript } from "../../cluster/snapshot/pull.ts";
import type { SnapshotSource } from "../../cluster/snapshot/source.ts";
import { clusterUp, forgetSnapshot, type LabCluster, removeNode, saveSnapshot } from "../../lab/cluster/cluster.ts";
import { serveInstanceProfile } from "../../lab/cluster/instanceProfile.ts";
import { onMachine, runUserData, startMachine, userDataLog } from "../../lab/cluster/machines.ts";
import { diskOf, power } from "../../lab/cluster/nodes.ts";
import { type LabS3, s3Down, s3Now, s3Up } from "../../lab/cluster/s3.ts";
import { objectUrl, uploadSnapshot } from "../../lab/cluster/s3Snapshots.ts";
import { knownHosts } from "../../lab/cluster/ssh.ts";
import { theEngine } from "../../lab/docker/dockerEngine.ts";
import { exists } from "../../lab/machine/files.ts";
import { folders } from "../../lab/machine/folders.ts";
import { run } from "../../lab/machine/process.ts";

const snapshot = "machine-test";
const machine = "node5";

let cluster: LabCluster;
let s3: LabS3;
let wasUp: boolean;

beforeAll(async () => {
  cluster = await clusterUp("a", console.log);
  wasUp = (await s3Now()) !== undefined;
  s3 = await s3Up(console.log);
  await saveSnapshot(cluster, snapshot, console.log);
});

afterAll(async () => {
  if (cluster) await removeNode(cluster, machine);
  if (cluster) await forgetSnapshot(cluster, snapshot);
  if (!wasUp) await s3Down();
});

test("user data makes a node of a machine that has no Docker, no s3cmd and an unknown host key", async () => {
  await removeNode(cluster, machine);
  await startMachine(cluster, machine, console.log);
  expect(await said("command -v docker; command -v s3cmd; command -v python3")).toBe("");
  expect(await readFile(knownHosts, "utf8")).not.toContain("198.18.0.15 ");

  await provision();
  expect(await said("docker version --format '{{.Server.Version}}'")).toMatch(/^20\.10\./);
  expect(await said("docker images --quiet rancher/hyperkube:v1.20.15-rancher2")).not.toBe("");
});

test("the S3 server is the lab's alone, and another that died is started again with all it had", async () => {
  expect((await stat(join(folders.run, "s3/minio.env"))).mode & 0o777).toBe(0o600);
  await upload();
  await s3Down();
  expect(await s3Now()).toBeUndefined();
  expect(await s3Up(console.log)).toEqual(s3);
  expect(await s3Up(console.log)).toEqual(s3);
  const listening = (await run("ss", ["-tlnp"])).split("\n").filter((line) => line.includes('"minio"'));
  const addresses = listening.map((line) => line.trim().split(/\s+/)[3]);
  expect(addresses.filter((address) => !/^(127\.0\.0\.1|\[::1\]):/.test(String(address)))).toEqual(["198.18.0.1:9000"]);
  expect((await fetch(await objectUrl(s3, "GET", `${snapshot}.zip`))).status).toBe(200);
});

test("a snapshot goes from a node to S3 and comes to the machine with keys, by a URL, and by its instance profile", async () => {
  await upload();
  await startMachine(cluster, machine, console.log);
  await provision();
  await serveInstanceProfile(s3, cluster, machine, console.log);
  const { keys, ...place } = s3;
  const sources: SnapshotSource[] = [
    { kind: "s3", ...place, keys },
    { kind: "url", url: await objectUrl(s3, "GET", `${snapshot}.zip`) },
    { kind: "s3", ...place },
  ];
  const { stdout: proof } = await onMachine(cluster, "node1", snapshotProofScript({ name: snapshot }));
  const original = apart(parseProof(proof));
  for (const source of sources) {
    await onMachine(cluster, machine, `rm -f ${SNAPSHOT_FOLDER}/*`);
    const { script, input } = pullScript({ name: snapshot, source });
    const { stdout, stderr } = await onMachine(cluster, machine, script, input);
    const { report, takenAt } = apart(parseProof(stdout));
    expect(report, stderr).toEqual({ ...original.report, fetched: true });
    // By the time of the object in the bucket: no copy is older than the snapshot.
    expect(Date.parse(takenAt ?? ""), stderr).toBeGreaterThanOrEqual(Date.parse(original.takenAt ?? ""));
  }
});

test("a machine is removed like any node", async () => {
  await startMachine(cluster, "node6", console.log);
  await removeNode(cluster, "node6");
  expect(await power(await theEngine(), "a", { name: "node6" })).toBe("absent");
  expect(await exists(diskOf("a", "node6"))).toBe(false);
});

/** A proof, and apart from it when the snapshot was saved. */
function apart(proof: ReturnType<typeof parseProof>) {
  if (!("snapshot" in proof)) throw new Error(JSON.stringify(proof));
  const { takenAt, ...about } = proof.snapshot;
  return { takenAt, report: { ...proof, snapshot: about } };
}

async function upload(): Promise<void> {
  expect(await uploadSnapshot(s3, cluster, "node1", snapshot)).toBe(`${snapshot}.zip`);
}

/** User data may run twice. */
async function provision(): Promise<void> {
  await runUserData(cluster, machine, userData({ user: "root", kubernetesVersion: "v1.20.15", s3cmd: true }));
  await expect.poll(provisioning, { timeout: 120_000, interval: 500 }).toMatch(/^(done$|failed |value )/);
  expect(await provisioning(), await said(`cat ${userDataLog}`)).toBe("done");
}

async function provisioning(): Promise<string> {
  return await said(`cat ${PROVISIONING}`);
}

async function said(command: string): Promise<string> {
  return (await onMachine(cluster, machine, command)).stdout.trim();
}
