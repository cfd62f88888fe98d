import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CloudEvent, cloudEventSchema } from "../../output/webhook/cloudEvent.ts";

/** Receives a webhook's events on this machine, for as long as this process lives. `events` grows as they come. */
export async function receiveEvents(): Promise<{ url: string; events: CloudEvent[] }> {
  const events: CloudEvent[] = [];
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join("");
    try {
      events.push(cloudEventSchema.parse(JSON.parse(body)));
      response.writeHead(202).end();
    } catch {
      response.writeHead(400).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/rancher`, events };
}
