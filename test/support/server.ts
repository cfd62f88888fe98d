import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server as NetServer } from "node:net";
import { text } from "node:stream/consumers";
import { afterwards } from "./folder.ts";

/** A body, or a status, a body and perhaps where it redirects to, by path; a function is asked again each time. */
export type Answers = Record<string, Answer | ((asked: Asked) => Answer)>;
/** A request as the server gets it; `type` is its content type. */
export interface Asked {
  method: string;
  url: string;
  type: string;
  body: string;
}
type Answer = string | [status: number, body: string, location?: string];

/** Starts a web server on this machine that is stopped afterwards. Other paths are 404. Gives its address. */
export async function serve(answers: Answers, tls?: { key: Buffer; cert: Buffer }): Promise<string> {
  const listener: RequestListener = async (request, response) => {
    const { url = "", method = "", headers } = request;
    const body = await text(request);
    const found = answers[url] ?? answers[url.split("?")[0] ?? ""] ?? [404, '{"message":"not found"}'];
    const answer =
      typeof found === "function" ? found({ method, url, type: headers["content-type"] ?? "", body }) : found;
    const [status, said, location] = typeof answer === "string" ? [200, answer] : answer;
    const type = said.startsWith("{") ? "application/json" : "text/html";
    response.writeHead(status, { "content-type": type, ...(location !== undefined && { location }) }).end(said);
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  return `${tls ? "https" : "http"}://127.0.0.1:${await listen(server)}`;
}

/** Lets a server listen on a port of its own, until the test file ends. */
export async function listen(server: NetServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterwards(() => {
    (server as NetServer & Partial<Server>).closeAllConnections?.();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
