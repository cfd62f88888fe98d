import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { get } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { tlsProxy } from "../../../lab/cluster/s3.ts";
import { makeCertificates } from "../../../lab/cluster/secureS3.ts";
import { afterwards, tempFolder } from "../../support/folder.ts";
import { closedPort, listen } from "../../support/server.ts";

test("what stands behind is reached by whoever trusts the authority, under the name that was asked for", async () => {
  const folder = tempFolder();
  await makeCertificates(folder, "127.0.0.1");
  const behind = await listen(createServer(({ headers }, response) => response.end(`asked for ${headers.host}`)));
  const port = await closedPort();
  const proxy = spawn(process.execPath, [tlsProxy, folder, `127.0.0.1:${port}`, `127.0.0.1:${behind}`], { env: {} });
  afterwards(() => proxy.kill());

  const ask = async (ca?: Buffer) => {
    const [response] = await once(get({ host: "127.0.0.1", port, ca, agent: false }), "response");
    return text(response);
  };
  const ca = readFileSync(join(folder, "ca.pem"));
  await expect.poll(() => ask(ca), { timeout: 20_000 }).toBe(`asked for 127.0.0.1:${port}`);
  await expect(ask()).rejects.toThrow("certificate");
});
