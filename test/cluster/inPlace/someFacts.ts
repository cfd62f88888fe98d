import type { InPlaceFacts } from "../../../cluster/inPlace/facts.ts";

/** An etcd host of a healthy cluster, as it answers. */
export function someFacts(changes: Partial<InPlaceFacts> = {}): InPlaceFacts {
  return {
    container: {
      status: "running",
      imageId: "sha256:1234",
      image: "rancher/mirrored-coreos-etcd:v3.4.15-rancher1",
      args: [
        "--client-cert-auth",
        "--name=etcd-node1",
        "--data-dir=/var/lib/rancher/etcd/",
        "--initial-advertise-peer-urls=https://10.0.0.1:2380",
      ],
    },
    dataDir: "/var/lib/etcd",
    hasMember: true,
    freeKiB: 8_000_000,
    owner: "0:0",
    mode: "700",
    mounts: [],
    tool: { name: "etcdctl", version: "3.4.15", bumpsRevision: false },
    kubernetesImage: "rancher/hyperkube:v1.20.15-rancher2",
    exchanges: [],
    ...changes,
  };
}
