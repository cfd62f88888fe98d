import { execFile } from "node:child_process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { closedPort, serve } from "../../support/server.ts";

const HTTP = pathToFileURL("cluster/rancher/http.ts");

test("Rancher is asked itself, whatever proxy the environment names", async () => {
  const url = await serve({ "/ping": "pong" });
  const proxy = `http://127.0.0.1:${await closedPort()}`;
  const script = `import { get } from "${HTTP}"; console.log((await get(new URL("${url}/ping"), undefined)).body)`;
  // A process of its own: Node reads the proxy once, when it starts.
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    env: { ...process.env, NODE_USE_ENV_PROXY: "1", HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: "" },
  });
  expect(stdout.trim()).toBe("pong");
});
