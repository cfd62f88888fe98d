import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { type RequestOptions, request } from "node:https";
import { text } from "node:stream/consumers";

interface HttpsAnswer {
  code: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Sends one request over HTTPS. @throws Error when there is no answer. */
export async function send(url: URL, options: RequestOptions, body?: string): Promise<HttpsAnswer> {
  const asked = request(url, options);
  asked.on("timeout", () => asked.destroy(new Error(`no answer within ${Number(options.timeout) / 1000} s`)));
  try {
    const answered = once(asked, "response");
    // One that is cut off tells it at both ends.
    asked.on("error", () => {}).end(body);
    const [response] = (await answered) as [IncomingMessage];
    return { code: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
  } catch (error) {
    // A host with several addresses fails with one error for each, and no words of its own.
    throw error instanceof AggregateError ? new Error(error.errors.map(String).join("; ")) : error;
  }
}
