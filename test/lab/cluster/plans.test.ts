import { describe, expect, test } from "vitest";
import { clusterNames, nodeNamed, nodesOf } from "../../../lab/cluster/plans.ts";

describe("the clusters of the lab", () => {
  test("have addresses of their own on one network, spare machines too", () => {
    const machines = clusterNames.flatMap((cluster) =>
      Array.from({ length: 9 }, (_, index) => nodeNamed(cluster, `node${index + 1}`)),
    );
    const addresses = machines.flatMap(({ address, internalAddress }) => [
      address,
      ...(internalAddress === undefined ? [] : [internalAddress]),
    ]);
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
