import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { answerSchema } from "../../../cli/answers.ts";
import { findSnapshots, snapshotsText } from "../../../cli/commands/snapshots.ts";
import { provenSnapshots, rememberProof } from "../../../cluster/opened/provenSnapshots.ts";
import type { S3Source } from "../../../cluster/snapshot/source.ts";
import type { Settings } from "../../../settings/settings.ts";
import { fakeS3cmd } from "../../support/fetching.ts";
import { program } from "../../support/folder.ts";
import { containersOf, foldersOf } from "../../support/openedDocker.ts";
import { someReplacement } from "../../support/settings.ts";
import { rkeZip, snapshotBytes } from "../../support/snapshot.ts";
import { putOnAll, snapshotHosts, someKeys, someUsers, TAKEN_AT } from "../../support/snapshotHosts.ts";

const SNAPSHOT = snapshotBytes();
const NOW = Date.parse("2026-11-27T10:10:00.000Z");

async function found(settings: Settings, open: string[] = []) {
  const said: string[] = [];
  const answered = await findSnapshots(settings, { stack: "prod", open, say: (line) => void said.push(line) });
  expect(answerSchema.parse(answered)).toEqual(answered);
  return { ...answered, said, text: snapshotsText(answered, NOW).join("\n") };
}

describe("the snapshots of a cluster", () => {
  test("are listed from every etcd host without opening one, the newest first", async () => {
    const { settings, hosts } = snapshotHosts();
    putOnAll(hosts, "2026-11-27T02:10:00Z_etcd.zip", rkeZip("2026-11-27T02:10:00Z_etcd", SNAPSHOT));
    hosts[0]?.put("safety-20261127T091000Z", SNAPSHOT);
    const { snapshots, text } = await found(settings);
    expect(snapshots.map(({ name, same, missingOn }) => [name, same, missingOn])).toEqual([
      ["safety-20261127T091000Z", undefined, ["node2", "node3"]],
      ["2026-11-27T02:10:00Z_etcd", true, []],
    ]);
    expect(text).toBe(`safety-20261127T091000Z  2026-11-27 09:10:00 UTC, 1 h ago  0.0 MiB
    on node1
    not on node2, node3
2026-11-27T02:10:00Z_etcd  2026-11-27 02:10:00 UTC, 8 h ago  0.0 MiB
    on node1, node2, node3, the same on all`);
    expect(hosts.flatMap(({ argv }) => argv)).toEqual([]);
  });

  test("say what they hold once they are opened, also in a later list, until another file comes", async () => {
    const { settings, hosts } = snapshotHosts();
    putOnAll(hosts, "base", SNAPSHOT);
    const { snapshots, said } = await found(settings, ["base"]);
    expect(said).toEqual(["opening base"]);
    expect(snapshots[0]).toMatchObject({
      takenAt: TAKEN_AT,
      holds: { rancher: "v2.5.8", clusterUid: "uid-of-this" },
      proven: { how: "opened", by: "snapshots", nodes: ["node1", "node2", "node3"] },
      problems: [],
    });
    expect((await found(settings, ["base.zip"])).said).toEqual(["opening base"]);
    const later = await found(settings);
    expect(later.said).toEqual([]);
    expect(later.text).toContain(
      "    holds Rancher v2.5.8 and Kubernetes unknown\n    opened on node1, node2, node3 at",
    );
    putOnAll(hosts, "base", snapshotBytes(9));
    expect((await found(settings)).snapshots[0]).not.toHaveProperty("proven");
    const [first] = hosts;
    expect(first && [containersOf(first), foldersOf(first)]).toEqual([[], []]);
  });

  test("that lack live objects are reported, with all that was asked for opened one after the other", async () => {
    const { settings, hosts } = snapshotHosts({ live: [...someKeys("uid-of-another"), ...someUsers(15, 40)] });
    for (const name of ["one", "two"]) putOnAll(hosts, name, SNAPSHOT);
    const { snapshots, said, text } = await found(settings, ["all"]);
    expect(said.toSorted()).toEqual(["opening one", "opening two"]);
    expect(snapshots.map(({ problems }) => problems.length)).toEqual([2, 2]);
    expect(text).toContain("one is of another cluster");
    expect(text).toContain("one lacks most live objects: it holds 0 of 40 objects of Rancher");
    expect(provenSnapshots(settings.cluster.path).map(({ compared }) => compared)).toEqual([false, false]);
  });

  test("are listed from the hosts that answer, and the others are named", async () => {
    const { settings, hosts } = snapshotHosts({ reachable: [1] });
    hosts[1]?.put("base", SNAPSHOT);
    const { snapshots, unread, text } = await found(settings);
    expect(snapshots.map(({ name, missingOn }) => [name, missingOn])).toEqual([["base", []]]);
    expect(unread.map(({ node }) => node)).toEqual(["node1", "node3"]);
    expect(text).toContain("could not be read: node1 (198.18.0.11): cannot be reached over SSH");
  });

  test("that are damaged are listed with the reason, and opening one of them is a problem, not an end", async () => {
    const { settings, hosts } = snapshotHosts();
    putOnAll(hosts, "cut.zip", rkeZip("cut", SNAPSHOT).subarray(0, 700));
    const { snapshots, text } = await found(settings, ["cut"]);
    expect(snapshots[0]?.copies[0]?.wrong).toEqual({ code: "zip-cut-short", values: {} });
    expect(snapshots[0]?.problems[0]?.message).toContain("node1: cut.zip is a zip that is cut short");
    expect(text).toContain("    node2: cut.zip is a zip that is cut short");
  });

  test("are listed from the bucket of the cluster file and that of the settings, by the first host that can", async () => {
    const { settings, hosts } = snapshotHosts();
    const s3 = "{bucket_name: etcd, endpoint: minio.example.com:9000, access_key: AKIA, secret_key: s3cr3t}";
    const path = join(settings.cluster.path, "../s3.yml");
    writeFileSync(path, `services: {etcd: {backup_config: {s3backupconfig: ${s3}}}}\n`);
    const [, , host] = hosts;
    if (host) fakeS3cmd(host, { "etcd/2026-11-27T02:10:00Z_etcd.zip": Buffer.alloc(3 * 2 ** 20) });
    const source: S3Source = { kind: "s3", bucket: "other" };
    const { buckets, text } = await found({ ...settings, source, cluster: { ...settings.cluster, path } });
    expect(buckets).toEqual([
      {
        place: "s3://etcd/ at minio.example.com:9000",
        objects: [expect.objectContaining({ name: "2026-11-27T02:10:00Z_etcd", bytes: 3 * 2 ** 20 })],
        problems: [],
      },
      {
        ...{ place: "s3://other/ at s3.us-east-1.amazonaws.com", objects: [] },
        problems: [
          ...["node1 (198.18.0.11)", "node2 (198.18.0.12)"].map((node) => ({
            message: `${node}: s3cmd is not installed`,
            remedy: "on the node: apt-get install s3cmd",
          })),
          {
            message: expect.stringContaining("node3 (198.18.0.13): s3cmd cannot list s3://other/"),
            remedy: expect.stringContaining("correct what s3cmd names"),
          },
        ],
      },
    ]);
    expect(text).toContain(`s3://etcd/ at minio.example.com:9000: 1 snapshot
    2026-11-27T02:10:00Z_etcd.zip  2026-11-27 02:10:00 UTC, 8 h ago  3.0 MiB
s3://other/ at s3.us-east-1.amazonaws.com cannot be listed:
    node1 (198.18.0.11): s3cmd is not installed
      → on the node: apt-get install s3cmd
    node2`);
    expect(text).not.toContain("s3cr3t");
  });

  test("in a bucket say what they hold and when they were proven, unless they were uploaded again since", async () => {
    const { settings, hosts } = snapshotHosts();
    const [first] = hosts;
    const names = ["2026-11-27T02:10:00Z_etcd", "again"];
    if (first) fakeS3cmd(first, Object.fromEntries(names.map((name) => [`other/${name}`, SNAPSHOT])));
    const uploaded = (name: string, at: string) =>
      utimesSync(join(first?.root ?? "", "s3/other", name), 0, Date.parse(at) / 1000);
    uploaded("2026-11-27T02:10:00Z_etcd", "2026-11-27T02:11:00Z");
    uploaded("again", "2026-11-27T09:00:00Z");
    for (const name of names) {
      rememberProof(settings.cluster.path, {
        ...{ name, how: "opened", by: "prove", at: "2026-11-27T03:00:00.000Z", nodes: [], compared: true },
        ...{ source: "s3://other/ at s3.us-east-1.amazonaws.com", unpacked: 1 },
        holds: { rancher: "v2.5.8", kubernetes: "v1.20.15" },
      });
    }
    const { buckets, text } = await found({ ...settings, source: { kind: "s3", bucket: "other" } });
    const objects = buckets[0]?.objects.map(({ name, proven, holds }) => [name, proven?.by, holds?.rancher]);
    expect(objects).toEqual([
      ["again", undefined, undefined],
      ["2026-11-27T02:10:00Z_etcd", "prove", "v2.5.8"],
    ]);
    expect(text).toContain(`    2026-11-27T02:10:00Z_etcd  2026-11-27 02:10:00 UTC, 8 h ago  0.0 MiB
        holds Rancher v2.5.8 and Kubernetes v1.20.15
        opened at 2026-11-27 03:00:00 UTC by prove`);
  });

  test("cannot be listed from a bucket with what to type for each host that could not", async () => {
    const { settings, folder } = snapshotHosts();
    const unknown = "No ED25519 host key is known for x and you have requested strict checking.";
    const others = process.env.PATH?.split(":")[0];
    program(
      join(folder, "ssh"),
      `case "$*" in *@198.18.0.12*) printf '%s\\n' '${unknown}' 'Host key verification failed.' >&2; exit 255 ;; esac
exec '${others}/ssh' "$@"`,
    );
    vi.stubEnv("PATH", `${folder}:${process.env.PATH}`);
    const { buckets, text } = await found({ ...settings, source: { kind: "s3", bucket: "other" } });
    expect(buckets[0]?.problems.map(({ remedy }) => remedy)).toEqual([
      "on the node: apt-get install s3cmd",
      { text: expect.stringContaining("log in once"), pulumi: "config set allowUnknownHostKeys true" },
      "on the node: apt-get install s3cmd",
    ]);
    expect(text).toMatch(/node2 .*host key that is not known here\n {6}→ .*config set allowUnknownHostKeys true/);
  });

  test("name the problem of a bucket that no etcd host can list, as every one is replaced", async () => {
    const { settings } = snapshotHosts();
    const nodes = settings.cluster.nodes.slice(0, 1);
    const replacements = nodes.map((node) => someReplacement(node, "gone"));
    const replaced = { cluster: { ...settings.cluster, nodes }, replacements };
    const { buckets } = await found({ ...settings, ...replaced, source: { kind: "s3", bucket: "other" } });
    expect(buckets[0]?.problems).toEqual([
      { message: "there is no etcd host that could list it", remedy: "look at the cluster file" },
    ]);
  });

  test("are none where there is none, and one that is not there cannot be opened", async () => {
    const { settings, hosts } = snapshotHosts();
    expect((await found(settings)).text).toBe("there are no snapshots on the etcd hosts");
    putOnAll(hosts, "base", SNAPSHOT);
    await expect(found(settings, ["bsae"])).rejects.toThrow(
      "there is no snapshot bsae on node1, node2, node3; there are: base. For example: rancher-rollback snapshots --open base --stack prod",
    );
  });
});
