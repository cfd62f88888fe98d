import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { besideClusterFile, parseClusterFile, readClusterFile } from "../../../cluster/clusterFile/clusterFile.ts";
import { clusterFileIn } from "../../support/clusterFile.ts";
import { tempFolder } from "../../support/folder.ts";

const nodesOf = (source: string) => parseClusterFile(source, "/cluster").nodes;

describe("a cluster file", () => {
  test("in block style is read with every field that a login needs", () => {
    const { clusterName, nodes } = parseClusterFile(
      `# our production cluster
cluster_name: prod
nodes:
  - address: 10.0.0.1
    port: "2222"
    internal_address: 172.16.0.1
    hostname_override: Node-One
    user: rancher
    role:
      - controlplane
      - etcd
    ssh_key_path: keys/one
  - address: worker.example.com
    user: ubuntu
    port: 2200
    role: [worker]
    ssh_key_path: /keys/two
services:
  etcd:
    snapshot: true
`,
      "/cluster",
    );
    expect(clusterName).toBe("prod");
    expect(nodes).toEqual([
      {
        name: "node-one",
        address: "10.0.0.1",
        internalAddress: "172.16.0.1",
        port: 2222,
        user: "rancher",
        roles: ["controlplane", "etcd"],
        keyPath: "/cluster/keys/one",
      },
      {
        name: "worker.example.com",
        address: "worker.example.com",
        internalAddress: "worker.example.com",
        port: 2200,
        user: "ubuntu",
        roles: ["worker"],
        keyPath: "/keys/two",
      },
    ]);
  });

  test("gives each node its prefix_path", () => {
    const nodes = "nodes: [{address: a, user: u, role: [controlplane, etcd]}, {address: b, user: u, role: [worker]}]\n";
    expect(nodesOf(`${nodes}prefix_path: /data\n`).map(({ prefixPath }) => prefixPath)).toEqual(["/data", "/data"]);
    expect(nodesOf(`${nodes}prefix_path:\n`)[0]).not.toHaveProperty("prefixPath");
  });

  test("in flow style is read the same", () => {
    expect(nodesOf('{nodes: [{address: 10.0.0.1, user: rancher, role: ["controlplane", "etcd"]}]}')).toMatchObject([
      { name: "10.0.0.1", address: "10.0.0.1", port: 22, user: "rancher", roles: ["controlplane", "etcd"] },
    ]);
  });

  test("may use anchors and merge keys", () => {
    const source = `
nodes:
  - &first {address: a, user: rancher, port: 2222, role: [controlplane, etcd]}
  - {<<: *first, address: b}
`;
    expect(nodesOf(source).map(({ address, user, port }) => [address, user, port])).toEqual([
      ["a", "rancher", 2222],
      ["b", "rancher", 2222],
    ]);
  });

  test("that says nothing of names, ports and keys gets RKE's defaults", () => {
    const { clusterName, nodes, notes } = parseClusterFile(
      "nodes: [{address: a, user: u, role: [controlplane, etcd]}]",
      "/cluster",
    );
    expect([clusterName, notes]).toEqual(["local", []]);
    expect(nodes[0]).toEqual({
      name: "a",
      address: "a",
      internalAddress: "a",
      port: 22,
      user: "u",
      roles: ["controlplane", "etcd"],
      keyPath: join(homedir(), ".ssh/id_rsa"),
    });
  });

  test("with keys that have no value gets the same defaults, as RKE's own template is full of them", () => {
    const source = `
cluster_name: ""
ssh_key_path:
ssh_agent_auth:
nodes:
  - {address: a, port: "", user: u, internal_address: "", hostname_override: "", ssh_key: "", ssh_key_path: "", role: [controlplane, etcd]}
  - {address: b, port: , user: u, internal_address: ~, hostname_override: , ssh_key: , ssh_key_path: , role: [worker]}
bastion_host: {address: "", port: "", user: "", ssh_key: "", ssh_key_path: ""}
services: {etcd: {external_urls: [], backup_config: }}
`;
    const plain = { port: 22, user: "u", keyPath: join(homedir(), ".ssh/id_rsa") };
    expect(nodesOf(source)).toEqual([
      { name: "a", address: "a", internalAddress: "a", roles: ["controlplane", "etcd"], ...plain },
      { name: "b", address: "b", internalAddress: "b", roles: ["worker"], ...plain },
    ]);
  });
});

describe("keys and bastions", () => {
  const keyOf = (source: string) => nodesOf(source)[0];
  const node = "address: a, user: u, role: [controlplane, etcd]";

  test("~/ is the operator's home, and a relative path starts at the cluster file, where RKE runs", () => {
    expect(keyOf(`nodes: [{${node}, ssh_key_path: ~/.ssh/id_rsa}]`)?.keyPath).toBe(join(homedir(), ".ssh/id_rsa"));
    expect(keyOf(`nodes: [{${node}, ssh_key_path: ./id_rsa}]`)?.keyPath).toBe("/cluster/id_rsa");
    expect(keyOf(`nodes: [{${node}, ssh_key_path: /keys/id_rsa}]`)?.keyPath).toBe("/keys/id_rsa");
    expect(keyOf(`nodes: [{${node}, ssh_key_path: ./~/id}]`)?.keyPath).toBe("/cluster/~/id");
  });

  test("the cluster's key serves the nodes that have none of their own", () => {
    const source = `
ssh_key_path: /keys/all
nodes:
  - {address: a, user: u, role: [controlplane, etcd]}
  - {address: b, user: u, role: [worker], ssh_key_path: /keys/b}
  - {address: c, user: u, role: [worker], ssh_key: INLINE}
`;
    expect(nodesOf(source).map(({ keyPath, key }) => [keyPath, key])).toEqual([
      ["/keys/all", undefined],
      ["/keys/b", undefined],
      [undefined, "INLINE"],
    ]);
  });

  test("a bastion stands before every node, with its own login", () => {
    const source = `
ssh_key_path: /keys/all
bastion_host: {address: jump.example.com, port: 2022, user: jumper, ssh_key_path: /keys/jump}
nodes:
  - {address: a, user: u, role: [controlplane, etcd]}
  - {address: b, user: u, role: [worker]}
`;
    const bastion = { address: "jump.example.com", port: 2022, user: "jumper", keyPath: "/keys/jump" };
    expect(nodesOf(source).map((other) => other.bastion)).toEqual([bastion, bastion]);
  });

  test("a bastion without a key has the cluster's, else RKE's default", () => {
    const bastion = "bastion_host: {address: jump, user: j}";
    expect(keyOf(`nodes: [{${node}}]\nssh_key_path: /keys/all\n${bastion}`)?.bastion?.keyPath).toBe("/keys/all");
    expect(keyOf(`nodes: [{${node}}]\n${bastion}`)?.bastion?.keyPath).toBe(join(homedir(), ".ssh/id_rsa"));
  });
});

describe("files beside the cluster file", () => {
  test.each([
    ["rancher-cluster.yml", "kube_config_rancher-cluster.yml", "rancher-cluster.rkestate"],
    ["my.prod.yaml", "kube_config_my.prod.yaml", "my.prod.rkestate"],
    ["cluster", "kube_config_cluster", "cluster.rkestate"],
  ])("are named as RKE names them: %s", (file, kubeconfig, stateFile) => {
    expect(besideClusterFile(`/c/${file}`)).toEqual({ kubeconfig: `/c/${kubeconfig}`, stateFile: `/c/${stateFile}` });
  });

  test("are found from a file that was read", () => {
    const path = clusterFileIn(tempFolder());
    const { nodes, ...file } = readClusterFile(path);
    expect(file).toEqual({ path, clusterName: "local", notes: [], ...besideClusterFile(path) });
    expect(nodes.map(({ name }) => name)).toEqual(["node1", "node2", "node3"]);
  });
});
