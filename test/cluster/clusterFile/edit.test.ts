import { describe, expect, test } from "vitest";
import { parseClusterFile } from "../../../cluster/clusterFile/clusterFile.ts";
import { ClusterEditError, editClusterFile } from "../../../cluster/clusterFile/edit.ts";

const RUNBOOK = `# The cluster that Rancher runs on.
nodes:
  - address: 1.1.1.1
    user: root
    role: [controlplane,etcd,worker]
    ssh_key_path: ~/.ssh/id_rsa
  - address: 2.2.2.2
    user: root
    role: [controlplane,etcd,worker]
    ssh_key_path: ~/.ssh/id_rsa
  - address: 3.3.3.3   # rack 7
    user: root
    role: [controlplane,etcd,worker]
    ssh_key_path: ~/.ssh/id_rsa
services:
  etcd: {snapshot: true} # keep
`;

const edit = (source: string, unresponsive: string, address: string, node: object = {}) =>
  editClusterFile(source, [{ unresponsive, node: { address, ...node } }]);

function mistakes(source: string, ...replacements: Parameters<typeof editClusterFile>[1]): string[] {
  try {
    editClusterFile(source, replacements);
  } catch (error) {
    if (error instanceof ClusterEditError) return error.mistakes;
    throw error;
  }
  return expect.fail("the edit was made");
}

describe("the edit of a cluster file", () => {
  test("comments out the unresponsive node and adds the new one, as the runbook shows it", () => {
    expect(edit(RUNBOOK, "3.3.3.3", "4.4.4.4")).toEqual({
      changed: true,
      warnings: [],
      text: RUNBOOK.replace(
        `  - address: 3.3.3.3   # rack 7
    user: root
    role: [controlplane,etcd,worker]
    ssh_key_path: ~/.ssh/id_rsa
`,
        `#  - address: 3.3.3.3   # rack 7  # UNRESPONSIVE NODE
#    user: root
#    role: [controlplane,etcd,worker]
#    ssh_key_path: ~/.ssh/id_rsa
  - address: 4.4.4.4  # NEW NODE
    user: root
    role: [controlplane,etcd,worker]
    ssh_key_path: ~/.ssh/id_rsa
`,
      ),
    });
  });

  test("that was made before changes nothing", () => {
    const { text } = edit(RUNBOOK, "3.3.3.3", "4.4.4.4");
    expect(edit(text, "3.3.3.3", "4.4.4.4")).toEqual({ changed: false, warnings: [], text });
  });

  test("says what it takes for replaced where nothing in the file tells of it: the two may be swapped", () => {
    const { changed, warnings } = edit(RUNBOOK, "4.4.4.4", "3.3.3.3");
    expect([changed, warnings]).toEqual([
      false,
      [
        {
          message: expect.stringMatching(/^3\.3\.3\.3 is in the cluster file already, .*: taken for replaced$/),
          remedy: "if it is not, correct unresponsive and the new node's address",
        },
      ],
    ]);
  });

  test("writes what the settings give for the new node, and takes the rest from the one that is gone", () => {
    const { text } = edit(RUNBOOK, "1.1.1.1", "4.4.4.4", {
      user: "ubuntu",
      port: 2222,
      internalAddress: "10.0.0.4",
      hostnameOverride: "node4",
      sshKeyPath: "~/.ssh/new key",
      roles: ["etcd", "worker"],
    });
    expect(text).toContain(`  - address: 4.4.4.4  # NEW NODE
    port: 2222
    internal_address: 10.0.0.4
    hostname_override: node4
    user: ubuntu
    role: [etcd,worker]
    ssh_key_path: "~/.ssh/new key"
`);
  });

  test("takes over no name, internal address or port of the machine that is gone", () => {
    const source = RUNBOOK.replace(
      "3.3.3.3   # rack 7",
      "3.3.3.3\n    port: 2222\n    internal_address: 10.0.0.3\n    hostname_override: node3",
    );
    const added = edit(source, "node3", "4.4.4.4").text.split("# NEW NODE")[1] ?? "";
    expect(added).toContain("user: root");
    expect(added).not.toMatch(/2222|10\.0\.0\.3|node3/);
  });

  test.each(["3.3.3.3", "10.0.0.3", "Node3", "node3"])("finds the node by any of its names, here %s", (name) => {
    const source = RUNBOOK.replace(
      "3.3.3.3   # rack 7",
      "3.3.3.3\n    internal_address: 10.0.0.3\n    hostname_override: node3",
    );
    expect(edit(source, name, "4.4.4.4").text).toContain("#  - address: 3.3.3.3  # UNRESPONSIVE NODE");
  });

  test("knows lists in flow style, where a node can share its line with others", () => {
    const source = `nodes: [{address: 1.1.1.1, user: root, role: [etcd, controlplane]}, {address: 2.2.2.2, user: root, role: [worker]}] # two\n`;
    const { text } = edit(source, "2.2.2.2", "4.4.4.4");
    expect(text).toContain("# UNRESPONSIVE NODE");
    expect(text).toContain("{address: 4.4.4.4, user: root, role: [worker]}");
    expect(text).toContain("# two");
    expect(edit(text, "2.2.2.2", "4.4.4.4").changed).toBe(false);
  });

  test("keeps the line ends of the file", () => {
    const { text } = edit(RUNBOOK.replaceAll("\n", "\r\n"), "3.3.3.3", "4.4.4.4");
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  });

  test("replaces several nodes at once", () => {
    const { text, warnings } = editClusterFile(RUNBOOK, [
      { unresponsive: "3.3.3.3", node: { address: "5.5.5.5" } },
      { unresponsive: "1.1.1.1", node: { address: "4.4.4.4" } },
    ]);
    expect(text.match(/# UNRESPONSIVE NODE/g)).toHaveLength(2);
    expect(text.indexOf("4.4.4.4")).toBeLessThan(text.indexOf("2.2.2.2"));
    expect(warnings).toEqual([]);
  });

  test("is not made for a machine that keeps its address", () => {
    expect(edit(RUNBOOK, "3.3.3.3", "3.3.3.3")).toEqual({
      changed: false,
      text: RUNBOOK,
      warnings: [{ message: "3.3.3.3 keeps its address: the cluster file is not edited for it" }],
    });
  });

  test("warns of an even number of etcd nodes", () => {
    expect(edit(RUNBOOK, "3.3.3.3", "4.4.4.4", { roles: ["worker"] }).warnings).toEqual([
      { message: "there are 2 etcd nodes: an even number survives no more failures than 1 would" },
    ]);
  });

  test("keeps anchors, aliases and merge keys that stay in use", () => {
    const source = `defaults: &login
  user: root
  role: [controlplane, etcd, worker]
nodes:
  - <<: *login
    address: 1.1.1.1
  - <<: *login
    address: 2.2.2.2
`;
    const { text } = edit(source, "2.2.2.2", "4.4.4.4");
    expect(text).toContain("*login");
    expect(edit(text, "2.2.2.2", "4.4.4.4").changed).toBe(false);
    expect(text.startsWith(source.slice(0, source.indexOf("  - <<: *login\n    address: 2")))).toBe(true);
  });

  test("keeps merge keys first: for RKE what they bring wins over what is written above them", () => {
    const source = `x: &login {user: root, port: 2222, role: [controlplane, etcd, worker]}
nodes:
  - address: 1.1.1.1
    <<: *login
  - {address: 2.2.2.2, <<: *login}
`;
    const block = edit(source, "1.1.1.1", "4.4.4.4", { user: "ubuntu" }).text;
    expect(block).toContain("  - <<: *login  # NEW NODE\n    address: 4.4.4.4\n    user: ubuntu\n");
    const flow = edit(source, "2.2.2.2", "4.4.4.4", { user: "ubuntu" }).text;
    expect(flow).toContain("  - {<<: *login, address: 4.4.4.4, user: ubuntu}  # NEW NODE\n");
    for (const text of [block, flow]) {
      expect(parseClusterFile(text, "/").nodes.find(({ address }) => address === "4.4.4.4")).toMatchObject({
        user: "ubuntu",
        port: 2222,
      });
    }
  });

  test("is made in the list that RKE takes where there are two", () => {
    const source = `nodes: [{address: 9.9.9.9}]\n${RUNBOOK}`;
    const { text } = edit(source, "3.3.3.3", "4.4.4.4");
    expect(text).toContain("nodes: [{address: 9.9.9.9}]\n");
    expect(text).toContain("  - address: 4.4.4.4  # NEW NODE\n");
  });

  test("leaves the documents that follow as they are", () => {
    const rest = "---\nnodes: [{address: 3.3.3.3}]\n";
    const { text } = edit(RUNBOOK + rest, "3.3.3.3", "4.4.4.4");
    expect(text.endsWith(rest)).toBe(true);
    expect(text).toContain("# NEW NODE");
  });

  test("finds a node by a name that looks like a number, and keeps its text", () => {
    const source = RUNBOOK.replace("2.2.2.2\n    user: root", "2.2.2.2\n    hostname_override: 0012\n    user: 1e3");
    const { text } = edit(source, "0012", "4.4.4.4");
    expect(parseClusterFile(text, "/").nodes[1]).toMatchObject({ name: "4.4.4.4", user: "1e3" });
  });
});

describe("an edit that cannot be made says why", () => {
  test("when the node is absent, and which there are", () => {
    expect(mistakes(RUNBOOK, { unresponsive: "9.9.9.9", node: { address: "4.4.4.4" } })).toEqual([
      "no node has the address, internal_address or hostname_override 9.9.9.9; there are 1.1.1.1, 2.2.2.2, 3.3.3.3",
    ]);
  });

  test("when a node is replaced twice, or two new ones are the same", () => {
    const node = { address: "4.4.4.4" };
    const said = mistakes(RUNBOOK, { unresponsive: "3.3.3.3", node }, { unresponsive: "3.3.3.3", node });
    expect(said).toContain("the node 3.3.3.3 is replaced twice");
    expect(said).toContain("two new nodes are called 4.4.4.4");
  });

  test("when the new node is in the list already, on another node", () => {
    expect(
      mistakes(RUNBOOK, { unresponsive: "3.3.3.3", node: { address: "4.4.4.4", hostnameOverride: "2.2.2.2" } }),
    ).toEqual(["2.2.2.2 is already in the list, on the node 2.2.2.2"]);
  });

  test("when a node is listed twice", () => {
    const twice = RUNBOOK.replace("2.2.2.2", "1.1.1.1");
    expect(mistakes(twice, { unresponsive: "3.3.3.3", node: { address: "4.4.4.4" } })).toEqual([
      "node 1.1.1.1 is listed twice",
    ]);
  });

  test("when no etcd node would be left", () => {
    const source =
      "nodes:\n  - {address: a, user: u, role: [etcd, controlplane]}\n  - {address: b, user: u, role: [controlplane]}\n";
    expect(mistakes(source, { unresponsive: "a", node: { address: "c", roles: ["worker"] } })).toEqual([
      "after the edit no node has the role etcd",
    ]);
  });

  test("when the file is indented with tabs, as the runbook's own example is", () => {
    expect(
      mistakes("nodes:\n\t- address: 1.1.1.1\n", { unresponsive: "1.1.1.1", node: { address: "b" } })[0],
    ).toContain("is indented with a tab at line 2");
  });

  test("when what stays needs an anchor that goes", () => {
    const source = `nodes:
  - {address: 1.1.1.1, user: u, role: &all [etcd, controlplane, worker]}
  - {address: 2.2.2.2, user: u, role: *all}
`;
    const said = mistakes(source, { unresponsive: "1.1.1.1", node: { address: "c", roles: ["etcd"] } });
    expect(said[0]).toMatch(/the anchor &all stands on the node 1\.1\.1\.1.*used at line 3/);
  });
});
