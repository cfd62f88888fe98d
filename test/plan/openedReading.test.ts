import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { NodeReading } from "../../plan/nodeReading.ts";
import { notOpened, questionsOf, readOpened } from "../../plan/openedReading.ts";
import { someFacts } from "../cluster/inPlace/someFacts.ts";
import { fakeDf } from "../support/fetching.ts";
import { textFile } from "../support/folder.ts";
import { containersOf, foldersOf } from "../support/openedDocker.ts";
import { snapshotBytes } from "../support/snapshot.ts";
import { rancherKey, snapshotHosts, someKeys, TAKEN_AT } from "../support/snapshotHosts.ts";
import type { SnapshotNode } from "../support/snapshotNode.ts";

const SNAPSHOT = snapshotBytes();

const clusterOf = (modified: number, kubernetesVersion: string) => {
  const spec = { displayName: "shop", rancherKubernetesEngineConfig: { kubernetesVersion } };
  const status = { driver: "rancherKubernetesEngine", serviceAccountToken: "hunter3" };
  return rancherKey("clusters/c-1", modified, { spec, status }, 5);
};

/** Three etcd hosts: all but the first have the snapshot, and those of `able` what it needs to open it. */
function hosts({ able = [1] }: { able?: number[] } = {}) {
  const opened = [rancherKey("users/u-1", 5, { username: "gone" }), clusterOf(5, "v1.20.15-rancher2-2")];
  const anna = rancherKey("users/u-2", 15, { username: "anna", password: "hunter2" });
  const made = snapshotHosts({
    opened: [...someKeys(), ...opened],
    live: [...someKeys(), clusterOf(15, "v1.22.9-rancher1-1"), anna],
    reachable: able,
  });
  const { settings } = made;
  const host = made.hosts[1] as SnapshotNode;
  for (const at of able) made.hosts[at]?.put("base", SNAPSHOT);
  const snapshot = {
    ...{ file: "base", bytes: SNAPSHOT.length, unpacked: SNAPSHOT.length, sha256: "", content: "", state: true },
  };
  const { tool: _, ...withoutTool } = someFacts();
  const readings = settings.cluster.nodes.map(
    (node, at): NodeReading => ({
      ...{ node, state: { unreachable: { message: "", remedy: "" } }, about: { certificates: [] }, restores: [] },
      ...(at > 0 && { proof: { snapshot, fetched: false, kept: [] } }),
      inPlace: able.includes(at) ? someFacts() : withoutTool,
      ...(able.includes(at) && { etcd: { clusterId: "1", members: {}, statuses: [] } }),
    }),
  );
  return { settings, readings, host, third: made.hosts[2] as SnapshotNode };
}

describe("the preview that opens the snapshot", () => {
  test("on a host that can tells what is lost and what the snapshot is, and leaves nothing", async () => {
    const { settings, readings, host } = hosts();
    const { loss, content, downstream } = await readOpened(settings, readings);
    expect(loss).toMatchObject({
      ...{ on: "node2", revision: 10, liveRevision: 20, lineage: "same" },
      kinds: [
        { kind: "users", created: { count: 1, names: ["anna"] }, deleted: { count: 1, names: ["gone"] } },
        { kind: "clusters", changed: { count: 1, names: ["shop"] } },
      ],
    });
    expect(downstream.clusters).toMatchObject([
      { id: "c-1", name: "shop", kind: "rke1", hazards: [{ hazard: "kubernetes-changed", now: "v1.22.9-rancher1-1" }] },
    ]);
    expect(content).toEqual({ takenAt: TAKEN_AT, clusterUid: "uid-of-this", rancher: "v2.5.8" });
    expect([containersOf(host), foldersOf(host)]).toEqual([[], []]);
  });

  test("says on which host it failed, and why", async () => {
    const { settings, readings, host } = hosts();
    textFile(join(host.root, "broken"), "run*restore*\n");
    expect(await readOpened(settings, readings)).toEqual(
      notOpened("node2: etcd cannot restore base: no luck with run"),
    );
  });

  test("opens it on the next host where the first itself is to blame, and says of each why not where none can", async () => {
    const { settings, readings, host, third } = hosts({ able: [1, 2] });
    fakeDf(host, 1000);
    expect((await readOpened(settings, readings)).loss).toMatchObject({ on: "node3", revision: 10 });
    textFile(join(third.root, "broken"), "run*--detach*\n");
    const { loss } = await readOpened(settings, readings);
    expect(loss).toEqual({
      unknown: expect.stringMatching(/^node2: opening the snapshot needs .*; node3: etcd does not start on base: .*/),
    });
  });

  test("goes on without it where what the snapshot says is not understood", async () => {
    const { settings, readings } = hosts();
    const broken = { ...settings, rancher: undefined as never };
    const { loss } = await readOpened(broken, readings);
    expect(loss).toEqual({ unknown: expect.stringMatching(/^what the snapshot says is not understood: /) });
  });

  test("tells what the snapshot is where the live etcd does not answer", async () => {
    const { settings, readings, host } = hosts();
    textFile(join(host.root, "broken"), "exec*:2379?etcd?etcdctl*\n");
    expect(await readOpened(settings, readings)).toEqual({
      loss: { unknown: "the snapshot has 5 keys, and etcd on node2 cannot be read: no luck with exec" },
      content: expect.objectContaining({ rancher: "v2.5.8" }),
      downstream: {
        ...{ unknown: "etcd cannot be read: no luck with exec", common: [] },
        clusters: [expect.objectContaining({ name: "shop", hazards: [] })],
      },
    });
  });

  test("opens nothing where no host has the snapshot, or none an etcd that restores it", async () => {
    const { settings, readings } = hosts();
    expect(await readOpened(settings, readings.slice(0, 1))).toEqual(notOpened("the snapshot is on no etcd host yet"));
    expect(await readOpened(settings, readings.slice(2))).toEqual(
      notOpened("no host that has base has an etcd image that restores it"),
    );
  });

  const nobody = "the snapshot is on no etcd host yet";
  const needed = "an etcd image in Docker on this machine, or etcd and etcdctl on its PATH";

  test("opens a file that no host has yet on this machine, and says what it holds", async () => {
    const { settings, host } = hosts();
    vi.stubEnv("PATH", `${host.bin}:/usr/bin:/bin`);
    vi.stubEnv("DOCKER_HOST", undefined);
    textFile(join(host.root, "images"), "sha256:e rancher/coreos-etcd\n");
    const source = { kind: "file" as const, path: join(host.snapshots, "base") };
    expect(await readOpened({ ...settings, source }, [])).toEqual({
      loss: {
        unknown:
          "the snapshot has 5 keys, and etcd on this machine cannot be read: there is no etcd of the cluster on this machine",
      },
      content: { takenAt: TAKEN_AT, clusterUid: "uid-of-this", rancher: "v2.5.8" },
      downstream: expect.objectContaining({ clusters: [expect.objectContaining({ name: "shop" })] }),
    });
    expect(await readOpened({ ...settings, source: { ...source, path: "/none/base" } }, [])).toEqual(
      notOpened(`${nobody}; this machine: /none/base cannot be read`),
    );
  });

  test("names what it takes to see what a snapshot holds that no host has yet", async () => {
    const { settings, host } = hosts();
    const path = join(host.snapshots, "base");
    host.remove("docker");
    vi.stubEnv("PATH", `${host.bin}:/usr/bin:/bin`);
    expect(await readOpened({ ...settings, source: { kind: "file", path } }, [])).toEqual(
      notOpened(`${nobody}; to see what it holds, have ${needed}`),
    );
    for (const source of [
      { kind: "url" as const, url: "https://x" },
      { kind: "s3" as const, bucket: "b" },
    ]) {
      expect(await readOpened({ ...settings, source }, [])).toEqual(
        notOpened(`${nobody}; to see what it holds, fetch it, set snapshotSource to file:PATH, and have ${needed}`),
      );
    }
  });
});

test("an API key is asked about however many nodes were written again, which the downstream clusters are asked about", () => {
  const nodes = Array.from({ length: 3000 }, (_, at) => `/registry/management.cattle.io/nodes/c-1/m-${at}`);
  const token = "/registry/management.cattle.io/tokens/token-ci";
  const index = (revision: number, keys: string[]) => ({
    revision,
    keys: new Map(keys.map((key) => [key, { created: 1, modified: revision }])),
  });
  const opening = { opened: index(10, nodes), live: { ...index(20, [...nodes, token]), quorum: true } };
  const asked = questionsOf(opening, hosts().settings).map(({ key }) => key);
  expect(asked).toContain(token);
  expect(new Set(asked).size).toBe(asked.length);
});
