import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../../settings/settings.ts";
import { clusterFileIn } from "./clusterFile.ts";
import type { FakeKey } from "./fakeEtcdctl.ts";
import { tempFolder, textFile } from "./folder.ts";
import { openedDocker } from "./openedDocker.ts";
import { stored } from "./protobuf.ts";
import { someSettings } from "./settings.ts";
import { snapshotBytes } from "./snapshot.ts";
import { reach, SnapshotNode } from "./snapshotNode.ts";

const TOOLS =
  "sh dd wc od tail head tee cat cp sleep date mkdir rm ln ls df du mv gzip sed tr base64 awk id stat sha256sum sync dirname touch".split(
    " ",
  );

/** When the snapshots of these hosts were taken, by the heartbeat in them. */
export const TAKEN_AT = "2026-11-27T09:10:00.000Z";

/** An object of Rancher's, by its kind and name. */
export function rancherKey(path: string, modified: number, value: object, created = modified): FakeKey {
  return { key: `/registry/management.cattle.io/${path}`, created, modified, value: `${JSON.stringify(value)}\n` };
}

/** What every etcd of the cluster holds. */
export function someKeys(uid = "uid-of-this"): FakeKey[] {
  const seconds = Date.parse(TAKEN_AT) / 1000;
  return [
    {
      ...{ key: "/registry/namespaces/kube-system", created: 2, modified: 2 },
      value: stored("Namespace", { 1: { 5: uid } }),
    },
    {
      ...{ key: "/registry/leases/kube-node-lease/node1", created: 3, modified: 3 },
      value: stored("Lease", { 2: { 4: { 1: seconds } } }),
    },
    rancherKey("settings/server-version", 4, { value: "v2.5.8" }),
  ];
}

/** Users of Rancher's, by number. */
export function someUsers(from: number, count: number): FakeKey[] {
  return Array.from({ length: count }, (_, at) => rancherKey(`users/u-${from + at}`, from + at, { username: "anna" }));
}

/**
 * A cluster of three etcd hosts, 198.18.0.11 to .13, on which snapshots are listed and opened. What `opened` holds is in
 * every snapshot, `live` in the etcd of each host. Only those of `reachable` answer.
 */
export function snapshotHosts({
  opened = someKeys(),
  live = [...someKeys(), ...someUsers(15, 2)],
  reachable = [0, 1, 2],
}: {
  opened?: FakeKey[];
  live?: FakeKey[];
  reachable?: number[];
} = {}): { settings: Settings; hosts: SnapshotNode[]; folder: string } {
  const folder = tempFolder();
  const { cluster, ...settings } = someSettings();
  const nodes = cluster.nodes.map(
    ({ name, address }) =>
      `  - {address: ${address}, hostname_override: ${name}, user: root, role: [controlplane, etcd, worker]}\n`,
  );
  const path = clusterFileIn(folder, `nodes:\n${nodes.join("")}`);
  textFile(
    join(folder, "rancher-cluster.rkestate"),
    JSON.stringify({ desiredState: {}, currentState: { rkeConfig: { kubernetesVersion: "v1.20.15-rancher2-2" } } }),
  );
  const hosts = cluster.nodes.map(() => {
    const host = new SnapshotNode(TOOLS);
    for (const name of ["rancher-rollback", "etcd"]) mkdirSync(join(host.root, name));
    writeFileSync(join(host.root, "saved"), snapshotBytes());
    openedDocker(host, { revision: 10, keys: opened }, { revision: 20, keys: live });
    return host;
  });
  const answering = reachable.map((at) => [cluster.nodes[at]?.address ?? "", hosts[at] as SnapshotNode] as const);
  reach(Object.fromEntries(answering));
  const kubeconfig = join(folder, "kube_config_rancher-cluster.yml");
  const stateFile = join(folder, "rancher-cluster.rkestate");
  return { settings: { ...settings, cluster: { ...cluster, path, kubeconfig, stateFile } }, hosts, folder };
}

/** Puts a file onto each host. */
export function putOnAll(hosts: SnapshotNode[], file: string, content: Buffer): void {
  for (const host of hosts) writeFileSync(join(host.snapshots, file), content);
}
