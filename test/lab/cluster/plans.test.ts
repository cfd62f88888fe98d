import { beforeEach, describe, expect, test, vi } from "vitest";
import { clusterNames, likeOperators, MOST_NODES, nodeNamed, nodesLike, nodesOf } from "../../../lab/cluster/plans.ts";
import { tempFolder } from "../../support/folder.ts";

const machines = clusterNames.flatMap((cluster) =>
  Array.from({ length: 9 }, (_, index) => nodeNamed(cluster, `node${index + 1}`)),
);

function addressesOf(nodes: typeof machines): string[] {
  return nodes.flatMap(({ address, internalAddress = [] }) => [address].concat(internalAddress));
}

describe("the clusters of the lab", () => {
  test("have addresses of their own on one network, spare machines too", () => {
    const addresses = addressesOf(machines);
    expect(new Set(addresses).size).toBe(addresses.length);
    for (const address of addresses) {
      expect(address).toMatch(/^198\.18\.0\.\d+$/);
      expect(Number(address.split(".").at(-1))).toBeLessThan(255);
    }
  });

  test.each(clusterNames)("%s has every role", (cluster) => {
    const roles = new Set(nodesOf(cluster).flatMap((node) => node.roles));
    expect([...roles].sort()).toEqual(["controlplane", "etcd", "worker"]);
  });

  test("refuse a name that they have not", () => {
    expect(() => nodesOf("z")).toThrow('the lab has the clusters a, b, c, none named "z"');
    expect(() => nodeNamed("a", "node10")).toThrow('nodes are named node1 to node9, there is no "node10"');
  });
});

describe("the cluster that is made like an operator's", () => {
  beforeEach(() => {
    vi.stubEnv("RANCHER_ROLLBACK_LAB", tempFolder());
    vi.resetModules();
  });

  const nodes = nodesLike([
    { name: "etcd-1.example.com", roles: ["etcd"], hasInternalAddress: true },
    { name: "10.0.0.2", roles: ["controlplane", "worker"], hasInternalAddress: false },
  ]);

  test("has the names and roles of its nodes, for every command of the lab once its plan is kept", async () => {
    const { keepPlan } = await import("../../../lab/cluster/plans.ts");
    keepPlan(nodes);
    vi.resetModules();
    const later = await import("../../../lab/cluster/plans.ts");
    expect(later.isPlanned(likeOperators)).toBe(true);
    expect(later.nodesOf(likeOperators)).toEqual(nodes);
    expect(later.nodeNamed(likeOperators, "10.0.0.2")).toEqual(nodes[1]);
  });

  test("is none of the lab's before that", async () => {
    const { isPlanned, nodesOf: nodesNow } = await import("../../../lab/cluster/plans.ts");
    expect(isPlanned(likeOperators)).toBe(false);
    expect(() => nodesNow(likeOperators)).toThrow('none named "d"');
  });

  test("has addresses that no machine of another cluster has", () => {
    const most = Array.from({ length: MOST_NODES }, () => ({ name: "n", roles: [], hasInternalAddress: true }));
    const own = new Set(addressesOf(nodesLike(most)));
    expect(own.size).toBe(2 * MOST_NODES);
    expect(addressesOf(machines).filter((address) => own.has(address))).toEqual([]);
  });
});
