import { expect, test } from "vitest";
import { type Reason, reasonSchema } from "../../cluster/inPlace/way.ts";
import { impossibleInPlace, reasonText, withoutContainer } from "../../messages/restoreReasons.ts";

const node = "node1";

/** Reasons of every kind, and what the operator reads. */
const TEXTS: [Reason, string][] = [
  [{ kind: "asked-for", restoreWith: "rke" }, "restoreWith is rke"],
  [
    { kind: "cluster-not-read", restoreWith: "auto", why: "readCluster is false" },
    "restoreWith is auto, and the cluster was not read: readCluster is false",
  ],
  [
    { kind: "hosts-ready", hosts: 3, tool: "etcdctl 3.4.15" },
    "all 3 etcd hosts have etcdctl 3.4.15 and enough disk space for a second copy of etcd's data",
  ],
  [
    { kind: "hosts-ready", hosts: 1, tool: "etcdutl 3.5.21" },
    "the etcd host has etcdutl 3.5.21 and enough disk space for a second copy of etcd's data",
  ],
  [
    { kind: "exchange-begun", nodes: ["node1", "node3"] },
    "an earlier run has begun to exchange the data of etcd: node1, node3",
  ],
  [
    { kind: "old-data-kept", snapshot: "base", hosts: 3 },
    "the old data of the restore of base are on all 3 etcd hosts",
  ],
  [{ kind: "node-replaced", node }, "node1 is replaced: RKE sets up the new node"],
  [{ kind: "rke-without-state", rke: "v0.1.20" }, "RKE v0.1.20 keeps no state file that could be compared"],
  [{ kind: "host-not-read", node, why: "node1 is silent" }, "node1 is silent"],
  [{ kind: "no-container", node }, "node1: there is no container etcd"],
  [{ kind: "component-missing", node, components: ["kube-scheduler"] }, "node1: there is no container kube-scheduler"],
  [
    { kind: "component-missing", node, components: ["kube-apiserver", "kube-scheduler"] },
    "node1: there are no containers kube-apiserver, kube-scheduler",
  ],
  [{ kind: "no-data", node }, "node1: etcd has no data"],
  [{ kind: "data-elsewhere", node, path: "/data" }, "node1: etcd keeps its data in /data"],
  [{ kind: "data-elsewhere", node }, "node1: etcd keeps its data in an unknown place"],
  [{ kind: "log-elsewhere", node, path: "/wal" }, "node1: etcd keeps its log in /wal"],
  [{ kind: "argument-missing", node, argument: "name" }, "node1: etcd was started without --name"],
  [
    { kind: "mount", node, path: "/var/lib/etcd/member" },
    "node1: /var/lib/etcd/member is a mount or a link, which cannot be exchanged by rename",
  ],
  [{ kind: "no-restore-tool", node, image: "etcd:v3" }, "node1: etcd:v3 has no tool that restores snapshots"],
  [
    { kind: "no-hash", node, version: "3.2.24" },
    "node1: etcd 3.2.24 has no hash of its data (endpoint hashkv, etcd 3.3 and later), by which they are proven",
  ],
  [
    { kind: "unsafe-to-kill", node, version: "3.5.0" },
    "node1: etcd 3.5.0 can lose data when it is killed (etcd#13766)",
  ],
  [
    { kind: "no-room", node, path: "/var/lib/etcd", freeMiB: 292, neededMiB: 4070 },
    "node1: there are 292 MiB in /var/lib/etcd, 4070 MiB are needed for a second copy of etcd's data",
  ],
  [
    { kind: "hosts-differ", what: "etcd-image", values: ["etcd:v3", "etcd:other"] },
    "the etcd hosts have different images of etcd: etcd:v3, etcd:other",
  ],
  [
    { kind: "other-kubernetes", holds: "v1.19.16-rancher1-1", runs: "rancher/hyperkube:v1.20.15-rancher2" },
    "the snapshot has Kubernetes v1.19.16-rancher1-1, the cluster runs rancher/hyperkube:v1.20.15-rancher2",
  ],
  [{ kind: "other-kubernetes" }, "the snapshot has an unknown Kubernetes version, the cluster runs none"],
  [{ kind: "no-local-state" }, "there is no state file of RKE to compare the snapshot's with"],
  [
    { kind: "key-changed", key: "ca" },
    "since the snapshot was saved, the cluster's CA changed: RKE brings back the earlier one",
  ],
];

test.each(TEXTS)("why etcd is restored so is data by its schema, and is worded: %o", (reason, text) => {
  expect(reasonSchema.parse(reason)).toEqual(reason);
  expect(reasonText(reason)).toBe(text);
});

test("the reasons that are tried here are of every kind", () => {
  const kinds = reasonSchema.options.map(({ shape }) => shape.kind.value);
  expect(new Set(TEXTS.map(([{ kind }]) => kind))).toEqual(new Set(kinds));
});

test("in place that is demanded and impossible is a problem, with all reasons and a remedy", () => {
  expect(
    impossibleInPlace([
      { kind: "node-replaced", node: "node3" },
      { kind: "no-data", node },
    ]),
  ).toEqual({
    message: "etcd cannot be restored in place: node3 is replaced: RKE sets up the new node; node1: etcd has no data",
    remedy: { text: "let RKE restore it", pulumi: "config set restoreWith rke" },
  });
});

test("in place that is demanded while an etcd host does not answer is no reason to let RKE wipe it", () => {
  const why = "node2: Docker does not answer: no daemon";
  expect(impossibleInPlace([{ kind: "host-not-read", node: "node2", why }])).toEqual({
    message: `etcd cannot be restored in place: ${why}`,
    remedy: "look at node2; run this again once every etcd host answers",
  });
});

test("a host whose Docker does not answer is not told to have lost its etcd", () => {
  expect(withoutContainer("node2", {}).message).toBe("node2: there is no container etcd");
  expect(withoutContainer("node2", { dockerSaid: "no daemon" })).toEqual({
    message: "node2: Docker does not answer: no daemon",
    remedy: "look at Docker on node2",
  });
});
