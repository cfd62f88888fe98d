import { createServer } from "node:https";
import { selfSigned } from "./certificate.ts";
import { kubeconfigFor } from "./kubernetes.ts";
import { listen } from "./server.ts";

const tls = selfSigned();
export const CLUSTERS = "/apis/management.cattle.io/v3/clusters";

/** What an API server was asked to change. */
interface Patch {
  path: string;
  type: string | undefined;
  body: string;
}

/** An API server whose Rancher has these clusters, or does not know the kind; `more` are other answers by path. */
export async function apiWithClusters(clusters: object[] | undefined, more: Record<string, string> = {}) {
  const patches: Patch[] = [];
  const server = createServer(tls, async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const { url = "", method, headers } = request;
    if (method === "PATCH") patches.push({ path: url, type: headers["content-type"], body });
    const found = url.startsWith(CLUSTERS) ? clusters && JSON.stringify({ items: clusters }) : more[url];
    response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(found ?? '{"message":"not found"}');
  });
  return { patches, kubeconfig: kubeconfigFor(`https://127.0.0.1:${await listen(server)}`, tls.caFile) };
}

/** A cluster that Rancher manages, with these conditions. */
export function managedCluster(name: string, token?: string, ...conditions: string[]): object {
  return {
    metadata: { name },
    status: { conditions: conditions.map((type) => ({ type })), ...(token && { serviceAccountToken: token }) },
  };
}
