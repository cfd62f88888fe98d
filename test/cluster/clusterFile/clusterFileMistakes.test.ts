import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClusterFileError, parseClusterFile, readClusterFile } from "../../../cluster/clusterFile/clusterFile.ts";
import { tempFolder, textFile } from "../../support/folder.ts";

const SECRET =
  "-----BEGIN OPENSSH PRIVATE KEY-----\n      b3BlbnNzaC1rZXktdjEAAAAA\n      -----END OPENSSH PRIVATE KEY-----";

/** The mistakes found in a cluster file's text. Anything but a ClusterFileError fails the test. */
function mistakesIn(source: string): string[] {
  try {
    parseClusterFile(source, "/cluster");
  } catch (error) {
    if (error instanceof ClusterFileError) return error.mistakes;
    throw error;
  }
  return [];
}

describe("a cluster file with mistakes", () => {
  test.each([
    ["nodes: []", "nodes: has no nodes"],
    ["nodes: [{address: a, role: [etcd]}]", "no node has the role controlplane"],
    ["nodes: [{address: a, role: [controlplane]}]", "no node has the role etcd"],
    ["nodes: [{address: a, role: [controlplane, etcd, master]}]", 'node a has the role "master"; RKE knows'],
    ["nodes: [{address: a, role: [controlplane, etcd]}, {address: b, role: []}]", "node b has no role"],
    ["nodes: [{address: a, port: 0, role: [controlplane, etcd]}]", "node a has no valid port"],
    ["nodes: [{address: a, port: 65536, role: [controlplane, etcd]}]", "node a has no valid port"],
    ["nodes: [{address: a, port: ssh, role: [controlplane, etcd]}]", "node a has no valid port"],
    [
      "nodes: [{address: a, role: [controlplane, etcd]}, {address: a, hostname_override: b, role: [worker]}]",
      "node a is listed twice",
    ],
    [
      "nodes: [{address: a, hostname_override: N, role: [controlplane, etcd]}, {address: b, hostname_override: n, role: [worker]}]",
      "node b is listed twice",
    ],
  ])("%s → %s", (source, mistake) => {
    expect(mistakesIn(source)).toEqual([expect.stringContaining(mistake)]);
  });

  test.each([
    ["", "the file"],
    ["just text", "the file"],
    ["cluster_name: a", "nodes"],
    ["nodes: [{role: [controlplane, etcd]}]", "nodes.0.address"],
    ["nodes: [{address: a}]", "nodes.0.role"],
    ["nodes: [{address: '', role: [controlplane, etcd]}]", "nodes.0.address"],
    ["nodes: [{address: a, role: [controlplane, etcd], ssh_key: [x]}]", "nodes.0.ssh_key"],
  ])("%j is named by the key that is wrong: %s", (source, key) => {
    expect(mistakesIn(source)).toEqual([expect.stringContaining(`${key}: `)]);
  });

  test("tells all mistakes at once", () => {
    const source = `nodes:
  - {address: a, port: 99999, role: [worker, boss]}
  - {address: a, role: []}
`;
    expect(mistakesIn(source)).toEqual([
      'node a has the role "boss"; RKE knows controlplane, etcd, worker',
      "node a has no valid port",
      "node a has no role",
      "node a is listed twice",
      "no node has the role etcd",
      "no node has the role controlplane",
    ]);
  });

  test.each([
    ["nodes: [", "line 1"],
    ["nodes:\n  - address: a\n bad indent: b", "line"],
    ["nodes: &a 1\nnodes: 2", "line 2"],
    ["nodes: [{address: *nobody, role: [etcd]}]", "alias"],
    ["nodes:\n\t- address: a", "line"],
  ])("that is no YAML is refused with its place: %j", (source, place) => {
    const mistakes = mistakesIn(source);
    expect(mistakes.length).toBeGreaterThan(0);
    for (const mistake of mistakes) expect(mistake).toMatch(/^is not YAML: /);
    expect(mistakes.join()).toContain(place);
  });

  test("that is not there is named by the reason", () => {
    expect(() => readClusterFile(join(tempFolder(), "none.yml"))).toThrow("cannot be read: ENOENT");
  });

  test("that is a folder is named by the reason", () => {
    expect(() => readClusterFile(tempFolder())).toThrow("cannot be read: EISDIR");
  });
});

describe("an inline private key", () => {
  const brokenAround = [
    (key: string) => `nodes:\n  - address: a\n    ssh_key: |-\n      ${key}\n    role: [etcd, boss]\n`,
    (key: string) => `nodes:\n  - address: a\n    ssh_key: |-\n      ${key}\n   role: [etcd\n`,
    (key: string) => `nodes:\n  - address: a\n    ssh_key: ${key}\n    role: [etcd]\n`,
    (key: string) => `nodes:\n  - address: a\n    ssh_key: {a: "${key}"}\n    role: [etcd]\n`,
    (key: string) => `nodes:\n  - ssh_key: "${key}\n`,
    (key: string) => `nodes:\n  - {address: a, ssh_key: ["${key}"], role: [controlplane, etcd]}\n`,
    (key: string) => `ssh_key: "${key}"\nssh_key: "${key}"\nnodes: 1\n`,
  ];

  test.each(brokenAround.map((write) => [write]))("is never quoted in an error: %s", (write) => {
    const mistakes = mistakesIn(write(SECRET));
    expect(mistakes.length).toBeGreaterThan(0);
    expect(mistakes.join("\n")).not.toMatch(/BEGIN|b3BlbnNzaC1|END/);
  });

  test("is never quoted in an error, wherever the file is cut off or broken", () => {
    const whole = brokenAround[0]?.(SECRET) ?? "";
    fc.assert(
      fc.property(
        fc.nat(whole.length),
        fc.constantFrom("", "[", "{", '"', "'", "\t", "*x", "&", "!!x ", ": :", "%"),
        (at, junk) => {
          expect(mistakesIn(whole.slice(0, at) + junk + whole.slice(at + 1)).join("\n")).not.toMatch(/PRIVATE|b3Blbn/);
          expect(mistakesIn(whole.slice(0, at) + junk).join("\n")).not.toMatch(/PRIVATE|b3Blbn/);
        },
      ),
    );
  });

  test("survives reading byte for byte", () => {
    const path = textFile(
      join(tempFolder(), "c.yml"),
      `nodes:\n  - address: a\n    role: [controlplane, etcd]\n    ssh_key: |-\n      ${SECRET}\n`,
    );
    expect(readClusterFile(path).nodes[0]?.key).toBe(SECRET.replaceAll("\n      ", "\n"));
  });
});
