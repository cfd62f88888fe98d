import { describe, expect, test } from "vitest";
import type { Role } from "../../cluster/clusterFile/node.ts";
import { readPlan } from "../../plan/readPlan.ts";
import { endpointStatusJson, MEMBERS, memberListJson } from "../support/etcd.ts";
import { someNode, someReplacement } from "../support/settings.ts";
import { snapshotHosts } from "../support/snapshotHosts.ts";

const ALL: Role[] = ["controlplane", "etcd", "worker"];

/** What the preview finds wrong with etcd, which has its first so many members; node4 takes node3's place, which is gone. */
async function problems(roles: Role[], { members = 3, answering = 2 } = {}): Promise<string[]> {
  const { settings, hosts } = snapshotHosts({ reachable: [0, 1] });
  const [list, status] = [memberListJson(MEMBERS.slice(0, members)), endpointStatusJson(MEMBERS.slice(0, answering))];
  for (const host of hosts) {
    host.program(
      "docker",
      `case $* in
  version*) echo 20.10.24 ;;
  *'member list'*) echo '${list}' ;;
  *'endpoint status'*) echo '${status}' ;;
  *) exit 1 ;;
esac`,
    );
  }
  const nodes = [someNode(1), someNode(2), someNode(4, roles)];
  const { etcd } = await readPlan({
    ...settings,
    readCluster: true,
    cluster: { ...settings.cluster, nodes },
    rancher: { ...settings.rancher, url: "http://127.0.0.1:1" },
    replacements: [someReplacement(someNode(4, roles))],
  });
  return etcd.problems.map(({ message }) => message);
}

describe("a preview for a node that is replaced", () => {
  test("expects etcd to have the member of the node that is gone, and names it as silent", async () => {
    expect(await problems(ALL)).toEqual(["node1, node2: etcd members that do not answer: etcd-node3"]);
  });

  test("finds a member that has been removed by hand", async () => {
    expect(await problems(ALL, { members: 2 })).toEqual([
      "node1, node2: etcd has 2 of 3 members (etcd-node1, etcd-node2)",
    ]);
  });

  test("expects none of a node that has no etcd", async () => {
    expect(await problems(["worker"], { members: 2 })).toEqual([]);
    expect(await problems(["worker"])).toEqual([
      "node1, node2: etcd has 3 of 2 members (etcd-node1, etcd-node2, etcd-node3)",
      "node1, node2: etcd members that do not answer: etcd-node3",
    ]);
  });
});
