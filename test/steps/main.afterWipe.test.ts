import { join } from "node:path";
import { expect, test } from "vitest";
import { EVENTS_VARIABLE, type StepEvent } from "../../messages/stepEvents.ts";
import { linesOf } from "../support/fakeRke.ts";
import { restoreStep } from "../support/restoreStep.ts";
import { stepContext, stepProcess } from "../support/steps.ts";

test("a restore that finds the cluster file unreadable once it has wiped says that it has", async () => {
  const { clusterFile, folder, input } = restoreStep(`wiping; echo "nodes: [" >rancher-cluster.yml; fatal no`);
  const events = join(folder, "events");
  const request = { step: "restore", context: stepContext(clusterFile), input };
  const { code } = await stepProcess("", request, { env: { [EVENTS_VARIABLE]: events } });
  const failure = linesOf(events)
    .map((line) => JSON.parse(line) as StepEvent)
    .at(-1);
  expect(code).toBe(1);
  expect(failure).toMatchObject({
    failure: { kind: "cluster-file", pointOfNoReturn: { state: "passed", at: expect.any(String) } },
  });
});
