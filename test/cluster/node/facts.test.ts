import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Role } from "../../../cluster/clusterFile/clusterFile.ts";
import { readNodeFacts } from "../../../cluster/node/facts.ts";
import { clusterNode } from "../../support/clusterFile.ts";
import { CLUSTER, endpointStatusJson, memberListJson } from "../../support/etcd.ts";
import { fakeDocker } from "../../support/fakeDocker.ts";
import { program, tempFolder } from "../../support/folder.ts";

/** Reads a "node" that is this machine: `ssh` runs the script here, with a fake `docker`. */
function readNode(exec: string, roles: Role[] = ["etcd"]) {
  const folder = tempFolder();
  program(join(folder, "ssh"), "exec sh -s");
  fakeDocker(folder, { containers: ["nginx-proxy", "kubelet", "kube-proxy", "etcd"], exec });
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return readNodeFacts(clusterNode({ roles }), { allowUnknown: false });
}

/** A fake `docker exec`: checks how it is called, says something on standard error, and prints etcdctl's answers. */
const etcdctl = ({ members = memberListJson(), status = endpointStatusJson(), warning = ":" } = {}) => `${warning}
case "$*" in
  "-e ETCDCTL_API=3 etcd etcdctl member list -w json") cat <<'JSON'
${members}
JSON
  ;;
  "-e ETCDCTL_API=3 etcd etcdctl endpoint status --cluster -w json") cat <<'JSON'
${status}
JSON
  ;;
  *) echo "unknown: $*" >&2; exit 64 ;;
esac`;

describe("a node's facts", { timeout: 60_000 }, () => {
  test("are its containers and what its etcd sees", async () => {
    const { containers, etcd } = await readNode(etcdctl());
    expect(containers.map(({ name, running }) => [name, running])).toEqual([
      ["nginx-proxy", true],
      ["kubelet", true],
      ["kube-proxy", true],
    ]);
    expect(etcd).toMatchObject({ clusterId: CLUSTER, members: { "9372538179322589801": "etcd-node3" } });
  });

  test("leave etcd out on a node that has not the role", async () => {
    expect(await readNode("echo asked >&2; exit 9", ["worker"])).not.toHaveProperty("etcd");
  });

  test("are not spoiled by warnings that etcdctl writes beside its answer", async () => {
    const warning = `echo '{"level":"warn","msg":"retrying of unary invoker failed"}' >&2`;
    expect((await readNode(etcdctl({ warning }))).etcd).toMatchObject({ clusterId: CLUSTER });
  });

  test("do not take what etcd says for what is wrong with it, when it answers only the second time", async () => {
    const warning = `[ -e "$0.asked" ] || { touch "$0.asked"; echo connection refused >&2; exit 1; }`;
    expect((await readNode(etcdctl({ warning }))).etcd).toEqual({ error: "only when asked for the second time" });
  });

  test("are not spoiled by a backslash in etcd's answer", async () => {
    const members = memberListJson([{ id: "10276657743932975437", name: "etcd-\\u0061\\\\n" }]);
    expect((await readNode(etcdctl({ members }))).etcd).toMatchObject({
      members: { "10276657743932975437": "etcd-a\\n" },
    });
  });

  test("tell why etcd does not answer, in one line", async () => {
    const { etcd } = await readNode("echo 'Error: context' >&2; echo 'deadline exceeded' >&2; exit 1");
    expect(etcd).toEqual({ error: "Error: context deadline exceeded" });
  });

  test("tell why when one of the members does not answer, though the others do", async () => {
    const partial = `case "$*" in *status*) echo '[]'; echo 'Failed to get the status of endpoint https://10.0.0.3:2379' >&2; exit 1;; esac
${etcdctl()}`;
    expect((await readNode(partial)).etcd).toEqual({
      error: expect.stringContaining("Failed to get the status of endpoint https://10.0.0.3:2379"),
    });
  });

  test("tell what etcdctl printed when it is no JSON", async () => {
    expect((await readNode(etcdctl({ members: "table" }))).etcd).toEqual({
      error: "etcdctl printed no JSON: table",
    });
  });
});
