import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ClusterFileError } from "../../../cluster/clusterFile/clusterFile.ts";
import { untilEarlierRkeEnded } from "../../../cluster/rke/earlierRke.ts";
import { restoreCall } from "../../../cluster/rke/restore.ts";
import { type RkeRun, runRke } from "../../../cluster/rke/run.ts";
import { parseRkeVersion, type RkeVersion } from "../../../cluster/rke/version.ts";
import { THREE_NODES } from "../../support/clusterFile.ts";
import { fakeRke, linesOf } from "../../support/fakeRke.ts";
import { textFile, until } from "../../support/folder.ts";
import { inProcess, killStep } from "../../support/rkeRun.ts";

const CLUSTER_FILE = `${THREE_NODES}services:
  etcd: {backup_config: {s3backupconfig: {endpoint: s3.example.org, bucket_name: snapshots, secret_key: s3cr3t}}}
`;
const STATE = '{"desiredState": "before"}\n';

/** What RKE does to its own files, beside the file it reads: the state in its first second, the kubeconfig after the wipe. */
const AS_RKE = `config=$6; beside=\${config%/*}; [ "$beside" != "$config" ] || beside=.
name=\${config##*/}
state() { printf '{"currentState": {}}' >"$beside/\${name%.*}.rkestate"; }
kubeconfig() { printf 'apiVersion: v2\\n' >"$beside/kube_config_$name"; }
`;

/** A cluster folder with S3 in its cluster file, and a fake RKE. */
function cluster(script: string) {
  const fake = fakeRke(AS_RKE + script);
  const { folder, clusterFile } = fake;
  textFile(clusterFile, CLUSTER_FILE);
  const stateFile = textFile(join(folder, "rancher-cluster.rkestate"), STATE);
  chmodSync(stateFile, 0o640);
  const kubeconfig = join(folder, "kube_config_rancher-cluster.yml");
  const own = join(folder, ".rancher-rollback");
  const restore = async (version = "v1.8.0"): Promise<RkeRun> =>
    await runRke({
      ...restoreCall({ ...fake, version: parseRkeVersion(`rke version ${version}`) as RkeVersion, snapshot: "base" }),
      clusterFile,
      silenceSeconds: 60,
      say: () => {},
    });
  const read = (file: string) => readFileSync(file, "utf8");
  return { ...fake, stateFile, kubeconfig, own, restore, read, kept: () => keptIn(own) };
}

function keptIn(own: string): string[] {
  return readdirSync(own).filter((name) => name.startsWith("before-restore-"));
}

describe.concurrent("a restore with S3 in the cluster file", () => {
  test("runs where the cluster file is, on a copy without S3 that only this user reads and that is gone afterwards", async () => {
    const { folder, own, clusterFile, restore, read } = cluster(
      'pwd -P; echo "$@"; stat -c %a "$6" "$beside"; cp "$6" seen',
    );
    const { log } = await restore();
    const [where, args, ofFile, ofFolder] = linesOf(log);
    expect(where).toBe(realpathSync(folder));
    expect(args).toBe("etcd snapshot-restore --name base --config .rancher-rollback/rke/rancher-cluster.yml");
    expect([ofFile, ofFolder]).toEqual(["600", "700"]);
    expect(linesOf(join(folder, "seen"))).toEqual([
      ...THREE_NODES.trimEnd().split("\n"),
      "services:",
      "  etcd: {snapshot: false, backup_config: {x-not-for-a-restore-s3backupconfig: {endpoint: s3.example.org, bucket_name: snapshots, secret_key: s3cr3t}}}",
    ]);
    expect(read(clusterFile)).toBe(CLUSTER_FILE);
    expect(existsSync(join(own, "rke"))).toBe(false);
  });

  test("leaves the new state and kubeconfig beside the cluster file, and keeps the old ones", async () => {
    const { stateFile, kubeconfig, own, restore, read, kept } = cluster("state; wiping; kubeconfig; restored");
    expect(await restore()).toMatchObject({ problems: [], stateFile: "as-rke-left-it" });
    expect(read(stateFile)).toBe('{"currentState": {}}');
    expect(read(kubeconfig)).toBe("apiVersion: v2\n");
    expect(lstatSync(stateFile).isSymbolicLink()).toBe(false);
    const [folder = ""] = kept();
    expect(read(join(own, folder, "rancher-cluster.rkestate"))).toBe(STATE);
    expect(read(join(own, folder, "kube_config_rancher-cluster.yml"))).toBe("apiVersion: v1\n");
    expect(statSync(join(own, folder)).mode & 0o777).toBe(0o700);
  });

  test("makes state and kubeconfig beside the cluster file where there were none", async () => {
    const { stateFile, kubeconfig, restore, read } = cluster("state; wiping; kubeconfig; restored");
    unlinkSync(stateFile);
    unlinkSync(kubeconfig);
    await restore();
    expect(read(stateFile)).toBe('{"currentState": {}}');
    expect(read(kubeconfig)).toBe("apiVersion: v2\n");
  });

  test("keeps the encoding of the cluster file", async () => {
    const { folder, clusterFile, restore } = cluster('cp "$6" seen');
    writeFileSync(clusterFile, `\ufeff${CLUSTER_FILE}`, "utf16le");
    await restore();
    const seen = readFileSync(join(folder, "seen"), "utf16le");
    expect(seen).toMatch(
      /^\ufeffnodes:[\s\S]*\{snapshot: false, backup_config: \{x-not-for-a-restore-s3backupconfig: /,
    );
  });

  test("finds the certificates that are beside the cluster file", async () => {
    const { folder, restore } = cluster('cat "$beside/rancher-cluster_certs/kube-ca.pem"; touch done');
    textFile(join(folder, "rancher-cluster_certs/kube-ca.pem"), "certificate\n");
    expect(linesOf((await restore()).log)).toEqual(["certificate"]);
    expect(existsSync(join(folder, "rancher-cluster_certs/kube-ca.pem"))).toBe(true);
  });

  test("works where this program's own folder is a link to another place", async () => {
    const { folder, own, stateFile, restore, read } = cluster("state; wiping; restored");
    mkdirSync(join(folder, "elsewhere/deep"), { recursive: true });
    symlinkSync("elsewhere/deep", own);
    await restore();
    expect(read(stateFile)).toBe('{"currentState": {}}');
  });

  test("gives RKE 0.1 the cluster file itself, as it knows no S3", async () => {
    const { restore } = cluster('echo "$6"');
    expect(linesOf((await restore("v0.1.18")).log)).toEqual(["rancher-cluster.yml"]);
  });

  test("does not begin with a cluster file that cannot be read, and leaves the folder free", async () => {
    const { folder, clusterFile, restore } = cluster("touch ran");
    textFile(clusterFile, "services: {etcd: a: b");
    await expect(restore()).rejects.toThrow(ClusterFileError);
    expect(existsSync(join(folder, "ran"))).toBe(false);
    textFile(clusterFile, CLUSTER_FILE);
    await restore();
    expect(existsSync(join(folder, "ran"))).toBe(true);
  });
});

describe.concurrent("a restore that fails before it wipes anything", () => {
  test("leaves RKE's state file and the kubeconfig byte for byte as they were, with their mode", async () => {
    const { stateFile, kubeconfig, restore, read, kept } = cluster("state; kubeconfig; fatal node2 does not answer");
    expect(await restore()).toMatchObject({ stateFile: "put-back" });
    expect(read(stateFile)).toBe(STATE);
    expect(statSync(stateFile).mode & 0o777).toBe(0o640);
    expect(read(kubeconfig)).toBe("apiVersion: v1\n");
    expect(kept()).toEqual([]);
  });

  test("leaves no state file where there was none: RKE would take an empty one for the truth", async () => {
    const { stateFile, restore } = cluster("state; fatal node2 does not answer");
    unlinkSync(stateFile);
    expect(await restore()).toMatchObject({ stateFile: "put-back" });
    expect(existsSync(stateFile)).toBe(false);
  });

  test("leaves a state file that is a link one, and what it leads to as it was", async () => {
    const { folder, stateFile, restore, read } = cluster("state; fatal no");
    mkdirSync(join(folder, "shared"));
    renameSync(stateFile, join(folder, "shared/state"));
    symlinkSync("shared/state", stateFile);
    expect(await restore()).toMatchObject({ stateFile: "put-back" });
    expect(lstatSync(stateFile).isSymbolicLink()).toBe(true);
    expect(read(join(folder, "shared/state"))).toBe(STATE);
  });

  test("does not touch them where RKE has not", async () => {
    const { stateFile, restore } = cluster("fatal Unsupported Docker version");
    const before = statSync(stateFile);
    expect(await restore()).toMatchObject({ stateFile: "unchanged" });
    expect(statSync(stateFile)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  });

  test("leaves them as RKE left them once it has wiped", async () => {
    const { stateFile, restore, read, kept } = cluster("state; wiping; fatal etcd-restore failed");
    expect(await restore()).toMatchObject({ stateFile: "as-rke-left-it" });
    expect(read(stateFile)).toBe('{"currentState": {}}');
    expect(kept()).toHaveLength(1);
  });

  test("puts back what an earlier restore that has wiped had left, not what was before that one", async () => {
    const { stateFile, restore, read } = cluster(
      `[ ! -e again ] || { printf again >"$beside/\${name%.*}.rkestate"; fatal no; }
touch again; state; wiping; fatal etcd-restore failed`,
    );
    await restore();
    expect(await restore()).toMatchObject({ stateFile: "put-back" });
    expect(read(stateFile)).toBe('{"currentState": {}}');
  });
});

describe.concurrent("a restore whose step is killed", () => {
  /** Runs a restore in a process of its own, which is killed when RKE waits; resolves when RKE has ended too. */
  async function killed(made: ReturnType<typeof cluster>): Promise<void> {
    const { folder, clusterFile, rke } = made;
    const args = { clusterFile, rke, version: { major: 1, minor: 8, patch: 0, text: "v1.8.0" }, snapshot: "base" };
    const step = inProcess(`
import { restoreCall } from ${JSON.stringify(join(import.meta.dirname, "../../../cluster/rke/restore.ts"))};
import { runRke } from ${JSON.stringify(join(import.meta.dirname, "../../../cluster/rke/run.ts"))};
const restore = ${JSON.stringify(args)};
await runRke({ ...restoreCall(restore), clusterFile: restore.clusterFile, silenceSeconds: 60, say: () => {} });`);
    await killStep(step, folder);
    textFile(join(folder, "go"), "");
  }
  const WAITS = "state; echo $$ >pid; while [ ! -e go ]; do sleep 0.1; done; ";
  const look = async ({ clusterFile }: ReturnType<typeof cluster>) => {
    const said: string[] = [];
    await untilEarlierRkeEnded({ clusterFile, silenceSeconds: 60, say: (line) => said.push(line) });
    return said.at(-1);
  };

  test("has its state file put back by the next run, if RKE then wiped nothing", async () => {
    const made = cluster(`${WAITS}fatal node2 does not answer`);
    await killed(made);
    expect(await look(made)).toBe(
      "an earlier restore was killed before it wiped anything: RKE's state file is put back as it was before it",
    );
    expect(made.read(made.stateFile)).toBe(STATE);
    expect(readdirSync(made.own).sort()).toEqual(["logs", "rke.lock"]);
  });

  test("keeps the state file that RKE wrote, if RKE then wiped the cluster", async () => {
    const made = cluster(`${WAITS}wiping; kubeconfig; restored`);
    await killed(made);
    await look(made);
    expect(made.read(made.stateFile)).toBe('{"currentState": {}}');
    expect(made.read(made.kubeconfig)).toBe("apiVersion: v2\n");
    expect(existsSync(join(made.own, "rke"))).toBe(false);
  });

  test("keeps a state file that someone has written since", async () => {
    const made = cluster(`${WAITS}fatal no; `);
    await killed(made);
    await until(() => linesOf(join(made.own, "logs", readdirSync(join(made.own, "logs"))[0] ?? "")).length > 0);
    textFile(made.stateFile, "rke cert rotate");
    utimesSync(made.stateFile, new Date(), new Date(Date.now() + 60_000));
    await look(made);
    expect(made.read(made.stateFile)).toBe("rke cert rotate");
  });
});
