import { readFileSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

export interface RancherAddress {
  /** e.g. `https://rancher.example.com`. */
  url: string;
  /** PEM file of the authority that signed Rancher's certificate, where the machine does not know it. */
  caFile?: string;
}

const TIMEOUT_MS = 10_000;

/**
 * The version Rancher answers with, after it has answered `/ping`. Newer releases tell it at `/rancherversion`, older
 * ones in the setting `server-version`.
 * @throws Error with a sentence for the operator when Rancher does not answer, or not with a version.
 */
export async function readRancherVersion({ url, caFile }: RancherAddress): Promise<string> {
  const ca = caFile ? readFileSync(caFile) : undefined;
  const ping = await get(new URL("/ping", url), ca);
  if (ping.status !== 200) throw new Error(`${url}/ping answers with HTTP ${ping.status}`);
  const modern = await get(new URL("/rancherversion", url), ca);
  const version =
    (modern.status === 200 && field(modern.body, "Version")) ||
    field((await get(new URL("/v3/settings/server-version", url), ca)).body, "value");
  if (!version)
    throw new Error(
      `${url} answers, but tells its version neither at /rancherversion nor at /v3/settings/server-version`,
    );
  return version;
}

function field(body: string, name: string): string | undefined {
  try {
    const value = (JSON.parse(body) as Record<string, unknown>)[name];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function get(url: URL, ca: Buffer | undefined): Promise<{ status: number; body: string }> {
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const asked = request(url, { timeout: TIMEOUT_MS, agent: false, ...(ca && { ca }) }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer within 10 s")));
    // For a name with several addresses Node gives an error without a message.
    asked.on("error", (error: NodeJS.ErrnoException) =>
      reject(new Error(`${url.origin} does not answer: ${error.message || error.code}`)),
    );
    asked.end();
  });
}
