import { describe, expect, test } from "vitest";
import type { RestoreRecord } from "../../../cluster/history/restores.ts";
import { bumpsRevision, type DecisionArgs, decideWay, oldDataOn } from "../../../cluster/inPlace/decision.ts";
import type { Exchange, HostReading, InPlaceFacts } from "../../../cluster/inPlace/facts.ts";
import type { StateContent } from "../../../cluster/inPlace/stateContent.ts";
import { someFacts } from "./someFacts.ts";

const NODES = ["node1", "node2", "node3"];
const hosts = (changes: Record<string, Partial<InPlaceFacts>> = {}): HostReading[] =>
  NODES.map((node) => ({ node, facts: someFacts({ ...changes.all, ...changes[node] }) }));
const STATE: StateContent = {
  kubernetesVersion: "v1.20.15-rancher2-2",
  kubernetesImage: "rancher/hyperkube:v1.20.15-rancher2",
  ca: "1",
  serviceAccountKey: "2",
};

const decide = (changes: Partial<DecisionArgs> = {}) =>
  decideWay({
    restoreWith: "auto",
    asked: { snapshot: "base", run: 1 },
    rke: { major: 1, minor: 8, patch: 0, text: "v1.8.0" },
    replaced: [],
    hosts: hosts(),
    records: [],
    snapshotBytes: 100e6,
    localState: STATE,
    ...changes,
  });

const record = (changes: Partial<RestoreRecord> = {}): RestoreRecord => ({
  ...{ snapshot: "base", run: 1, startedAt: "2026-11-23T03:00:00Z", finishedAt: "2026-11-23T03:01:00Z" },
  ...{ stack: "prod", holder: "op@desk", inPlace: { id: "rollback-1" } },
  safetyCopy: { name: "safety-1", rancherImage: "rancher/rancher:v2.5.9" },
  ...changes,
});
const exchange = (changes: Partial<Exchange> = {}): Exchange => ({
  ...{ id: "rollback-1", hasNew: false, hasOld: true, oldKiB: 500 },
  ...changes,
});

describe("etcd is restored in place", () => {
  test("where every host can", () => {
    expect(decide()).toEqual({
      way: "in-place",
      reasons: ["all 3 etcd hosts have etcdctl 3.4.15 and room for the data beside the data"],
    });
  });

  test("where the snapshot has the state file of the Kubernetes that runs, or none", () => {
    expect(decide({ hosts: hosts({ all: { snapshotState: STATE } }) }).way).toBe("in-place");
    expect(decide({ hosts: hosts({ all: { snapshotState: "none" } }) }).way).toBe("in-place");
    const registry = { kubernetesImage: "registry.example.com:5000/rancher/hyperkube:v1.20.15-rancher2" };
    expect(decide({ hosts: hosts({ all: { snapshotState: STATE, ...registry } }) }).way).toBe("in-place");
  });

  test("with a container of etcd that does not run", () => {
    const { container } = someFacts();
    const exited = container && { container: { ...container, status: "exited" } };
    expect(decide({ hosts: hosts({ node2: exited ?? {} }) }).way).toBe("in-place");
  });
});

const { container } = someFacts() as { container: NonNullable<InPlaceFacts["container"]> };
const withArgs = (...args: string[]) => ({ container: { ...container, args: [...container.args, ...args] } });

describe("etcd is restored by RKE, with the reason", () => {
  test.each<[string, Partial<DecisionArgs>, string]>([
    ["where a node is replaced", { replaced: ["node3"] }, "node3 is replaced: RKE sets up the new node"],
    [
      "with an RKE that keeps no state",
      { rke: { major: 0, minor: 1, patch: 20, text: "v0.1.20" } },
      "RKE v0.1.20 keeps no state file that could be compared",
    ],
    [
      "where a host does not answer",
      {
        hosts: [
          ...hosts().slice(1),
          { node: "node1", facts: { unreachable: { message: "node1 is silent", remedy: "" } } },
        ],
      },
      "node1 is silent",
    ],
    [
      "where the images differ",
      { hosts: hosts({ node2: { container: { ...container, image: "etcd:other" } } }) },
      "the etcd hosts have different images of etcd: rancher/mirrored-coreos-etcd:v3.4.15-rancher1, etcd:other",
    ],
    [
      "where member is a mount",
      { hosts: hosts({ node2: { mounts: ["/var/lib/etcd/member"] } }) },
      "node2: /var/lib/etcd/member is a mount or a link, which cannot be exchanged by rename",
    ],
    [
      "where the disk is short",
      { hosts: hosts({ node2: { freeKiB: 300_000 } }), snapshotBytes: 2e9 },
      "node2: there are 292 MiB in /var/lib/etcd, 4070 MiB are needed for the data beside the data",
    ],
    [
      "where etcd logs elsewhere",
      { hosts: hosts({ node2: withArgs("--wal-dir=/wal") }) },
      "node2: etcd keeps its log in /wal",
    ],
    ["where etcd has no data", { hosts: hosts({ node2: { hasMember: false } }) }, "node2: there are no data of etcd"],
    [
      "where the snapshot is of another Kubernetes",
      {
        hosts: hosts({
          all: {
            snapshotState: {
              ...STATE,
              kubernetesVersion: "v1.19.16-rancher1-1",
              kubernetesImage: "rancher/hyperkube:v1.19.16-rancher1",
            },
          },
        }),
      },
      "the snapshot is of Kubernetes v1.19.16-rancher1-1, rancher/hyperkube:v1.20.15-rancher2 runs",
    ],
    [
      "where keys changed since the snapshot",
      { hosts: hosts({ all: { snapshotState: { ...STATE, serviceAccountKey: "other" } } }) },
      "since the snapshot was saved, the key that signs tokens of service accounts changed: RKE brings back the earlier one",
    ],
    [
      "where secrets were encrypted since the snapshot",
      { hosts: hosts({ all: { snapshotState: STATE } }), localState: { ...STATE, encryption: "3" } },
      "since the snapshot was saved, the keys that encrypt secrets in etcd changed: RKE brings back the earlier one",
    ],
  ])("%s", (_, args, reason) => {
    expect(decide(args)).toEqual({ way: "rke", reasons: [reason] });
  });

  test("where nothing in the image restores, and there is no container at all", () => {
    const { tool: _, ...noTool } = someFacts();
    const { container: __, ...gone } = someFacts();
    const decision = decide({
      hosts: [
        { node: "node1", facts: noTool },
        { node: "node2", facts: gone },
      ],
    });
    expect(decision).toEqual({
      way: "rke",
      reasons: [
        "node1: nothing in rancher/mirrored-coreos-etcd:v3.4.15-rancher1 restores a snapshot",
        "node2: there is no container etcd",
      ],
    });
  });

  test.each([
    ["3.4.26", "in-place"],
    ["3.5.0", "rke"],
    ["3.5.2", "rke"],
    ["3.5.3", "in-place"],
  ] as const)("where etcd loses data when it is stopped at once, as 3.5.0 to 3.5.2 do: %s", (version, way) => {
    const tool = { name: "etcdctl" as const, version, bumpsRevision: false };
    const decision = decide({ hosts: hosts({ all: { tool } }) });
    expect(decision.way).toBe(way);
    if (way === "rke") expect(decision.reasons).toHaveLength(3);
    if (way === "rke")
      expect(decision.reasons[0]).toBe(`node1: etcd ${version} can lose data when it is stopped at once (etcd#13766)`);
  });

  test("where that is asked for, even with an exchange that was begun", () => {
    const begun = { records: [record()], hosts: hosts({ all: { exchanges: [exchange()] } }) };
    expect(decide({ restoreWith: "rke", ...begun })).toEqual({ way: "rke", reasons: ["restoreWith is rke"] });
  });
});

test("in place that is demanded and impossible is a problem, with all reasons and a remedy", () => {
  const decision = decide({
    restoreWith: "in-place",
    replaced: ["node3"],
    hosts: hosts({ node1: { hasMember: false } }),
  });
  expect(decision).toEqual({
    way: "in-place",
    reasons: ["restoreWith is in-place"],
    problem: {
      message:
        "etcd cannot be restored in place: node3 is replaced: RKE sets up the new node; node1: there are no data of etcd",
      remedy: { text: "let RKE restore it", pulumi: "config set restoreWith rke" },
    },
  });
});

describe("the old data are renamed back", () => {
  const back: Partial<DecisionArgs> = {
    asked: { snapshot: "safety-1", run: 1 },
    records: [record({ snapshot: "older", startedAt: "2026-11-22T03:00:00Z" }), record()],
    hosts: hosts({ all: { exchanges: [exchange()] } }),
  };

  test("where its safety copy is asked for and they are on every host", () => {
    expect(decide(back)).toEqual({
      way: "rename-back",
      from: "rollback-1",
      reasons: ["the old data of the restore of base are on all 3 etcd hosts"],
    });
  });

  test.each<[string, Partial<DecisionArgs>]>([
    [
      "where something was restored since",
      {
        records: [
          record(),
          record({
            snapshot: "later",
            safetyCopy: undefined,
            startedAt: "2026-11-24T03:00:00Z",
          } as Partial<RestoreRecord>),
        ],
      },
    ],
    [
      "where they are gone on one host",
      { hosts: hosts({ all: { exchanges: [exchange()] }, node2: { exchanges: [] } }) },
    ],
    ["where that restore was RKE's", { records: [{ ...record(), inPlace: undefined } as unknown as RestoreRecord] }],
    ["where another snapshot is asked for", { asked: { snapshot: "base", run: 2 } }],
  ])("but not %s: then the snapshot is restored", (_, changes) => {
    expect(decide({ ...back, ...changes }).way).toBe("in-place");
  });
});

describe("an exchange that an earlier run has begun is finished", () => {
  const { finishedAt: _, ...unfinished } = record();

  test("in place, whatever else rules it out", () => {
    const args = {
      records: [unfinished],
      hosts: hosts({
        node1: { exchanges: [exchange()], freeKiB: 0 },
        node2: { exchanges: [exchange({ hasNew: true, hasOld: false })] },
      }),
    };
    expect(decide(args)).toEqual({
      way: "in-place",
      resume: "rollback-1",
      reasons: ["an earlier run has begun to exchange the data of etcd: node1"],
    });
  });

  test("by the rename back that it was", () => {
    const about = {
      snapshot: "base",
      run: 1,
      startedAt: "2026-11-23T03:00:00Z",
      way: "rename-back",
      from: "rollback-0",
    } as const;
    const args = {
      records: [unfinished],
      hosts: hosts({ node3: { hasMember: false, exchanges: [exchange({ about })] } }),
    };
    expect(decide(args)).toMatchObject({ way: "rename-back", resume: "rollback-1", from: "rollback-0" });
  });

  test("but started over where no host has gone through it", () => {
    const prepared = exchange({ hasNew: true, hasOld: false });
    expect(decide({ records: [unfinished], hosts: hosts({ all: { exchanges: [prepared] } }) })).not.toHaveProperty(
      "resume",
    );
  });
});

test("the revision is raised only where every host can", () => {
  const tool = { name: "etcdutl", version: "3.5.21", bumpsRevision: true } as const;
  expect(bumpsRevision(hosts({ all: { tool } }))).toBe(true);
  expect(bumpsRevision(hosts({ node1: { tool } }))).toBe(false);
  expect(bumpsRevision([])).toBe(false);
});

test("the old data of all exchanges are named by host and path", () => {
  expect(
    oldDataOn(hosts({ node2: { exchanges: [exchange(), exchange({ id: "rollback-2", hasOld: false })] } })),
  ).toEqual([
    { node: "node2", id: "rollback-1", kib: 500, path: "/var/lib/etcd/.rancher-rollback/rollback-1/old/member" },
  ]);
});
