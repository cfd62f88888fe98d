import { BlockList } from "node:net";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { clusterFile } from "../../../lab/cluster/clusterFile.ts";

const nodes = [1, 2, 3].map((number) => ({ name: `node${number}`, address: `198.18.0.1${number}` }));
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

test("it has comments, as the files of real users have", () => {
  expect(file.split("\n").filter((line) => line.trim().startsWith("#")).length).toBeGreaterThan(2);
});
