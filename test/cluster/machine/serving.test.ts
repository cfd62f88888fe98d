import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aliveProblems, parseServing, servingScript } from "../../../cluster/machine/serving.ts";
import { textFile } from "../../support/folder.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";

/** What of a cluster is on a machine whose host folders are below its root, by the real script in a real shell. */
function found(prepare: (node: SnapshotNode) => void = () => {}) {
  const node = new SnapshotNode();
  prepare(node);
  const script = servingScript({ prefixPath: node.root }).replaceAll("/opt/rke", node.root);
  return { ...parseServing(node.printed(script)), root: node.root };
}

describe("what of a cluster is on a machine", () => {
  test("is nothing on a bare one, with Docker and without", () => {
    expect(found()).toMatchObject({ running: [], isLocked: false });
    expect(found((node) => node.program("docker", ":"))).toMatchObject({ running: [], isLocked: false });
    expect(found()).not.toHaveProperty("unlisted");
  });

  test("is not known where Docker is there and does not answer, with what it says", () => {
    const { running, unlisted } = found((node) => node.program("docker", "echo 'Cannot connect' >&2; exit 1"));
    expect([running, unlisted]).toEqual([[], "Cannot connect"]);
  });

  test("is what of Kubernetes runs, where etcd's data are, whose CA it has, and a rollback's lock", () => {
    const { root, ...rest } = found((node) => {
      node.program("docker", `case $1 in ps) printf 'serves %s\\n' kubelet kubelet-2 etcd nginx ;; *) exit 1 ;; esac`);
      textFile(join(node.root, "var/lib/etcd/member/snap/db"), "");
      textFile(join(node.root, "etc/kubernetes/ssl/kube-ca.pem"), "-----BEGIN\nMII\n");
      textFile(join(node.root, "rancher-rollback/lock"), "{}");
    });
    expect(rest).toEqual({
      running: ["kubelet", "etcd"],
      etcdData: join(root, "var/lib/etcd"),
      ca: "-----BEGIN MII ",
      isLocked: true,
    });
  });
});

test("a machine is the same by whatever name it is asked, and not another one of its name", () => {
  const machine = (name: string) => found((node) => node.program("uname", `echo ${name}`)).machine;
  expect(machine("node3")).toMatch(/^node3 \S/);
  expect(machine("node3")).toBe(machine("node3"));
  expect(machine("node4")).not.toBe(machine("node3"));
});

describe("a node that is given up", () => {
  const node = { name: "node3", address: "3.3.3.3" };
  const alive = (running: string[], ca: string | undefined, own: { ca?: string; isCertain: boolean }) =>
    aliveProblems(
      node,
      { running, isLocked: false, ...(ca !== undefined && { ca }) },
      { ca: own.ca, isCertain: own.isCertain },
    );

  test("must be stopped first where it is up, with the command that does it", () => {
    expect(alive(["kubelet", "etcd"], undefined, { isCertain: true })).toEqual([
      {
        message:
          "node3 (3.3.3.3), which is replaced as unresponsive, answers, and kubelet, etcd runs on it: it would go on writing into the restored etcd",
        remedy: expect.stringContaining("docker stop $(docker ps -q)"),
      },
    ]);
  });

  test("is no danger where nothing of Kubernetes runs on it, or it serves another cluster by now", () => {
    expect(alive([], "OURS", { ca: "OURS", isCertain: true })).toEqual([]);
    expect(alive(["etcd"], "OTHER", { ca: "OURS", isCertain: true })).toEqual([]);
    expect(alive(["etcd"], undefined, { ca: "OURS", isCertain: false })).toEqual([]);
    expect(alive(["etcd"], "OURS", { ca: "OURS\n", isCertain: false })).toHaveLength(1);
  });
});
