import { expect, test } from "vitest";
import { incomplete } from "../../../cluster/inPlace/controlPlane.ts";

const ALL = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "old-kube-proxy"];
const listed = (names: string[]) => names.map((name) => `container ${name} Up 3 hours\n`).join("");
const node = { name: "node1", roles: ["controlplane" as const, "etcd" as const] };

test("a control plane lacks the containers that could not be started again", () => {
  expect(incomplete(node, listed(ALL))).toEqual([]);
  const cutOff = ALL.map((name) => (name === "kube-scheduler" ? "old-kube-scheduler" : name));
  expect(incomplete(node, listed(cutOff))).toEqual([{ node: "node1", components: ["kube-scheduler"] }]);
  expect(incomplete(node, "")).toEqual([{ node: "node1", components: ALL.slice(0, 3) }]);
});

test("a node without that role lacks none", () => {
  expect(incomplete({ name: "node1", roles: ["etcd", "worker"] }, "")).toEqual([]);
});
