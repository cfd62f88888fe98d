import { readFileSync } from "node:fs";
import { send } from "../machine/https.ts";
import type { LabCluster } from "./labCluster.ts";

/** Lets the lab log in to its Rancher, as an operator would with an API key; the product does not know it. */
export const labToken = "token-lab";

/**
 * Asks Rancher over HTTPS, logged in.
 * @throws Error when it does not answer, or not with a status of 2xx.
 */
export async function askRancher(cluster: LabCluster, path: string, post?: object): Promise<string> {
  const url = new URL(path, cluster.rancherUrl);
  const options = {
    method: post ? "POST" : "GET",
    ca: readFileSync(cluster.rancherCaFile),
    agent: false,
    timeout: 10_000,
    headers: { authorization: `Bearer ${labToken}` },
  };
  const { code, text } = await send(url, options, post && JSON.stringify(post));
  if (code < 300) return text;
  throw new Error(`${url} answers with HTTP ${code}: ${text}`);
}
