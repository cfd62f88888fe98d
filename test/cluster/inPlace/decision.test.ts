import { describe, expect, test } from "vitest";
import type { DecisionArgs } from "../../../cluster/inPlace/decision.ts";
import type { InPlaceFacts } from "../../../cluster/inPlace/facts.ts";
import type { Reason } from "../../../cluster/inPlace/way.ts";
import { decide, exchange, hosts, NODES, record, STATE } from "./someDecision.ts";
import { someFacts } from "./someFacts.ts";

describe("etcd is restored in place", () => {
  test("where every host can", () => {
    expect(decide()).toEqual({ way: "in-place", reasons: [{ kind: "hosts-ready", hosts: 3, tool: "etcdctl 3.4.15" }] });
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

/** What a host says whose Docker does not answer. */
function withoutDocker(): InPlaceFacts {
  const { container: _, kubernetesImage: __, tool: ___, ...facts } = someFacts({ snapshotState: STATE });
  return { ...facts, dockerSaid: "no daemon" };
}

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
      "where a host's Docker does not answer, so that nothing is known of its etcd and its Kubernetes",
      { hosts: [...hosts({ all: { snapshotState: STATE } }).slice(1), { node: "node1", facts: withoutDocker() }] },
      { kind: "host-not-read", node: "node1", why: "node1: Docker does not answer: no daemon" },
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
