import { createServer } from "node:https";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { rancherFront } from "../../../lab/rehearsals/front.ts";
import { selfSigned } from "../../support/certificate.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { kubeconfigFor } from "../../support/kubernetes.ts";
import { closedPort, listen } from "../../support/server.ts";

const tls = selfSigned();

async function frontOf(port: number): Promise<string> {
  const kubeconfig = textFile(join(tempFolder(), "kubeconfig"), kubeconfigFor(`https://127.0.0.1:${port}`, tls.caFile));
  const front = await rancherFront(kubeconfig, "rancher");
  onTestFinished(front.close);
  return front.url;
}

test("Rancher's address gives what its Service gives, by way of the Kubernetes API and as if TLS ended before it", async () => {
  const api = createServer(tls, ({ url, headers }, response) => {
    const isFound = url === "/api/v1/namespaces/cattle-system/services/rancher:80/proxy/ping?a=b";
    response.writeHead(isFound ? 200 : 404, { "content-type": "text/plain" });
    response.end(isFound ? `pong by ${headers["x-forwarded-proto"]}` : "none");
  });
  const url = await frontOf(await listen(api));
  const found = await fetch(`${url}/ping?a=b`);
  expect([found.status, found.headers.get("content-type"), await found.text()]).toEqual([
    200,
    "text/plain",
    "pong by https",
  ]);
  const missing = await fetch(`${url}/rancherversion`);
  expect([missing.status, await missing.text()]).toEqual([404, "none"]);
});

test("an API that does not answer is a bad gateway, and asked again the next time", async () => {
  const url = await frontOf(await closedPort());
  for (const _ of [1, 2]) {
    const answer = await fetch(`${url}/ping`);
    expect([answer.status, await answer.text()]).toEqual([502, expect.stringContaining("ECONNREFUSED")]);
  }
});
