import { readFileSync } from "node:fs";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import type { LabCluster } from "./labCluster.ts";

/** Lets the lab log in to its Rancher, as an operator would with an API key; the product does not know it. */
export const labToken = "token-lab";

/**
 * Asks Rancher over HTTPS, logged in.
 * @throws Error when it does not answer, or not with a status of 2xx.
 */
export async function askRancher(cluster: LabCluster, path: string, post?: object): Promise<string> {
  const url = new URL(path, cluster.rancherUrl);
  return await new Promise((resolve, reject) => {
    const asked = request(url, {
      method: post ? "POST" : "GET",
      ca: readFileSync(cluster.rancherCaFile),
      agent: false,
      timeout: 10_000,
      headers: { authorization: `Bearer ${labToken}` },
    });
    asked.on("response", (response) => {
      text(response).then((body) => {
        const good = response.statusCode !== undefined && response.statusCode < 300;
        if (good) resolve(body);
        else reject(new Error(`${url} answers with HTTP ${response.statusCode}: ${body}`));
      }, reject);
    });
    asked.on("timeout", () => asked.destroy(new Error(`${url} does not answer within 10 s`)));
    asked.on("error", reject);
    asked.end(post && JSON.stringify(post));
  });
}
