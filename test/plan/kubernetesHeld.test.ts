import { expect, test } from "vitest";
import { kubernetesHeld } from "../../plan/kubernetesHeld.ts";
import type { NodeReading } from "../../plan/nodeReading.ts";
import { notOpened } from "../../plan/openedReading.ts";

const withState = (snapshotState: object | "none") => ({ inPlace: { snapshotState } }) as unknown as NodeReading;

test("a snapshot has the Kubernetes of RKE's state file in it, else that of its nodes", () => {
  const opened = { ...notOpened(""), content: { kubernetes: "v1.20.15" } };
  const gone = { inPlace: { unreachable: { message: "no route", remedy: "" } } } as unknown as NodeReading;
  const nodes = [gone, withState({}), withState({ kubernetesVersion: "v1.20.15-rancher2-2" })];
  expect(kubernetesHeld(nodes, opened)).toBe("v1.20.15-rancher2-2");
  expect(kubernetesHeld([gone, withState("none")], opened)).toBe("v1.20.15");
  expect(kubernetesHeld([], notOpened("not read"))).toBeUndefined();
});
