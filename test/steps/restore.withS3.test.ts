import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import { pullSnapshot } from "../../steps/pullSnapshot.ts";
import { linesOf } from "../support/fakeRke.ts";
import { tempFolder } from "../support/folder.ts";
import { copy, proof, restoreStep } from "../support/restoreStep.ts";
import { RKE } from "../support/settings.ts";
import { sha256, snapshotBytes } from "../support/snapshot.ts";
import { ago } from "../support/time.ts";

const S3 = "{endpoint: s3.example.org, bucket_name: snapshots, access_key: AKIA, secret_key: s3cr3t}";
const AS_RKE = 'echo "$@" >>calls; cp "$6" "read-$4"; wiping; restored';

describe("with S3 in the cluster file", () => {
  test("the snapshot of a source is restored, and undo's safety copy, and RKE hears of no bucket", async () => {
    const fetched = snapshotBytes(100, "of the source");
    const { clusterFile, folder, nodes, tools, run, again } = restoreStep(AS_RKE, {
      ...{ proven: proof(130, fetched), saved: copy(130) },
    });
    const services = `services: {etcd: {backup_config: {s3backupconfig: ${S3}}}}\n`;
    writeFileSync(clusterFile, readFileSync(clusterFile, "utf8") + services);
    const path = join(tempFolder(), "base");
    writeFileSync(path, fetched);
    for (const node of readClusterFile(clusterFile).nodes) {
      const source = { kind: "file" as const, path };
      const args = { node, source, snapshot: "base", sha256: sha256(fetched), rkeVersion: RKE, timeoutSeconds: 60 };
      await pullSnapshot(args, tools);
    }

    const { safetyCopy } = await run();
    const name = safetyCopy?.name ?? "none";
    const preflight = { snapshot: name, rkeVersion: RKE, timeoutSeconds: 60 };
    const proven = { nodes: [], finishedAt: ago(130) };
    await again({ snapshot: name, preflight, proven, safetyCopy: undefined, saved: undefined });

    const config = ".rancher-rollback/rke/rancher-cluster.yml";
    expect(linesOf(join(folder, "calls"))).toEqual(
      ["base", name].map((one) => `etcd snapshot-restore --name ${one} --config ${config}`),
    );
    for (const one of ["base", name]) {
      const read = readFileSync(join(folder, `read-${one}`), "utf8");
      expect(read).toContain("x-not-for-a-restore-s3backupconfig:");
      expect(read).not.toMatch(/[ {]s3backupconfig:/);
    }
    expect(readFileSync(clusterFile, "utf8")).toContain(services);
    for (const node of nodes) expect(node.files().base).toEqual(fetched);
  });
});
