import { BlockList } from "node:net";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { clusterFile } from "../../../lab/cluster/clusterFile.ts";
import { etcdImageOf, nodesOf } from "../../../lab/cluster/plans.ts";

const nodes = nodesOf("a");
const file = clusterFile("a", nodes, "/keys/id_ed25519");

test("every node has all three roles and a name of its own", () => {
  expect(parse(file).nodes).toEqual(
    nodes.map(({ name, address }) => ({
      address,
      hostname_override: name,
      user: "root",
      role: ["controlplane", "etcd", "worker"],
    })),
  );
});

test("no address of the cluster lies outside the range set aside for tests", () => {
  const range = new BlockList();
  range.addSubnet("198.18.0.0", 15);
  const addresses = file.match(/\d+\.\d+\.\d+\.\d+/g) ?? [];
  expect(addresses.length).toBeGreaterThan(5);
  expect(addresses.filter((address) => !range.check(address))).toEqual([]);
});

test("the unpleasant one has what RKE's documentation allows and clouds do", () => {
  const unpleasant = clusterFile("c", nodesOf("c"), "/keys/id_ed25519", etcdImageOf("c"));
  expect(parse(unpleasant)).toMatchObject({
    system_images: { etcd: "rancher/mirrored-coreos-etcd:v3.5.21" },
    nodes: [
      { address: "198.18.0.31", internal_address: "198.18.0.131", user: "rke", role: ["etcd"] },
      { address: "198.18.0.32", hostname_override: "node2", user: "rke", role: ["controlplane", "worker"] },
      { address: "198.18.0.33", hostname_override: "node3", user: "rke", role: ["worker"] },
    ],
  });
  expect(unpleasant).not.toContain("lab.internal");
});

test("it has comments, as the files of real users have", () => {
  expect(file.split("\n").filter((line) => line.trim().startsWith("#")).length).toBeGreaterThan(2);
});
