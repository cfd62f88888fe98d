import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ClusterNode } from "../../cluster/clusterFile/clusterFile.ts";
import { SNAPSHOT_FOLDER as FOLDER } from "../../cluster/snapshot/proof.ts";
import type { SnapshotSource } from "../../cluster/snapshot/source.ts";
import {
  clusterUp,
  forgetSnapshot,
  type LabCluster,
  removeNode,
  saveSnapshot,
  ssh,
  startNode,
} from "../../lab/cluster/cluster.ts";
import { type LabS3, s3Up } from "../../lab/cluster/s3.ts";
import { objectUrl, uploadSnapshot } from "../../lab/cluster/s3Snapshots.ts";
import type { StepContext, StepInput } from "../../steps/contract.ts";
import { tempFolder } from "../support/folder.ts";
import { RKE } from "../support/settings.ts";

const SNAPSHOT = "sources";
const SPARE = "node4";

let cluster: LabCluster;
let s3: LabS3;
let address: string;
/** The snapshot's file as RKE made it, a zip. */
let sha256: string;
const folder = tempFolder();

beforeAll(async () => {
  cluster = await clusterUp("a", console.log);
  await saveSnapshot(cluster, SNAPSHOT, () => {});
  s3 = await s3Up(console.log);
  await uploadSnapshot(s3, cluster, "node1", SNAPSHOT);
  address = (await startNode(cluster, SPARE)).address;
  await ssh(cluster, SPARE, `mkdir -p ${FOLDER}`);
  sha256 = await hashOn("node1");
  const zip = await ssh(cluster, "node1", `base64 ${FOLDER}/${SNAPSHOT}.zip`);
  writeFileSync(join(folder, `${SNAPSHOT}.zip`), Buffer.from(zip.stdout, "base64"));
});

afterAll(async () => {
  if (cluster) await removeNode(cluster, SPARE);
  if (cluster) await forgetSnapshot(cluster, SNAPSHOT);
});

beforeEach(async () => {
  await ssh(cluster, SPARE, `rm -rf ${FOLDER}/*`);
});

describe("a real snapshot gets onto a machine that lacks it", () => {
  const sources: Record<string, () => Promise<SnapshotSource>> = {
    s3: async () => ({ kind: "s3", ...s3 }),
    "an address": async () => ({ kind: "url", url: await objectUrl(s3, "GET", `${SNAPSHOT}.zip`) }),
    "a file on the operator's machine": async () => ({ kind: "file", path: join(folder, `${SNAPSHOT}.zip`) }),
    "another node": async () => ({ kind: "node", node: login("node1", cluster.nodes[0]?.address ?? "") }),
  };

  test.for(Object.entries(sources))("from %s, once, and leaves no secret behind", async ([, source]) => {
    const first = await pull(await source());
    expect(first.said).toMatch(/fetched and proven/);
    expect(first.report).toMatchObject({ fetched: true, file: `${SNAPSHOT}.zip`, sha256 });
    expect(await hashOn(SPARE)).toBe(sha256);
    expect((await pull(await source())).report).toMatchObject({ fetched: false });
    expect(await filesOn(SPARE)).toEqual([`${SNAPSHOT}.zip`]);
    expect(first.said + (await traces())).not.toContain(s3.keys.secret);
  });
});

test("a download that is cut short leaves the machine without the snapshot, and what was there unharmed", async () => {
  const cut = join(folder, "cut.zip");
  writeFileSync(cut, readFileSync(join(folder, `${SNAPSHOT}.zip`)).subarray(0, 5000));
  await ssh(cluster, SPARE, `echo precious >${FOLDER}/other`);
  await expect(pull({ kind: "file", path: cut })).rejects.toThrow(
    /Step "Fetch the snapshot" \(snapshot sources, from .*\) FAILED on node4$/m,
  );
  expect(await filesOn(SPARE)).toEqual(["other"]);
});

test("a bucket without the snapshot is reported, with nothing left behind", async () => {
  const source: SnapshotSource = { kind: "s3", ...s3 };
  await expect(pull(source, "no-such-snapshot")).rejects.toThrow(/no-such-snapshot/);
  expect(await filesOn(SPARE)).toEqual([]);
});

/** Runs the step as the program does; its report, or its words as an error. */
async function pull(source: SnapshotSource, snapshot = SNAPSHOT): Promise<{ report: object; said: string }> {
  const { clusterFile, knownHosts } = cluster;
  const input: StepInput<"pull-snapshot"> = {
    ...{ node: login(SPARE, address), source, snapshot, rkeVersion: RKE },
    timeoutSeconds: 120,
  };
  const hostKeys = { knownHostsFile: knownHosts, allowUnknown: false };
  const context: StepContext = { resource: "snapshot-node4", stack: "test", clusterFile, hostKeys };
  const main = new URL("../../steps/main.ts", import.meta.url).pathname;
  return await new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [main], (error, stdout, stderr) => {
      if (error) reject(new Error(stderr));
      else resolve({ report: JSON.parse(stdout), said: stderr });
    });
    child.stdin?.end(JSON.stringify({ step: "pull-snapshot", context, input }));
  });
}

function login(name: string, at: string): ClusterNode {
  return { name, address: at, internalAddress: at, port: 22, user: "root", keyPath: cluster.sshKey, roles: ["etcd"] };
}

async function hashOn(node: string): Promise<string> {
  const { stdout } = await ssh(cluster, node, `base64 ${FOLDER}/${SNAPSHOT}.zip`);
  return createHash("sha256").update(Buffer.from(stdout, "base64")).digest("hex");
}

async function filesOn(node: string): Promise<string[]> {
  return (await ssh(cluster, node, `ls -A ${FOLDER}`)).stdout.split("\n").filter(Boolean);
}

/** Whatever a pull may have left on the machine. */
async function traces(): Promise<string> {
  const places = "/root /tmp /opt/rke /var/log /etc";
  return (await ssh(cluster, SPARE, `grep -rIsF -e '${s3.keys.secret}' ${places} | head -5`)).stdout;
}
