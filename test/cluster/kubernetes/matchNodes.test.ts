import { describe, expect, test } from "vitest";
import { matchNodes, type NodeIdentity } from "../../../cluster/kubernetes/matchNodes.ts";
import { clusterNode } from "../../support/clusterFile.ts";

const NODES = [1, 2].map((number) =>
  clusterNode({ name: `node${number}`, address: `3.3.3.${number}`, internalAddress: `10.0.0.${number}` }),
);
const known = (name: string, hostname: string | undefined, ...internalIps: string[]): NodeIdentity => ({
  name,
  ...(hostname !== undefined && { hostname }),
  internalIps,
});

/** Names in the cluster file and in Kubernetes. */
function matched(...kubernetes: NodeIdentity[]) {
  const { pairs, missing, strangers } = matchNodes(NODES, kubernetes);
  return {
    pairs: pairs.map(({ node, kubernetes: other }) => `${node.name} ${other.name}`),
    missing: missing.map(({ name }) => name),
    strangers: strangers.map(({ name }) => name),
  };
}

describe("a node of the cluster file", () => {
  test("is the Kubernetes node with its name as the label, whatever the case", () => {
    expect(matched(known("node2", "NODE2"), known("node1", "node1"))).toEqual({
      pairs: ["node1 node1", "node2 node2"],
      missing: [],
      strangers: [],
    });
  });

  test("is found by its label where the cloud provider has named it, as in-tree aws does", () => {
    const names = ["ip-10-0-0-1.eu-central-1.compute.internal", "ip-10-0-0-2.eu-central-1.compute.internal"];
    expect(matched(known(names[0] ?? "", "node1"), known(names[1] ?? "", "node2"))).toMatchObject({
      pairs: [`node1 ${names[0]}`, `node2 ${names[1]}`],
    });
  });

  test("is found by its internal address where the label is the cloud provider's, too", () => {
    expect(matched(known("ip-1", "ip-1", "10.0.0.1"), known("ip-2", undefined, "fd00::2", "10.0.0.2"))).toMatchObject({
      pairs: ["node1 ip-1", "node2 ip-2"],
    });
  });

  test("is not found by the other's name or by the address for SSH", () => {
    expect(matched(known("node1", "else", "3.3.3.1"), known("node2", undefined))).toEqual({
      pairs: [],
      missing: ["node1", "node2"],
      strangers: ["node1", "node2"],
    });
  });

  test("is rather the one with its label than the one with its address", () => {
    expect(matched(known("old", "gone", "10.0.0.1"), known("new", "node1", "10.0.0.9"))).toEqual({
      pairs: ["node1 new"],
      missing: ["node2"],
      strangers: ["old"],
    });
  });

  test("leaves a label to the node that has it, though another has its address", () => {
    expect(matched(known("a", "node2", "10.0.0.1"), known("b", "else", "10.0.0.2"))).toEqual({
      pairs: ["node2 a"],
      missing: ["node1"],
      strangers: ["b"],
    });
  });
});
