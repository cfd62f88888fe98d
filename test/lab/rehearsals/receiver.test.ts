import { expect, test } from "vitest";
import { receiveEvents } from "../../../lab/rehearsals/receiver.ts";
import { cloudEvent } from "../../../output/webhook/cloudEvent.ts";
import { at, succeeded } from "../../output/report/someRecord.ts";

test("a receiver keeps the events that are as their schema says, and refuses others", async () => {
  const { url, events } = await receiveEvents();
  const event = cloudEvent("started", succeeded(), at(0));
  const answers = [];
  for (const body of [JSON.stringify(event), "{}", "sesame"])
    answers.push((await fetch(url, { method: "POST", body })).status);
  expect(answers).toEqual([202, 400, 400]);
  expect(events).toEqual([event]);
});
