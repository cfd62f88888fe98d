import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseClusterFile } from "../../../cluster/clusterFile/clusterFile.ts";
import { clusterFile } from "../../../lab/cluster/clusterFile.ts";
import { nodesOf } from "../../../lab/cluster/plans.ts";
import { INSTEAD_OF_ADDONS, mustBeReadable, readLikeOperators } from "../../../lab/rehearsals/fromCluster.ts";
import { tempFolder, textFile } from "../../support/folder.ts";

let folder: string;
beforeEach(() => {
  folder = tempFolder();
});

const NODES = `
cluster_name: prod
nodes:
  - {address: 3.3.3.1, internal_address: 10.0.0.1, hostname_override: etcd-1, user: ubuntu, role: [etcd]}
  - {address: 3.3.3.2, user: ubuntu, role: [controlplane, worker]}
`;

function read(text: string) {
  return readLikeOperators(textFile(join(folder, "rancher-cluster.yml"), text));
}

const translated = (text: string) => parse(read(text).text("/keys/id"));

describe("the lab's cluster", () => {
  test("has the operator's nodes by name and role, with addresses of the lab", () => {
    expect(read(NODES).nodes).toEqual([
      { name: "etcd-1", roles: ["etcd"], user: "root", address: "198.18.0.41", internalAddress: "198.18.0.141" },
      { name: "3.3.3.2", roles: ["controlplane", "worker"], user: "root", address: "198.18.0.42" },
    ]);
    expect(read(NODES).differences.slice(0, 2)).toEqual([
      "etcd-1 is 198.18.0.41, not 3.3.3.1",
      "3.3.3.2 is 198.18.0.42, not 3.3.3.2",
    ]);
  });

  test("has a file that RKE reads, with the lab's key and nothing of the operator's logins", () => {
    const text = read(`ssh_key_path: /secret/id_rsa\n${NODES}`).text("/keys/id");
    expect(text).not.toMatch(/secret|ubuntu|3\.3\.3\.1/);
    const { clusterName, nodes } = parseClusterFile(text, folder);
    expect(clusterName).toBe("prod");
    expect(nodes.map(({ name, address, user, keyPath }) => [name, address, user, keyPath])).toEqual([
      ["etcd-1", "198.18.0.41", "root", "/keys/id"],
      ["3.3.3.2", "198.18.0.42", "root", "/keys/id"],
    ]);
  });

  test("has an object that harms nobody in the place of each add-on, as RKE deletes what it finds to be taken out", () => {
    expect(translated(NODES)).not.toMatchObject({ addons: expect.anything() });
    const { addons, ...file } = translated(`${NODES}addons: "kind: Namespace"\n`);
    expect(parse(addons)).toMatchObject({ kind: "ConfigMap", metadata: { namespace: "default" } });
    expect(file).not.toHaveProperty("addons_include");
    const included = translated(`${NODES}addons_include: [https://example.com/addon.yml]\n`);
    expect(included).toMatchObject({ addons_include: [`./${INSTEAD_OF_ADDONS.file}`] });
    expect(parse(INSTEAD_OF_ADDONS.text)).toEqual(parse(addons));
  });

  test("has the addresses of services and pods that the data hold", () => {
    const services = `services:
  kube-api: {service_cluster_ip_range: 10.96.0.0/16, service_node_port_range: 30000-31000, pod_security_policy: true}
  kube-controller: {cluster_cidr: 10.97.0.0/16, service_cluster_ip_range: 10.96.0.0/16}
  kubelet: {cluster_domain: prod.local, cluster_dns_server: 10.96.0.10}
`;
    const kubelet = expect.objectContaining({ cluster_domain: "prod.local", cluster_dns_server: "10.96.0.10" });
    expect(translated(NODES + services).services).toMatchObject({
      "kube-api": { service_cluster_ip_range: "10.96.0.0/16", service_node_port_range: "30000-31000" },
      "kube-controller": { cluster_cidr: "10.97.0.0/16", service_cluster_ip_range: "10.96.0.0/16" },
      kubelet,
    });
  });

  test("has RKE's defaults for them where the operator's has", () => {
    const { services } = translated(NODES);
    expect(services["kube-api"]).not.toHaveProperty("service_cluster_ip_range");
    expect(services["kube-controller"]).not.toHaveProperty("cluster_cidr");
    expect(services.kubelet).not.toHaveProperty("cluster_dns_server");
    expect(services.kubelet.extra_args).toHaveProperty("eviction-hard");
  });

  test("encrypts secrets where the operator's does", () => {
    const encryption = (more: string) =>
      `${NODES}services: {kube-api: {secrets_encryption_config: {enabled: true${more}}}}`;
    expect(translated(encryption("")).services["kube-api"].secrets_encryption_config).toEqual({ enabled: true });
    expect(() => read(encryption(", custom_config: {}"))).toThrow("encrypts secrets with a custom_config of its own");
  });

  test("is like the lab's own where that is the operator's", () => {
    const own = clusterFile("a", nodesOf("a"), "/keys/id");
    const { nodes, ...rest } = translated(own);
    const { nodes: _, ...before } = parse(own);
    expect(rest).toEqual(before);
    expect(nodes).toMatchObject(["node1", "node2", "node3"].map((name) => ({ hostname_override: name })));
  });
});

test("what is otherwise on the lab is named", () => {
  const text = `${NODES}
kubernetes_version: v1.19.16-rancher1-1
network: {plugin: canal}
cloud_provider: {name: aws}
bastion_host: {address: 9.9.9.9, user: ubuntu}
private_registries: [{url: registry.example.com}]
system_images: {etcd: registry.example.com/etcd:v3.4.15}
services: {etcd: {backup_config: {s3backupconfig: {endpoint: s3.example.com, bucket_name: b}}}}
addons_include: [https://example.com/addon.yml]
`;
  const all = read(text).differences.join("\n");
  const words = "v1.19.16 canal aws bastion_host private_registries system_images S3 addons_include";
  for (const word of words.split(" ")) expect(all).toContain(word);
  expect(read(NODES).differences.join("\n")).not.toMatch(/bastion_host|cloud provider|private_registries|S3/);
});

test("RKE's state file beside the cluster file comes along", () => {
  expect(read(NODES)).not.toHaveProperty("stateFile");
  const content = { desiredState: { rkeConfig: { kubernetesVersion: "v1.20.15-rancher2-2" } } };
  const state = textFile(join(folder, "rancher-cluster.rkestate"), JSON.stringify(content));
  expect(read(NODES).stateFile).toBe(state);
});

describe("refused is", () => {
  test("a cluster file that RKE refuses, or that is not there", () => {
    expect(() => read("nodes: []\n")).toThrow(`${folder}/rancher-cluster.yml has no nodes`);
    expect(() => read(`${NODES}services: {etcd: {external_urls: [https://e]}}`)).toThrow("external etcd");
    expect(() => readLikeOperators(join(folder, "none.yml"))).toThrow("none.yml cannot be read");
  });

  test("more nodes than the lab has room for", () => {
    const node = (at: number) => `  - {address: 10.0.0.${at}, user: u, role: [controlplane, etcd, worker]}\n`;
    const file = (count: number) => `nodes:\n${Array.from({ length: count }, (_, at) => node(at + 1)).join("")}`;
    expect(read(file(7)).nodes).toHaveLength(7);
    expect(() => read(file(8))).toThrow("has 8 nodes: the lab has room for 7");
  });

  test("a newer Kubernetes than the lab's, but not an older one", () => {
    expect(() => read(`${NODES}kubernetes_version: v1.24.17-rancher1-1\n`)).toThrow("cannot read its data");
    expect(() => mustBeReadable("v1.21.0-rancher1-1")).toThrow("Kubernetes v1.21.0-rancher1-1");
    for (const version of ["v1.20.15-rancher2-2", "v1.20.99-rancher1-1", "v1.14.6-rancher1-1", "", undefined])
      expect(() => mustBeReadable(version)).not.toThrow();
  });
});
