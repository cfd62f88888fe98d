import { expect, test } from "vitest";
import { PHASES, phaseOf } from "../../run/phases.ts";

test("every step of a rollback has its phase, in the order of the steps", () => {
  const steps = [
    "lock-id",
    "machine-a",
    "snapshot-a",
    "cluster-config",
    "preflight",
    "safety-copy",
    "etcd-restore",
    "rke-up",
  ];
  const more = ["restart", "rancher-image-api", "verification", "rke-up-last", "unlock"];
  expect([...steps, ...more].map((step) => phaseOf(step)?.number)).toEqual(PHASES.map((_, at) => at + 1));
  expect(phaseOf("provider")).toBeUndefined();
});
