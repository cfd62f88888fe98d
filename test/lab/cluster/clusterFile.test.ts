import { BlockList } from "node:net";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { clusterFile, withS3 } from "../../../lab/cluster/clusterFile.ts";
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

test("no address of the cluster is outside the range set aside for tests", () => {
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

test("one with S3 has RKE put its snapshots into the bucket, and is otherwise the same", () => {
  const ca = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const keys = { access: "0012", secret: "1e10" };
  const s3 = { tls: "198.18.0.1:9443", endpoint: "http://198.18.0.1:9000", bucket: "b", region: "r", keys, ca };
  const before = parse(file);
  const { s3backupconfig, ...backup } = parse(withS3(file, s3, "old")).services.etcd.backup_config;
  expect(backup).toEqual(before.services.etcd.backup_config);
  expect(s3backupconfig).toEqual({
    endpoint: "198.18.0.1:9443",
    bucket_name: "b",
    region: "r",
    folder: "old",
    access_key: "0012",
    secret_key: "1e10",
    custom_ca: ca.trimEnd(),
  });
});
