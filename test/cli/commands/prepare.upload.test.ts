import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { answerSchema } from "../../../cli/answers.ts";
import { preparedText, prepareNow } from "../../../cli/commands/prepare.ts";
import type { WrittenSettings } from "../../../cli/stackConfig.ts";
import { provenSnapshots } from "../../../cluster/opened/provenSnapshots.ts";
import type { Settings } from "../../../settings/settings.ts";
import { fakeDf, fakeS3cmd } from "../../support/fetching.ts";
import { program } from "../../support/folder.ts";
import { rkeZip, snapshotBytes } from "../../support/snapshot.ts";
import type { SnapshotNode } from "../../support/snapshotNode.ts";
import { cluster } from "./preparedCluster.ts";

describe("a snapshot that is prepared with --upload", () => {
  const PLACE = "s3://etcd/prod/ at minio.example.com:9000";

  /** With a bucket in the cluster file, which the second host can list, and an RKE that saves so. `$1` to `$3` are the hosts. */
  async function withBucket(rke: string, change: (hosts: SnapshotNode[]) => void = () => {}) {
    const made = await cluster();
    change(made.hosts);
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

  async function prepareUpload({ rke, ...settings }: Settings, path: string, written: WrittenSettings = {}) {
    const asked = { ...settings, snapshot: "before", rke: { ...rke, path } };
    const { answered, way } = await prepareNow(asked, { stack: "prod", upload: true, written, say: () => {} });
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
    expect(provenSnapshots(clusterFile).map(({ how, nodes, source }) => [how, nodes.length, source])).toEqual([
      ["opened", 1, undefined],
      ["hash", 3, undefined],
      ["hash", 0, PLACE],
    ]);
    expect(readdirSync(join(folder, ".rancher-rollback/prepared/before"))).toContain("deployment.json");
  });

  test("is not begun where a host has no room for RKE's file and its zip", async () => {
    const { messages, folder } = await withBucket('save "$@"; upload "$@"; finished', ([, second]) => {
      if (second) fakeDf(second, 1000);
    });
    expect(messages).toEqual([
      expect.stringMatching(/^node2: a snapshot needs 256 MiB in .*\/etcd-snapshots, there are 0 MiB$/),
    ]);
    expect(existsSync(join(folder, "typed"))).toBe(false);
  });

  test("is none where RKE says that it is done, and the bucket does not have it or has half of it", async () => {
    const none = await withBucket('save "$@"; finished');
    expect([none.way, none.messages]).toEqual([undefined, [`there is no snapshot before in ${PLACE}`]]);
    expect(none.text[0]).toContain("before is on node1, node2, node3");
    const half = await withBucket('save "$@"; head -c 700 "$1/before.zip" >"$2/s3/etcd/prod/before.zip"; finished');
    expect([half.way, half.messages]).toEqual([undefined, [expect.stringContaining("the fetched file is a zip")]]);
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
    const ofFile = await prepareUpload(settings, join(folder, "rke"), { snapshotSha256: "0".repeat(64) });
    expect([ofFile.messages, existsSync(join(folder, "typed"))]).toEqual([
      ["snapshotSha256 is of one file, and RKE saves a file of its own on each host"],
      false,
    ]);
    const bare = await cluster();
    expect((await prepareUpload(bare.settings, "/not/there/rke")).messages).toEqual([
      "the cluster file has no bucket to upload to",
    ]);
  });
});
