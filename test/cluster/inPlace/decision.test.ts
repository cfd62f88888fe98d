import { describe, expect, test } from "vitest";
import type { RestoreRecord } from "../../../cluster/history/restores.ts";
import { bumpsRevision, type DecisionArgs, decideWay, oldDataOn } from "../../../cluster/inPlace/decision.ts";
import type { Exchange, HostReading, InPlaceFacts } from "../../../cluster/inPlace/facts.ts";
import type { StateContent } from "../../../cluster/inPlace/stateContent.ts";
import type { Reason } from "../../../cluster/inPlace/way.ts";
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
    incomplete: [],
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
const BEFORE = { clusterId: "1", revision: "20" };
const ABOUT = { snapshot: "base", run: 1, startedAt: "2026-11-23T03:00:00Z", way: "in-place" } as const;
const exchange = (changes: Partial<Exchange> = {}): Exchange => ({
  ...{ id: "rollback-1", hasNew: false, hasOld: true, oldKiB: 500 },
  ...changes,
});

describe("etcd is restored in place", () => {
  test("where every host can", () => {
    expect(decide()).toEqual({
      way: "in-place",
      reasons: [{ kind: "hosts-ready", hosts: 3, tool: "etcdctl 3.4.15" }],
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
  test.each<[string, Partial<DecisionArgs>, Reason]>([
    ["where a node is replaced", { replaced: ["node3"] }, { kind: "node-replaced", node: "node3" }],
    [
      "with an RKE that keeps no state",
      { rke: { major: 0, minor: 1, patch: 20, text: "v0.1.20" } },
      { kind: "rke-without-state", rke: "v0.1.20" },
    ],
    [
      "where a host does not answer",
      {
        hosts: [
          ...hosts().slice(1),
          { node: "node1", facts: { unreachable: { message: "node1 is silent", remedy: "" } } },
        ],
      },
      { kind: "host-not-read", node: "node1", why: "node1 is silent" },
    ],
    [
      "where a control plane lacks a container, which could not be started again",
      { incomplete: [{ node: "cp1", components: ["kube-scheduler"] }] },
      { kind: "component-missing", node: "cp1", components: ["kube-scheduler"] },
    ],
    [
      "where the images differ",
      { hosts: hosts({ node2: { container: { ...container, image: "etcd:other" } } }) },
      {
        kind: "hosts-differ",
        what: "etcd-image",
        values: ["rancher/mirrored-coreos-etcd:v3.4.15-rancher1", "etcd:other"],
      },
    ],
    [
      "where member is a mount",
      { hosts: hosts({ node2: { mounts: ["/var/lib/etcd/member"] } }) },
      { kind: "mount", node: "node2", path: "/var/lib/etcd/member" },
    ],
    [
      "where the disk is short",
      { hosts: hosts({ node2: { freeKiB: 300_000 } }), snapshotBytes: 2e9 },
      { kind: "no-room", node: "node2", path: "/var/lib/etcd", freeMiB: 292, neededMiB: 4070 },
    ],
    [
      "where etcd logs elsewhere",
      { hosts: hosts({ node2: withArgs("--wal-dir=/wal") }) },
      { kind: "log-elsewhere", node: "node2", path: "/wal" },
    ],
    ["where etcd has no data", { hosts: hosts({ node2: { hasMember: false } }) }, { kind: "no-data", node: "node2" }],
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
      { kind: "other-kubernetes", holds: "v1.19.16-rancher1-1", runs: "rancher/hyperkube:v1.20.15-rancher2" },
    ],
    [
      "where keys changed since the snapshot",
      { hosts: hosts({ all: { snapshotState: { ...STATE, serviceAccountKey: "other" } } }) },
      { kind: "key-changed", key: "service-account" },
    ],
    [
      "where secrets were encrypted since the snapshot",
      { hosts: hosts({ all: { snapshotState: STATE } }), localState: { ...STATE, encryption: "3" } },
      { kind: "key-changed", key: "encryption" },
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
        { kind: "no-restore-tool", node: "node1", image: "rancher/mirrored-coreos-etcd:v3.4.15-rancher1" },
        { kind: "no-container", node: "node2" },
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
    const reasons = NODES.map((node) => ({ kind: "unsafe-to-kill", node, version }));
    if (way === "rke") expect(decision.reasons).toEqual(reasons);
  });

  test.each([
    ["3.2.24", "rke"],
    ["3.3.10", "in-place"],
  ] as const)("where etcd cannot prove by a hash what it serves, as before 3.3: %s", (version, way) => {
    const decision = decide({ hosts: hosts({ all: { tool: { name: "etcdctl", version, bumpsRevision: false } } }) });
    expect(decision.way).toBe(way);
    if (way === "rke") expect(decision.reasons).toEqual(NODES.map((node) => ({ kind: "no-hash", node, version })));
  });

  test("where that is asked for, even with an exchange that was begun", () => {
    const begun = { records: [record()], hosts: hosts({ all: { exchanges: [exchange()] } }) };
    expect(decide({ restoreWith: "rke", ...begun })).toEqual({
      way: "rke",
      reasons: [{ kind: "asked-for", restoreWith: "rke" }],
    });
  });
});

test("in place that is demanded and impossible has all that rules it out", () => {
  const decision = decide({
    restoreWith: "in-place",
    replaced: ["node3"],
    hosts: hosts({ node1: { hasMember: false } }),
  });
  expect(decision).toEqual({
    way: "in-place",
    reasons: [{ kind: "asked-for", restoreWith: "in-place" }],
    impossible: [
      { kind: "node-replaced", node: "node3" },
      { kind: "no-data", node: "node1" },
    ],
  });
});

describe("the old data are renamed back", () => {
  const ASKED = { snapshot: "safety-1", run: 1 };
  const back: Partial<DecisionArgs> = {
    asked: ASKED,
    records: [record({ snapshot: "older", startedAt: "2026-11-22T03:00:00Z" }), record()],
    hosts: hosts({ all: { exchanges: [exchange()] } }),
  };

  test.each([undefined, 3])(
    "where its safety copy is asked for and they are on every host (members: %s)",
    (members) => {
      const about = { ...ABOUT, before: { ...BEFORE, ...(members !== undefined && { members }) } };
      expect(decide({ ...back, hosts: hosts({ all: { exchanges: [exchange({ about })] } }) })).toEqual({
        way: "rename-back",
        from: "rollback-1",
        reasons: [{ kind: "old-data-kept", snapshot: "base", hosts: 3 }],
      });
    },
  );

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
    [
      "where a member of theirs has left the cluster since, without which they cannot be proven",
      { hosts: hosts({ all: { exchanges: [exchange({ about: { ...ABOUT, before: { ...BEFORE, members: 4 } } })] } }) },
    ],
    ["where that restore was RKE's", { records: [{ ...record(), inPlace: undefined } as unknown as RestoreRecord] }],
    ["where another snapshot is asked for", { asked: { snapshot: "base", run: 2 } }],
  ])("but not %s: then the snapshot is restored", (_, changes) => {
    expect(decide({ ...back, ...changes }).way).toBe("in-place");
  });

  test("also where an earlier rename back was cut off that had taken them on a host", () => {
    const about = { ...ASKED, startedAt: "2026-11-23T04:00:00Z", way: "rename-back", from: "rollback-1" } as const;
    const taken = exchange({ id: "rollback-2", hasNew: true, hasOld: false, about });
    const { finishedAt: _, ...cutOff } = record({
      ...ASKED,
      startedAt: about.startedAt,
      inPlace: { id: "rollback-2" },
    });
    const args = {
      ...back,
      records: [record(), cutOff],
      hosts: hosts({ all: { exchanges: [exchange()] }, node2: { exchanges: [exchange({ hasOld: false }), taken] } }),
    };
    expect(decide(args)).toMatchObject({ way: "rename-back", from: "rollback-1" });
    // Where RKE is to restore they are deleted like all old data.
    expect(oldDataOn(args.hosts)).toContainEqual({ node: "node2", id: "rollback-2", at: about.startedAt, taken: true });
  });

  test("but not beside a host without a container, whose etcd would be missing", () => {
    const { container: _, ...gone } = someFacts({ exchanges: [exchange()] });
    const alike = hosts({ all: { exchanges: [exchange()] } });
    expect(decide({ ...back, hosts: [...alike.slice(0, 2), { node: "node3", facts: gone }] })).toEqual({
      way: "rke",
      reasons: [{ kind: "no-container", node: "node3" }],
    });
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
      reasons: [{ kind: "exchange-begun", nodes: ["node1"] }],
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

test("the old data of all exchanges are named by host", () => {
  expect(
    oldDataOn(hosts({ node2: { exchanges: [exchange(), exchange({ id: "rollback-2", hasOld: false })] } })),
  ).toEqual([{ node: "node2", id: "rollback-1" }]);
});
