import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { proveNow } from "../../cli/proveNow.ts";
import { provenSnapshots } from "../../cluster/opened/provenSnapshots.ts";
import type { S3Source } from "../../cluster/snapshot/source.ts";
import { fakeS3cmd } from "../support/fetching.ts";
import { textFile } from "../support/folder.ts";
import { foldersOf, openedDocker } from "../support/openedDocker.ts";
import { rkeZip } from "../support/snapshot.ts";
import { putOnAll, snapshotHosts, someKeys, TAKEN_AT } from "../support/snapshotHosts.ts";
import { NIGHTLY, proved, SNAPSHOT } from "./provedSnapshot.ts";

describe("the proof of a snapshot in S3", () => {
  const BUCKET: S3Source = { kind: "s3", bucket: "etcd", folder: "prod", keys: { access: "AKIA", secret: "s3cr3t" } };
  const PLACE = "s3://etcd/prod/ at s3.us-east-1.amazonaws.com";
  const OLDER = "2026-11-26T02:10:00Z_etcd";

  /** The second host alone has an s3cmd; its bucket has two snapshots, of which the newest has this content. */
  function withBucket(newest = rkeZip(NIGHTLY, SNAPSHOT)) {
    const made = snapshotHosts();
    const [, host] = made.hosts;
    if (!host) throw new Error("there are three hosts");
    fakeS3cmd(host, { [`etcd/prod/${NIGHTLY}.zip`]: newest, [`etcd/prod/${OLDER}`]: SNAPSHOT });
    return { ...made, host };
  }

  test("is of the newest there, fetched and opened on a host that reaches it, and nothing of it stays on the hosts", async () => {
    const { settings, hosts, host } = withBucket();
    const { proven, snapshot, source, takenAt, inspection, checks, nodes, text } = await proved(settings, {
      source: BUCKET,
    });
    expect({ proven, snapshot, source, takenAt, on: inspection?.on, nodes }).toEqual({
      ...{ proven: true, snapshot: NIGHTLY, source: PLACE, takenAt: TAKEN_AT, on: "node2", nodes: undefined },
    });
    expect(checks.map(({ check }) => check)).toEqual(["snapshot-fetched", "opened", "age"]);
    expect(text).toContain(`\n  in ${PLACE}\n`);
    for (const one of hosts) expect([one.names(), foldersOf(one)]).toEqual([[], []]);
    expect(foldersOf(host)).toEqual([]);
  });

  test("is not disturbed by another run, and removes what a killed one has left", async () => {
    const { settings, host } = withBucket();
    const folder = join(host.root, "rancher-rollback");
    textFile(join(folder, "fetched.99999999/left"), "");
    const both = await Promise.all([proved(settings, { source: BUCKET }), proved(settings, { source: BUCKET })]);
    expect(both.map(({ messages }) => messages)).toEqual([[], []]);
    expect(foldersOf(host)).toEqual([]);
  });

  test("is remembered beside that of a copy of the same name on the hosts", async () => {
    const { settings, hosts } = withBucket();
    putOnAll(hosts, NIGHTLY, SNAPSHOT);
    await proved(settings);
    await proved(settings, { source: BUCKET });
    expect(provenSnapshots(settings.cluster.path).map(({ name, source, nodes }) => [name, source, nodes])).toEqual([
      [NIGHTLY, PLACE, []],
      [NIGHTLY, undefined, ["node1", "node2", "node3"]],
    ]);
  });

  test("fails where what comes is damaged, and is of the one that is named", async () => {
    const { settings, host } = withBucket(rkeZip(NIGHTLY, SNAPSHOT).subarray(0, 700));
    const { proven, messages } = await proved(settings, { source: BUCKET });
    expect([proven, messages]).toEqual([
      false,
      [expect.stringContaining("node2 (198.18.0.12): the fetched file is a zip")],
    ]);
    expect(foldersOf(host)).toEqual([]);
    expect(await proved(settings, { source: BUCKET, snapshot: OLDER })).toMatchObject({
      proven: true,
      snapshot: OLDER,
    });
  });

  test("passes over what others have put beside the snapshots", async () => {
    const { settings, host } = withBucket();
    fakeS3cmd(host, { "etcd/prod/cluster.rkestate": Buffer.from("{}") });
    expect(await proved(settings, { source: BUCKET })).toMatchObject({ proven: true, snapshot: NIGHTLY });
  });

  test("is of the newest of this cluster in a folder that others use, too, and fails after five of others", async () => {
    const { settings, hosts, host } = withBucket();
    const restored: string[] = [];
    const other = { revision: 10, keys: someKeys("uid-of-other") };
    const ofThis = { revision: 10, keys: someKeys() };
    const live = { revision: 20, keys: someKeys() };
    const asked = { stack: "prod", source: BUCKET };
    openedDocker(host, other, live);
    // The newest alone is of another cluster.
    const say = (line: string) => {
      if (!line.startsWith("opening ")) return;
      restored.push(line.slice("opening ".length));
      openedDocker(host, line.endsWith(OLDER) ? ofThis : other, live);
    };
    const proof = await proveNow(settings, { ...asked, say });
    expect([proof.proven, proof.snapshot, restored]).toEqual([true, OLDER, [NIGHTLY, OLDER]]);
    expect(proof.warnings.map(({ message }) => message)).toEqual([
      `passed over ${NIGHTLY} in ${PLACE}: of another cluster`,
    ]);
    const many = Array.from({ length: 7 }, (_, at) => [`etcd/prod/2026-11-27T0${at}:30:00Z_etcd`, SNAPSHOT] as const);
    fakeS3cmd(host, Object.fromEntries(many));
    const none = await proveNow(settings, { ...asked, say });
    expect([none.proven, none.checks[1]?.problems[0]?.message, restored.length]).toEqual([
      ...[false, expect.stringContaining("is of another cluster"), 7],
    ]);
    for (const one of hosts) expect(foldersOf(one)).toEqual([]);
  });

  test("fails where the bucket is empty, or no host can list it: what each of them says", async () => {
    const { settings, host } = withBucket();
    const none = { ...BUCKET, bucket: "none" };
    expect((await proved(settings, { source: none })).messages).toEqual([
      "node1 (198.18.0.11): s3cmd is not installed",
      "node2 (198.18.0.12): s3cmd cannot list s3://none/prod/: ERROR: Bucket does not exist",
      "node3 (198.18.0.13): s3cmd is not installed",
    ]);
    expect((await proved(settings, { source: BUCKET, snapshot: "base" })).messages).toEqual([
      `there is no snapshot base in ${PLACE}`,
    ]);
    for (const file of [`${NIGHTLY}.zip`, OLDER]) rmSync(join(host.root, "s3/etcd/prod", file));
    expect((await proved(settings, { source: BUCKET })).messages).toEqual([`there is no snapshot in ${PLACE}`]);
  });
});
