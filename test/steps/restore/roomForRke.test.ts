import { expect, test } from "vitest";
import { restoreStep, WHOLE } from "../../support/restoreStep.ts";
import { rememberedBy } from "../../support/restores.ts";
import { failureOf } from "../../support/steps.ts";

test("RKE is not started where a host has lost the room for its restore since the checks, as by the safety copy", async () => {
  const { nodes, ran, run } = restoreStep(WHOLE);
  nodes[1]?.program("df", "echo Filesystem; echo /dev/sda1 2000000 1900000 100000 95% /");
  expect(await failureOf(run())).toMatchObject({
    kind: "check",
    happened: [
      expect.stringMatching(/^node2: RKE's restore needs 192 MiB in .*etcd.* share a disk, there are 97 MiB free/),
    ],
    remedies: [expect.stringMatching(/^make room on node2: df -h /)],
    pointOfNoReturn: { state: "not-reached" },
  });
  expect(ran()).toBe(false);
  for (const node of nodes) expect(rememberedBy(node)).toEqual([]);
});
