import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { answerSchema } from "../../../cli/answers.ts";
import { prepare, preparedText, prepareNow } from "../../../cli/commands/prepare.ts";
import { rkeFolder } from "../../../cluster/rke/earlierRke.ts";
import { ClusterFolderLock } from "../../../cluster/rke/folderLock.ts";
import { provenSnapshots } from "../../../cluster/stateFolder/provenSnapshots.ts";
import { markRun } from "../../../cluster/stateFolder/runMark.ts";
import { restoreBegins } from "../../../cluster/stateFolder/unfinishedRestore.ts";
import type { Settings } from "../../../settings/settings.ts";
import { selfSigned } from "../../support/certificate.ts";
import { fakeS3cmd } from "../../support/fetching.ts";
import { program, textFile } from "../../support/folder.ts";
import { kubeconfigFor, kubernetesAnswers } from "../../support/kubernetes.ts";
import { serve } from "../../support/server.ts";
import { rkeZip, snapshotBytes } from "../../support/snapshot.ts";
import { snapshotHosts, someKeys, someUsers } from "../../support/snapshotHosts.ts";

const workspace = vi.hoisted(() => ({ current: undefined as unknown }));
vi.mock("../../../cli/workspace.ts", () => ({
  withWorkspace: async (_: unknown, look: (workspace: unknown) => unknown) => await look(workspace.current),
}));

const LOCK = { id: "1a2b3c4d", holder: "ann@laptop", stack: "prod", snapshot: "base", since: "2026-11-23T03:00:00Z" };

let certificate: ReturnType<typeof selfSigned>;
beforeAll(() => {
  certificate = selfSigned();
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** A cluster on which a snapshot `before` is prepared while this Rancher runs. */
async function cluster({
  image = "rancher/rancher:v2.5.8",
  ...hosts
}: Parameters<typeof snapshotHosts>[0] & { image?: string } = {}) {
  const made = snapshotHosts(hosts);
  const { kubeconfig } = made.settings.cluster;
  textFile(kubeconfig, kubeconfigFor(await serve(kubernetesAnswers({ image }), certificate), certificate.caFile));
  const said: string[] = [];
  const prepare = async (changes: Partial<Settings> = {}) => {
    const settings = { ...made.settings, snapshot: "before", ...changes };
    const { answered, way } = await prepareNow(settings, { stack: "prod", say: (line) => void said.push(line) });
    expect(answerSchema.parse(answered)).toEqual(answered);
    return { answered, way, messages: answered.problems.map(({ message }) => message), text: preparedText(answered) };
  };
  const clusterFile = made.settings.cluster.path;
  return { ...made, said, prepare, clusterFile };
}

describe("a snapshot that is prepared", { timeout: 60_000 }, () => {
  test("is one file on every etcd host, proven and opened, and the way back names it and the Rancher that runs", async () => {
    const { hosts, clusterFile, folder, prepare } = await cluster();
    const { answered, way, text } = await prepare();
    expect(way).toEqual({ snapshot: "before", rancherVersion: "v2.5.8" });
    const [first] = hosts.map((host) => host.files()["before.zip"]);
    for (const host of hosts) {
      expect(host.names()).toEqual(["before.zip"]);
      expect(host.files()["before.zip"]).toEqual(first);
    }
    expect(answered).toMatchObject({
      saved: { state: true },
      inspection: { holds: { rancher: "v2.5.8" } },
      problems: [],
    });
    expect(readdirSync(join(folder, ".rancher-rollback/prepared/before")).sort()).toEqual([
      ...["deployment.json", "kube_config_rancher-cluster.yml", "manifest.json"],
      ...["rancher-cluster.rkestate", "rancher-cluster.yml"],
    ]);
    expect(provenSnapshots(clusterFile).map(({ name, how, by, nodes }) => [name, how, by, nodes.length])).toEqual([
      ["before", "opened", "prepare", 3],
      ["before", "hash", "prepare", 3],
    ]);
    expect(text[0]).toContain("before is proven and the same on node1, node2, node3");
    expect(text.at(-1)).toBe("if the upgrade fails: rancher-rollback apply --stack prod");
  });

  test("stops no etcd, and leaves nothing else behind", async () => {
    const { hosts, prepare } = await cluster();
    await prepare();
    expect(hosts.flatMap(({ argv }) => argv).filter((line) => /^docker (stop|start) /.test(line))).toEqual([]);
    for (const { root } of hosts) expect(readdirSync(join(root, "etcd"))).toEqual([]);
  });

  test("leaves nothing of an earlier rollback in the way: its run, its sha256, another image", async () => {
    const { prepare } = await cluster({ image: "registry.example.com:5000/rancher/rancher:v2.5.8@sha256:12ab" });
    const { answered, way } = await prepare({ run: 3, snapshotSha256: "0".repeat(64) });
    expect(way).toEqual({
      ...{ snapshot: "before", rancherVersion: "v2.5.8", rancherImage: "registry.example.com:5000/rancher/rancher" },
      ...{ run: "1", snapshotSha256: answered.saved?.sha256 },
    });
  });

  test("is none where what was saved lacks most live objects: the config stays, and the operator reads where it is", async () => {
    const { prepare } = await cluster({ live: [...someKeys(), ...someUsers(15, 40)] });
    const { way, messages, text } = await prepare();
    expect(way).toBeUndefined();
    expect(messages).toEqual(["before lacks most live objects: it holds 0 of 40 objects of Rancher"]);
    expect(text[0]).toBe("NOT prepared; before is on node1, node2, node3, and the stack's config is as it was:");
  });

  test("is none where the saved file is damaged", async () => {
    const { hosts, prepare } = await cluster();
    for (const { root } of hosts) textFile(join(root, "saved"), snapshotBytes().subarray(0, 700).toString("latin1"));
    const { way, messages } = await prepare();
    expect([way, messages]).toEqual([undefined, [expect.stringContaining("the copy is cut short")]]);
    for (const host of hosts) expect(host.names()).toEqual([]);
  });
});

describe("a snapshot that is prepared with --upload", { timeout: 60_000 }, () => {
  const PLACE = "s3://etcd/prod/ at minio.example.com:9000";

  /** With a bucket in the cluster file, which the second host can list, and an RKE that saves so. `$1` to `$3` are the hosts. */
  async function withBucket(rke: string) {
    const made = await cluster();
    const { hosts, folder, clusterFile } = made;
    const s3 = "{bucket_name: etcd, folder: prod, endpoint: minio.example.com:9000}";
    appendFileSync(clusterFile, `services: {etcd: {backup_config: {s3backupconfig: ${s3}}}}\n`);
    const [one, host, three] = hosts;
    if (!one || !host || !three) throw new Error("there are three hosts");
    fakeS3cmd(host, { "etcd/prod/older.zip": rkeZip("older", snapshotBytes()) });
    for (const { root } of hosts) writeFileSync(join(root, "before.zip"), rkeZip("before", snapshotBytes(8, root)));
    const path = program(
      join(folder, "rke"),
      `echo "$*" >"${folder}/typed"; set -- ${one.root} ${host.root} ${three.root}
finished() { echo 'time="2026-11-27T10:00:00Z" level=info msg="[etcd] Finished saving snapshot [before] on all etcd hosts"'; }
save() { for host; do cp "$host/before.zip" "$host/etcd-snapshots/"; done; }
upload() { cp "$1/before.zip" "$2/s3/etcd/prod/"; }
${rke}`,
    );
    const prepared = await prepareUpload(made.settings, path);
    return { ...made, ...prepared, rkeArgs: () => readFileSync(join(folder, "typed"), "utf8") };
  }

  async function prepareUpload({ rke, ...settings }: Settings, path: string) {
    const asked = { ...settings, snapshot: "before", rke: { ...rke, path } };
    const { answered, way } = await prepareNow(asked, { stack: "prod", upload: true, say: () => {} });
    expect(answerSchema.parse(answered)).toEqual(answered);
    return { answered, way, messages: answered.problems.map(({ message }) => message), text: preparedText(answered) };
  }

  test("is RKE's own, which is proven on every host and in the bucket, and opened", async () => {
    const { answered, way, text, hosts, folder, clusterFile, rkeArgs } = await withBucket(
      'save "$@"; upload "$@"; finished',
    );
    expect(answered.problems).toEqual([]);
    expect(rkeArgs()).toBe("etcd snapshot-save --name before --config rancher-cluster.yml\n");
    expect(way).toEqual({ snapshot: "before", rancherVersion: "v2.5.8" });
    expect(answered).toMatchObject({ uploaded: PLACE, saved: { nodes: ["node1", "node2", "node3"] } });
    expect(text.slice(0, 2)).toEqual([expect.stringMatching(/^before is proven on node1, /), `it is in ${PLACE}`]);
    for (const host of hosts) expect(host.names()).toEqual(["before.zip"]);
    expect(provenSnapshots(clusterFile).map(({ how, nodes }) => [how, nodes.length])).toEqual([
      ["opened", 1],
      ["hash", 3],
    ]);
    expect(readdirSync(join(folder, ".rancher-rollback/prepared/before"))).toContain("deployment.json");
  });

  test("is none where RKE says that it is done, and the bucket does not have it or has half of it", async () => {
    const none = await withBucket('save "$@"; finished');
    expect([none.way, none.messages]).toEqual([undefined, [`there is no snapshot before in ${PLACE}`]]);
    expect(none.text[0]).toContain("before is on node1, node2, node3");
    const half = await withBucket('save "$@"; head -c 700 "$1/before.zip" >"$2/s3/etcd/prod/before.zip"; finished');
    expect([half.way, half.messages]).toEqual([undefined, [expect.stringContaining("what came is a zip")]]);
  });

  test("is none where RKE fails, or leaves a host out, with what it says", async () => {
    const fatal = 'level=fatal msg="Failed to take etcd snapshot"';
    const failed = await withBucket(`echo 'time="2026-11-27T10:00:00Z" ${fatal}'; exit 1`);
    expect([failed.way, failed.messages.join()]).toEqual([undefined, expect.stringContaining("Failed to take etcd")]);
    const partial = await withBucket('save "$1" "$2"; upload "$@"; finished');
    expect(partial.messages).toEqual([expect.stringContaining("node3 (198.18.0.13): there is no before")]);
  });

  test("is refused before RKE runs where the bucket has that name, which it would not upload again, or there is no bucket", async () => {
    const ran = 'save "$@"; upload "$@"; finished';
    const { settings, folder, hosts } = await withBucket(ran);
    for (const host of hosts) rmSync(join(host.snapshots, "before.zip"));
    rmSync(join(folder, ".rancher-rollback/prepared"), { recursive: true });
    rmSync(join(folder, "typed"));
    const again = await prepareUpload(settings, join(folder, "rke"));
    expect([again.messages, existsSync(join(folder, "typed"))]).toEqual([[`before.zip is in ${PLACE} already`], false]);
    const bare = await cluster();
    expect((await prepareUpload(bare.settings, "/not/there/rke")).messages).toEqual([
      "the cluster file has no bucket to upload to",
    ]);
  });
});

describe("prepare is refused before anything is saved", { timeout: 60_000 }, () => {
  async function refused(
    { hosts, prepare, folder }: Awaited<ReturnType<typeof cluster>>,
    changes: Partial<Settings> = {},
  ) {
    const before = hosts.map((host) => host.names());
    const { answered, way, messages } = await prepare(changes);
    expect([answered.saved, way]).toEqual([undefined, undefined]);
    expect(hosts.map((host) => host.names())).toEqual(before);
    expect(existsSync(join(folder, ".rancher-rollback/prepared"))).toBe(false);
    return { messages, remedies: answered.problems.map(({ remedy }) => remedy) };
  }

  test("while a rollback holds the lock, whoever's it is", async () => {
    const made = await cluster();
    textFile(join(made.hosts[1]?.root ?? "", "rancher-rollback/lock"), JSON.stringify(LOCK));
    const { messages, remedies } = await refused(made);
    expect(messages).toEqual([expect.stringContaining("node2: a rollback is under way: locked by ann@laptop")]);
    expect(remedies[0]).toContain("rancher-rollback unlock --stack prod");
  });

  test("where a host does not answer", async () => {
    const { messages } = await refused(await cluster({ reachable: [0, 1] }));
    expect(messages).toEqual([expect.stringContaining("node3")]);
  });

  test("where a snapshot of that name is there: it is never written over", async () => {
    const made = await cluster();
    made.hosts[2]?.put("before", snapshotBytes());
    const { messages, remedies } = await refused(made);
    expect([messages, remedies]).toEqual([["before is there already: node3"], ["choose another name: --name"]]);
  });

  test("where no version is known of the Rancher that runs", async () => {
    const { messages } = await refused(await cluster({ image: "rancher/rancher@sha256:12ab" }));
    expect(messages).toEqual([
      expect.stringContaining("cannot determine the running Rancher version: the image of Deployment"),
    ]);
    const unreachable = await cluster();
    rmSync(unreachable.settings.cluster.kubeconfig);
    expect((await refused(unreachable)).messages).toEqual([
      expect.stringContaining("cannot determine the running Rancher version"),
    ]);
  });

  test("while the stack replaces nodes", async () => {
    const made = await cluster();
    const [node] = made.settings.cluster.nodes;
    if (!node) throw new Error("there is no node");
    const machine = { kind: "existing" as const, address: node.address };
    const replacements = [{ unresponsive: "3.3.3.3", machine, planned: { address: node.address }, node }];
    const { messages, remedies } = await refused(made, { replacements });
    expect(messages[0]).toContain("the stack replaces nodes (3.3.3.3 → node1)");
    expect(remedies[0]).toMatchObject({ pulumi: "config rm replacements" });
  });

  test("while a run is alive on this machine, or RKE is at work in the folder", async () => {
    const made = await cluster();
    const done = markRun(made.clusterFile, "prod");
    expect((await refused(made)).messages[0]).toContain("a run of stack prod is alive on this machine");
    done();
    const holder = { step: process.pid, command: "rke up", since: LOCK.since, log: "/up.log" };
    const held = ClusterFolderLock.take(rkeFolder(made.clusterFile).lock, holder);
    expect((await refused(made)).messages[0]).toContain("another run holds this cluster folder");
    if (held instanceof ClusterFolderLock) held.release();
  });

  test("where a restore has wiped the cluster and not finished", async () => {
    const made = await cluster();
    const log = textFile(
      join(made.folder, ".rancher-rollback/logs/restore.log"),
      `time="${LOCK.since}" level=info msg="Cleaning old kubernetes cluster"\n`,
    );
    restoreBegins(made.clusterFile, { since: LOCK.since, log, hosts: [] });
    const { messages, remedies } = await refused(made);
    expect(messages[0]).toContain("a restore began to wipe this cluster");
    expect(remedies[0]).toContain("rancher-rollback undo --stack prod");
  });
});

describe("the command prepare", { timeout: 60_000 }, () => {
  /** What it keeps in the stack's file, and what it answers. */
  async function typed(changes: { live?: ReturnType<typeof someKeys> } = {}) {
    const { settings } = await cluster(changes);
    const kept: Record<string, string>[] = [];
    const forThisRun: Record<string, string> = {};
    workspace.current = {
      configFile: "/ops/Pulumi.prod.yaml",
      set: (settings: Record<string, string>) => void Object.assign(forThisRun, settings),
      clusterSettings: async () => ({ ...settings, ...forThisRun }),
      keep: (settings: Record<string, string>) => void kept.push(settings),
    };
    const printed: string[] = [];
    vi.spyOn(console, "log").mockImplementation((line) => printed.push(line));
    vi.spyOn(console, "error").mockImplementation(() => {});
    const code = await prepare({
      stack: "prod",
      config: [],
      "config-folder": undefined,
      json: true,
      name: "before-2.6",
      upload: false,
    });
    return { code, kept, answered: answerSchema.parse(JSON.parse(printed.join("\n"))) };
  }

  test("writes the way back into the stack's file and says what it wrote, on standard output nothing but the answer", async () => {
    const { code, kept, answered } = await typed();
    const settings = { snapshot: "before-2.6", rancherVersion: "v2.5.8" };
    expect([code, kept]).toEqual([0, [settings]]);
    expect(answered).toMatchObject({ written: { file: "/ops/Pulumi.prod.yaml", settings } });
  });

  test("writes nothing where the snapshot has a problem, and ends with 1", async () => {
    const { code, kept, answered } = await typed({ live: [...someKeys(), ...someUsers(15, 40)] });
    expect([code, kept]).toEqual([1, []]);
    expect(answered).not.toHaveProperty("written");
  });
});
