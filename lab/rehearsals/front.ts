import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { RequestOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { loadKubeconfig } from "../../cluster/kubernetes/kubeconfig.ts";
import { namespace } from "../cluster/rancherManifest.ts";
import { send } from "../machine/https.ts";

/**
 * What stands before Rancher for its users, as a load balancer that ends TLS: passes requests through the Kubernetes API
 * to whichever pod of a Service is ready. Nothing of it is in the cluster, so no restore takes it away.
 * @param service one with port 80.
 */
export async function rancherFront(kubeconfig: string, service: string): Promise<{ url: string; close: () => void }> {
  const front = createServer((asked, answer) => {
    pass(kubeconfig, service, asked, answer).catch((error: Error) => answer.writeHead(502).end(error.message));
  });
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  return { url: `http://127.0.0.1:${(front.address() as AddressInfo).port}`, close: () => front.close() };
}

/** The kubeconfig is read each time: RKE writes it again when it restores. */
async function pass(kubeconfig: string, service: string, asked: IncomingMessage, answer: ServerResponse) {
  const config = loadKubeconfig(kubeconfig);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const path = `/api/v1/namespaces/${namespace}/services/${service}:80/proxy${asked.url}`;
  const passed = await send(new URL(path, config.getCurrentCluster()?.server), {
    ...options,
    // Rancher sends plain HTTP to HTTPS, unless who stands before it says that TLS ended there.
    headers: { ...options.headers, "x-forwarded-proto": "https" },
    timeout: 10_000,
  });
  const type = passed.headers["content-type"];
  answer.writeHead(passed.code, { ...(type && { "content-type": type }) }).end(passed.text);
}
