import { describe, expect, test } from "vitest";
import { redactedDiff, redactedLines } from "../../../cluster/clusterFile/diff.ts";

describe("the diff of a cluster file", () => {
  test("shows what changed with three lines around it, as diffs do", () => {
    const before = "nodes:\n  - address: 1.1.1.1\n    user: root\n";
    expect(redactedDiff(before, before.replace("1.1.1.1", "2.2.2.2"), "rancher-cluster.yml")).toBe(
      [
        "--- rancher-cluster.yml",
        "+++ rancher-cluster.yml",
        "@@ -1,3 +1,3 @@",
        " nodes:",
        "-  - address: 1.1.1.1",
        "+  - address: 2.2.2.2",
        "     user: root",
      ].join("\n"),
    );
  });

  test("is empty when nothing differs", () => {
    expect(redactedDiff("a: 1\n", "a: 1\n", "f")).toBe("");
  });
});

describe("of a cluster file nobody sees", () => {
  test.each<[string, string]>([
    ["a key in a block", "nodes:\n  - address: a\n    ssh_key: |\n      hunter2\n      hunter2\n    user: root\n"],
    ["a key in flow style", "nodes: [{address: a, ssh_key: hunter2}]\n"],
    ["a password of a registry", "private_registries:\n  - url: r\n    user: u\n    password: 'hunter2'\n"],
    ["keys of S3", "services: {etcd: {backup_config: {s3backupconfig: {access_key: hunter2, secret_key: hunter2}}}}\n"],
    ["what an addon holds", "addons: |-\n  apiVersion: v1\n  kind: Secret\n  data: {token: hunter2}\n"],
    ["a value whose key nobody knows", "something_new: hunter2\n"],
    ["an environment", "services:\n  kubelet:\n    extra_env: [TOKEN=hunter2]\n"],
    ["a commented-out key", "nodes:\n#  - address: a\n#    ssh_key: hunter2\n  - address: b\n"],
    ["a commented-out block", "#    ssh_key: |\n#      hunter2\n#      hunter2\n#    user: root\n"],
    ["a secret in prose", "# the password is hunter2\nnodes: []\n"],
    ["a key in PEM in a comment", "# -----BEGIN KEY-----\n# hunter2\n# -----END KEY-----\n"],
    ["a comment in a comment", "#    user: root # hunter2\n"],
    [
      "a commented-out key that was commented out before",
      "##    ssh_key: hunter2\n#    # ssh_key: |\n#    #   hunter2\n",
    ],
    ["a second key behind a harmless one", "# address: a, password: hunter2\n"],
    ["a second key in a commented-out mapping", "#  - {address: a, ssh_key: hunter2}\n"],
    ["a line of a commented-out block that looks harmless", "#    ssh_key: |\n#      user: hunter2\n"],
    ["a word behind a value", "nodes:\n  - address: a # hunter2\n"],
    ["a comment behind a block", "addons: | # hunter2\n  x\n"],
    ["a second document", "nodes: []\n---\nsecret: hunter2\n# hunter2\n"],
    ["a key that is given twice", "ssh_key: hunter2\nssh_key: hunter2\n"],
    ["a file that is no YAML", "nodes: [hunter2\n"],
  ])("%s", (_what, text) => {
    expect(redactedLines(text).join("\n")).not.toContain("hunter2");
    expect(redactedLines(text)).toHaveLength(text.split("\n").length);
  });

  test("but addresses, users and roles are shown, of commented-out nodes too", () => {
    const text = `nodes:
#  - address: 1.1.1.1  # UNRESPONSIVE NODE
#    user: root
#    role: [etcd, worker]
#    role:
#      - etcd
  - address: 2.2.2.2  # NEW NODE
    user: root
    role: [etcd, worker]
    labels: {a: b}
`;
    expect(redactedLines(text).join("\n")).toBe(text.replace("#      - etcd", "#      - [redacted]"));
  });

  test("but what a comment stands behind is shown", () => {
    expect(redactedLines("- address: 1.1.1.1 # rack 7\n#  - address: 1.1.1.1 # rack 7\n")).toEqual([
      "- address: 1.1.1.1 # [redacted]",
      "#  - address: 1.1.1.1 #[redacted]",
      "",
    ]);
  });
});
