import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { cloudEvent, cloudEventSchema, MOMENTS, type Moment } from "../../output/webhook/cloudEvent.ts";
import type { RunRecord } from "../../run/record.ts";
import { at, failed, interrupted, succeeded } from "../output/report/someRecord.ts";

const page = readFileSync(new URL("../../docs/webhook.md", import.meta.url), "utf8");
const [, transformer = ""] = /```js\n([\s\S]*?)```/.exec(page) ?? [];

/** What the recipe makes PagerDuty do with an event. */
function pagerDuty(moment: Moment, record: RunRecord) {
  const emitted: { event_type: string; incident_key: string; description: string }[] = [];
  const rawBody = JSON.stringify(cloudEvent(moment, record, at(1)));
  const emitGenericEvents = (events: typeof emitted) => void emitted.push(...events);
  runInNewContext(transformer, {
    PD: { inputRequest: { rawBody }, Trigger: "trigger", Resolve: "resolve", emitGenericEvents },
  });
  return emitted;
}

describe("the recipe for PagerDuty", () => {
  test.each<[string, Moment, RunRecord, string[]]>([
    ["a beginning: nobody", "started", succeeded(), []],
    ["the point of no return: opens an incident", "wiping", succeeded(), ["trigger"]],
    ["success: resolves it", "ended", succeeded(), ["resolve"]],
    ["a failure: opens it", "ended", failed(), ["trigger"]],
    ["a run that was stopped: opens it", "ended", interrupted(), ["trigger"]],
  ])("%s", (_, moment, record, types) => {
    expect(pagerDuty(moment, record).map(({ event_type }) => event_type)).toEqual(types);
  });

  test("is one incident a stack", () => {
    const keys = [...pagerDuty("wiping", failed()), ...pagerDuty("ended", succeeded())].map(
      ({ incident_key }) => incident_key,
    );
    expect(keys).toEqual(["/rancher-rollback/prod", "/rancher-rollback/prod"]);
  });

  test("is ES5, which is all that the transformer runs", () => {
    expect(transformer).not.toMatch(/\b(const|let|class|async)\b|=>|`|\?\.|,\s*[}\]]/);
  });
});

test("the page names every type and every attribute that it tells a receiver of", () => {
  for (const type of Object.values(MOMENTS)) expect(page).toContain(type);
  for (const attribute of ["type", "source", "subject", "run", "summary", "data"]) {
    expect(page).toContain(`\`${attribute}\``);
    expect(Object.keys(cloudEventSchema.shape)).toContain(attribute);
  }
});
