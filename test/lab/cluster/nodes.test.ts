import { expect, test } from "vitest";
import { withHost } from "../../../lab/cluster/nodes.ts";

const node = { name: "node1", address: "198.18.0.1" };
const KNOWN = "198.18.0.1 ssh-ed25519 OLD\n198.18.0.11 ssh-ed25519 OTHER\n";

test("a new node's key takes the place of the one that was at its address", () => {
  expect(withHost(KNOWN, node, "ssh-ed25519 NEW node1\n")).toBe(
    "198.18.0.11 ssh-ed25519 OTHER\n198.18.0.1 ssh-ed25519 NEW\n",
  );
});

test("a machine whose key no one knows is not known by an earlier one's either", () => {
  expect(withHost(KNOWN, node, undefined)).toBe("198.18.0.11 ssh-ed25519 OTHER\n");
});

test("the first node makes the list", () => {
  expect(withHost("", node, "ssh-ed25519 NEW node1\n")).toBe("198.18.0.1 ssh-ed25519 NEW\n");
});
