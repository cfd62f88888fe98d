import { expect, test } from "vitest";
import { nodeText } from "../../../cluster/clusterFile/node.ts";

test("a node is named with its address, and once where that is its name", () => {
  expect(nodeText({ name: "node1", address: "10.0.0.1" })).toBe("node1 (10.0.0.1)");
  expect(nodeText({ name: "10.0.0.1", address: "10.0.0.1" })).toBe("10.0.0.1");
});
