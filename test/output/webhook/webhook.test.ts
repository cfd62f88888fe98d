import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, test } from "vitest";
import { type CloudEvent, cloudEventSchema } from "../../../output/webhook/cloudEvent.ts";
import { Webhook } from "../../../output/webhook/webhook.ts";
import { closedPort, listen } from "../../support/server.ts";
import { at, succeeded } from "../report/someRecord.ts";

interface Received {
  headers: IncomingMessage["headers"];
  method: string | undefined;
  body: string;
}

const PATH = "/services/sesame?token=sesame";
let received: Received[];
beforeEach(() => {
  received = [];
});

/** The address of a receiver that answers like this. */
async function receiver(answer: (response: ServerResponse) => void = (response) => void response.end()) {
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, method: request.method, body: await text(request) });
    answer(response);
  });
  return `http://127.0.0.1:${await listen(server)}${PATH}`;
}

describe("a webhook", () => {
  test("gets each moment of a run as a CloudEvent in JSON", async () => {
    const webhook = new Webhook(await receiver());
    const record = succeeded();
    webhook.tell("started", record, at(0));
    webhook.tell("ended", record, at(250));
    expect(await webhook.settled()).toBeUndefined();
    expect(received.map(({ method }) => method)).toEqual(["POST", "POST"]);
    for (const { headers, body } of received) {
      expect(headers["content-type"]).toBe("application/cloudevents+json; charset=utf-8");
      expect(cloudEventSchema.strict().parse(JSON.parse(body))).toMatchObject({ specversion: "1.0", subject: "prod" });
    }
    const events = received.map(({ body }): CloudEvent => JSON.parse(body));
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set(["rancher-rollback.run.started", "rancher-rollback.run.ended"]),
    );
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
    expect(new Set(events.map(({ run }) => run)).size).toBe(1);
  });

  test("that refuses, that redirects or that is not there costs one sentence, which names its host alone", async () => {
    const refusing = await receiver((response) => response.writeHead(404).end("sesame"));
    const redirecting = await receiver((response) => response.writeHead(302, { location: refusing }).end());
    const gone = `http://127.0.0.1:${await closedPort()}${PATH}`;
    for (const [url, why] of [
      [refusing, "HTTP 404"],
      [redirecting, "HTTP 302"],
      [gone, "the connection was refused"],
    ] as const) {
      const webhook = new Webhook(url);
      webhook.tell("started", succeeded(), at(0));
      webhook.tell("wiping", succeeded(), at(58));
      expect(await webhook.settled()).toBe(`the webhook at ${new URL(url).host} did not take 2 of 2 events: ${why}`);
    }
  });

  test("that never answers is given up", async () => {
    const webhook = new Webhook(await receiver(() => {}));
    webhook.tell("started", succeeded(), at(0));
    expect(await webhook.settled()).toMatch(/: no answer within 5 s$/);
  });
});
