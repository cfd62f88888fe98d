import { expect, test } from "vitest";
import { parse } from "yaml";
import { databaseBytes, withQuota } from "../../../lab/bench/big.ts";
import { clusterFile } from "../../../lab/cluster/clusterFile.ts";
import { nodesOf } from "../../../lab/cluster/plans.ts";

test("the limit of the database is an argument of etcd's, and nothing else changes", () => {
  const before = clusterFile("a", nodesOf("a"), "/key");
  const { services, ...others } = parse(withQuota(before, 8589934592));
  const { services: were, ...otherwise } = parse(before);
  expect(others).toEqual(otherwise);
  expect(services).toEqual({ ...were, etcd: { ...were.etcd, extra_args: { "quota-backend-bytes": "8589934592" } } });
});

test("the database is as large as its largest copy", () => {
  expect(databaseBytes('[{"Status":{"dbSize":12}},{"Status":{"dbSize":2147483648}}]')).toBe(2147483648);
});
