import { describe, expect, test } from "vitest";
import { parseClusterFile } from "../../../cluster/clusterFile/clusterFile.ts";

const parsed = (source: string) => parseClusterFile(source, "/cluster");
const NODE = "{address: 10.0.0.1, user: u, role: [controlplane, etcd]}";

/**
 * What RKE v1.8.0 itself made of these files: address, port, internal_address, hostname_override, user after
 * cluster.ParseConfig and InitClusterObject.
 */
describe("RKE's own reading of a file", () => {
  test.each([
    ["a user given twice", "nodes: [{address: a, user: u, user: v, role: [controlplane, etcd]}]", "a 22 a a v"],
    ["nodes given twice", `nodes: [{address: a}]\nnodes: [${NODE}]`, "10.0.0.1 22 10.0.0.1 10.0.0.1 u"],
    ["a trailing document mark", `nodes: [${NODE}]\n---\n`, "10.0.0.1 22 10.0.0.1 10.0.0.1 u"],
    ["a second document", `nodes: [${NODE}]\n---\nnodes: [\n`, "10.0.0.1 22 10.0.0.1 10.0.0.1 u"],
    [
      "a merge key before the node's own keys",
      "x: &x {user: u, port: 2222, address: b}\nnodes: [{<<: *x, address: a, role: [controlplane, etcd]}]",
      "a 2222 a a u",
    ],
    [
      "a merge key after them, which wins",
      "x: &x {user: u, port: 2222, address: b}\nnodes: [{address: a, <<: *x, role: [controlplane, etcd]}]",
      "b 2222 b b u",
    ],
    [
      "a list of merged mappings, of which the first wins",
      "x: &x {user: u, port: 2222}\ny: &y {user: w}\nnodes: [{<<: [*y, *x], address: a, role: [controlplane, etcd]}]",
      "a 2222 a a w",
    ],
    [
      "a quoted merge key, which is a key like any other",
      'x: &x {user: u, port: 2222}\nnodes: [{"<<": *x, address: a, user: v, role: [controlplane, etcd]}]',
      "a 22 a a v",
    ],
    [
      "numbers, dates and truth values where text belongs",
      "nodes: [{address: 10, user: 0012, hostname_override: 1.10, internal_address: 1e10, role: [controlplane, etcd]}]",
      "10 22 1e10 1.10 0012",
    ],
    ["a user no on the host yes", "nodes: [{address: yes, user: no, role: [controlplane, etcd]}]", "yes 22 yes yes no"],
    [
      "a date for a host",
      "nodes: [{address: 2020-01-01, user: u, role: [controlplane, etcd]}]",
      "2020-01-01 22 2020-01-01 2020-01-01 u",
    ],
    ["carriage returns alone", `nodes: # all\r- ${NODE}\r`, "10.0.0.1 22 10.0.0.1 10.0.0.1 u"],
    ["carriage returns doubled", `nodes:\r\r\n- ${NODE}\r\r\n`, "10.0.0.1 22 10.0.0.1 10.0.0.1 u"],
    ["a line separator in a comment, which it ends", `# all\u2028nodes: [${NODE}]`, "10.0.0.1 22 10.0.0.1 10.0.0.1 u"],
    [
      "tabs behind values and keys",
      `nodes:\t# all\n- {address:\ta, user: u,\n  \trole: [controlplane, etcd]}\t\n`,
      "a 22 a a u",
    ],
    ["a user called 'null'", "nodes: [{address: a, user: 'null', role: [controlplane, etcd]}]", "a 22 a a null"],
    [
      "an anchor that is redefined",
      "a: &x u\nb: &x v\nnodes: [{address: a, user: *x, role: [controlplane, etcd]}]",
      "a 22 a a v",
    ],
    ["tags", "nodes: [{address: !foo a, user: !!str 12, role: [controlplane, etcd]}]", "a 22 a a 12"],
    ["trailing commas", "nodes: [{address: a, user: u, role: [controlplane, etcd,],},]", "a 22 a a u"],
    [
      "a comment without a space",
      "nodes:\n- address: 'a'#x\n  user: u\n  role: [controlplane, etcd]#x\n",
      "a 22 a a u",
    ],
    ["tabs between keys and values", "nodes:\n- address:\ta\n  user: u\n  role: [controlplane,\tetcd]\n", "a 22 a a u"],
    ["complex keys", `? nodes\n: [${NODE}]`, "10.0.0.1 22 10.0.0.1 10.0.0.1 u"],
    ["a byte order mark", `\ufeffnodes: [${NODE}]`, "10.0.0.1 22 10.0.0.1 10.0.0.1 u"],
    ["YAML 1.1 by its first line", `%YAML 1.1\n---\nnodes: [${NODE}]`, "10.0.0.1 22 10.0.0.1 10.0.0.1 u"],
    [
      "an IPv6 address with a name",
      "nodes: [{address: 'fd00::1', hostname_override: N1, user: u, role: [controlplane, etcd]}]",
      "fd00::1 22 fd00::1 n1 u",
    ],
  ])("of %s", (_what, source, expected) => {
    const nodes = parsed(source).nodes.map((node) => {
      return [node.address, node.port, node.internalAddress, node.name, node.user].join(" ");
    });
    expect(nodes).toEqual([expected]);
  });

  test("of mappings given twice takes them together", () => {
    const source = `nodes: [${NODE}]\nservices: {etcd: {backup_config: {s3backupconfig: {bucket_name: b}}}}\n`;
    const more = "services: {etcd: {backup_config: {s3backupconfig: {endpoint: e}}}}\n";
    expect(() => parsed(source)).toThrow("no endpoint");
    expect(() => parsed(source + more)).not.toThrow();
  });
});

describe("a cluster file that means something else than it seems to", () => {
  test.each([
    [
      "nodes: [{address: a, user: u, user: v, role: [controlplane, etcd]}]",
      "user stands more than once in one mapping of the cluster file, at line 1: RKE takes the last, v",
    ],
    [
      `ssh_key_path: /a\nnodes: [${NODE}]\nssh_key_path: /b\nssh_key_path: /c`,
      "ssh_key_path stands more than once in one mapping of the cluster file, at lines 1 and 3 and 4: RKE takes the last, /c",
    ],
    [
      `nodes: [${NODE}]\nnetwork: {plugin: canal}\nnetwork: {mtu: 1}`,
      "network stands more than once in one mapping of the cluster file, at lines 2 and 3: RKE takes them together, and of what they all have the last",
    ],
    [
      "nodes: [{address: a, user: u, ssh_key: SECRET, ssh_key: SECRET2, role: [controlplane, etcd]}]",
      "ssh_key stands more than once in one mapping of the cluster file, at line 1: RKE takes the last",
    ],
    [
      `nodes: [${NODE}]\n---\n# more\nnodes: []`,
      "the cluster file has a second document at line 4: RKE reads the first one only",
    ],
    [
      `nodes: [${NODE}]\nssh_cert_path: /cert`,
      "the cluster file has an ssh_cert_path for all nodes, which RKE never reads",
      "write it at each node: it counts there alone",
    ],
  ])("says so: %j", (source, message, remedy?: string) => {
    expect(parsed(source).notes).toEqual([{ message, ...(remedy !== undefined && { remedy }) }]);
  });

  test.each([`nodes: [${NODE}]\n---\n`, `nodes: [${NODE}]\n---\n# nothing more\n...\n`])(
    "says nothing of a second document that is empty: %j",
    (source) => expect(parsed(source).notes).toEqual([]),
  );
});

describe("the SSH login", () => {
  const login = (source: string) => {
    const { keyPath, key, cert, certPath, agent } = parsed(source).nodes[0] ?? {};
    return { keyPath, key, cert, certPath, agent };
  };
  const node = (more: string) => `nodes: [{address: a, user: u, role: [controlplane, etcd], ${more}}]\n`;

  test("is by the agent alone where the cluster says so, whatever path there is", () => {
    for (const yes of ["true", "yes", "On", "y"]) {
      const source = `${node("ssh_key_path: /k, ssh_cert_path: /c")}ssh_key_path: /all\nssh_agent_auth: ${yes}`;
      expect(login(source)).toEqual({ agent: true });
    }
  });

  test("is not by the agent where only the node says so: RKE overwrites that", () => {
    expect(login(node("ssh_agent_auth: true, ssh_key_path: /k"))).toEqual({ keyPath: "/k" });
  });

  test("keeps an inline key beside the agent: RKE uses it where no agent runs", () => {
    const source = `${node("ssh_key: KEY, ssh_cert: CERT")}ssh_agent_auth: true`;
    expect(login(source)).toEqual({ agent: true, key: "KEY", cert: "CERT" });
  });

  test("takes a certificate's path only beside a key's path, and after an inline certificate", () => {
    expect(login(node("ssh_key_path: /k, ssh_cert_path: ./c"))).toEqual({ keyPath: "/k", certPath: "/cluster/c" });
    expect(login(node("ssh_key: KEY, ssh_cert_path: /c"))).toEqual({ key: "KEY" });
    expect(login(node("ssh_key_path: /k, ssh_cert: CERT, ssh_cert_path: /c"))).toEqual({ keyPath: "/k", cert: "CERT" });
  });

  test("of a bastion follows the same order, with its own certificate", () => {
    const source = `${node("ssh_key_path: /k")}bastion_host: {address: j, user: b, ssh_key_path: /j, ssh_cert_path: /jc}\n`;
    const found = [source, `${source}ssh_agent_auth: true`].map((given) => parsed(given).nodes[0]?.bastion);
    const bastion = { address: "j", port: 22, user: "b" };
    expect(found).toEqual([
      { ...bastion, keyPath: "/j", certPath: "/jc" },
      { ...bastion, agent: true },
    ]);
  });
});
