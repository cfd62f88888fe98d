import { expect, test } from "vitest";
import type { ClusterNode, Role } from "../../../cluster/clusterFile/clusterFile.ts";
import { etcdNodes, hasRole } from "../../../cluster/clusterFile/node.ts";
import { existingNodes } from "../../../cluster/clusterFile/replacement.ts";

const node = (name: string, ...roles: Role[]): ClusterNode => ({
  name,
  address: name,
  internalAddress: name,
  port: 22,
  user: "ops",
  roles,
});
const nodes = [node("b", "etcd", "worker"), node("w", "worker"), node("a", "controlplane", "etcd")];
const names = (all: ClusterNode[]) => all.map(({ name }) => name);

test("the etcd nodes are those with the role, in the order of the cluster file", () => {
  expect(names(etcdNodes({ nodes }))).toEqual(["b", "a"]);
  expect(hasRole(node("w", "worker"), "etcd")).toBe(false);
});

test("replacement nodes are not among the nodes that exist already", () => {
  const replacements = [{ node: node("b", "etcd") }];
  expect(names(existingNodes({ cluster: { nodes }, replacements }))).toEqual(["w", "a"]);
  expect(names(existingNodes({ cluster: { nodes }, replacements: [] }))).toEqual(["b", "w", "a"]);
});
