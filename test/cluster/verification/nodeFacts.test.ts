import { describe, expect, test } from "vitest";
import type { ClusterNode, Role } from "../../../cluster/clusterFile/clusterFile.ts";
import { readNodeFacts } from "../../../cluster/verification/nodeFacts.ts";
import { clusterNode } from "../../support/clusterFile.ts";
import { CLUSTER, endpointStatusJson, MEMBERS, memberListJson } from "../../support/etcd.ts";
import { fakeDocker } from "../../support/fakeDocker.ts";
import { sshIs } from "../../support/sshIs.ts";

/** Reads a "node" that is this machine: `ssh` runs the script here, with a fake `docker`. */
function readNode(exec: string, roles: Role[] = ["etcd"], over: Partial<ClusterNode> = {}) {
  fakeDocker(sshIs("exec sh -s"), { containers: ["nginx-proxy", "kubelet", "kube-proxy", "etcd"], exec });
  return readNodeFacts(clusterNode({ roles, ...over }), { allowUnknown: false });
}

/** A fake `docker exec`: checks how it is called, says something on standard error, and prints etcdctl's answers. */
const etcdctl = ({
  members = memberListJson(),
  status = endpointStatusJson(),
  warning = ":",
  own = "https://127.0.0.1:2379",
  all = "https://etcd-node1:2379,https://etcd-node2:2379,https://etcd-node3:2379",
} = {}) => `${warning}
case "$*" in
  "-e ETCDCTL_API=3 -e ETCDCTL_ENDPOINTS=${own} etcd etcdctl --command-timeout=3s member list -w json") cat <<'JSON'
${members}
JSON
  ;;
  "-e ETCDCTL_API=3 -e ETCDCTL_ENDPOINTS=${all} etcd etcdctl --command-timeout=3s endpoint status -w json") cat <<'JSON'
${status}
JSON
  ;;
  *) echo "unknown: $*" >&2; exit 64 ;;
esac`;

describe("a node's facts", () => {
  test("are its containers and what its etcd sees", async () => {
    const { containers, etcd } = await readNode(etcdctl());
    expect(containers.map(({ name, running }) => [name, running])).toEqual([
      ["nginx-proxy", true],
      ["kubelet", true],
      ["kube-proxy", true],
    ]);
    expect(etcd).toMatchObject({ clusterId: CLUSTER, members: { "9372538179322589801": "etcd-node3" } });
  });

  test("are not known where Docker does not answer: no container is called absent", async () => {
    fakeDocker(sshIs("exec sh -s"), { containers: ["kubelet"], down: true });
    const read = readNodeFacts(clusterNode({ roles: ["etcd"] }), { allowUnknown: false });
    await expect(read).rejects.toThrow("Cannot connect to the Docker daemon");
  });

  test("ask etcd at the internal address, where it listens alone", async () => {
    const own = "https://172.16.0.1:2379";
    const { etcd } = await readNode(etcdctl({ own }), ["etcd"], { internalAddress: "172.16.0.1" });
    expect(etcd).toMatchObject({ clusterId: CLUSTER });
  });

  test("ask each member once, by its first client URL, and none that has not started", async () => {
    const member = (id: number, rest: string) => `{"ID":${id},"peerURLs":["https://10.0.0.${id}:2380"]${rest}}`;
    const urls = (id: number) =>
      `,"name":"etcd-${id}","clientURLs":["https://10.0.0.${id}:2379","https://10.0.0.${id}:4001"]`;
    const members = `{"header":{"cluster_id":1,"member_id":1},"members":[${member(1, urls(1))},${member(2, urls(2))},${member(3, "")}]}`;
    const all = "https://10.0.0.1:2379,https://10.0.0.2:2379";
    expect((await readNode(etcdctl({ members, all }))).etcd).toMatchObject({
      members: { 1: "etcd-1", 2: "etcd-2", 3: "https://10.0.0.3:2380" },
    });
  });

  test("leave etcd out on a node that has not the role", async () => {
    expect(await readNode("echo asked >&2; exit 9", ["worker"])).not.toHaveProperty("etcd");
  });

  test("are not spoiled by warnings that etcdctl writes beside its answer", async () => {
    const warning = `echo '{"level":"warn","msg":"retrying of unary invoker failed"}' >&2`;
    expect((await readNode(etcdctl({ warning }))).etcd).toMatchObject({ clusterId: CLUSTER });
  });

  test("are not spoiled by a backslash in etcd's answer", async () => {
    const members = memberListJson([{ id: "10276657743932975437", name: "etcd-\\u0061\\\\n" }]);
    const all = "https://etcd-\\\\u0061\\\\\\\\n:2379";
    expect((await readNode(etcdctl({ members, all }))).etcd).toMatchObject({
      members: { "10276657743932975437": "etcd-a\\n" },
    });
  });

  test("tell why etcd does not answer, in one line", async () => {
    const { etcd } = await readNode("echo 'Error: context' >&2; echo 'deadline exceeded' >&2; exit 1");
    expect(etcd).toEqual({ error: "Error: context deadline exceeded" });
  });

  test("have what the other members answer when one of them is silent", async () => {
    const status = endpointStatusJson(MEMBERS.slice(0, 2));
    const warning = `case "$*" in *status*) echo 'Failed to get the status of endpoint https://10.0.0.3:2379' >&2; failed=1; esac`;
    const { etcd } = await readNode(`${etcdctl({ status, warning })}\nexit "\${failed:-0}"`);
    expect(etcd).toMatchObject({ clusterId: CLUSTER, statuses: [{ leader: MEMBERS[0]?.id }, {}] });
  });

  test("tell why when no member answers, without what etcdctl logs", async () => {
    const log = `echo '{"level":"warn","msg":"retrying of unary invoker failed"}' >&2`;
    const silent = `case "$*" in *status*) ${log}; echo '[]'; echo 'Failed to get the status of endpoint https://10.0.0.3:2379' >&2; exit 1;; esac
${etcdctl()}`;
    expect((await readNode(silent)).etcd).toEqual({
      error: "Failed to get the status of endpoint https://10.0.0.3:2379",
    });
  });

  test("tell what etcdctl printed when it is no JSON", async () => {
    expect((await readNode(etcdctl({ members: "table", all: "https://127.0.0.1:2379" }))).etcd).toEqual({
      error: "table",
    });
  });
});
