import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { afterwards, program, tempFolder } from "../../../support/folder.ts";

const NC = join(import.meta.dirname, "../../../../lab/images/rke-tools/nc");

function nc(words: string[], path = "") {
  return spawnSync("/bin/bash", [NC, ...words], { encoding: "utf8", env: { PATH: `${path}:${process.env.PATH}` } });
}

async function listening(): Promise<{ server: Server; port: string }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  afterwards(() => server.close());
  return { server, port: String((server.address() as { port: number }).port) };
}

test("the port check of RKE passes where something listens, and nowhere else", async () => {
  const { server, port } = await listening();
  expect(nc(["-w", "5", "-z", "127.0.0.1", port]).status).toBe(0);
  server.close();
  await once(server, "close");
  expect(nc(["-w", "5", "-z", "127.0.0.1", port]).status).toBe(1);
});

test("the port listener of RKE answers on its port, to one after the other", () => {
  const folder = tempFolder();
  program(join(folder, "socat"), 'echo "$@"');
  expect(nc(["-kl", "-p", "1337", "-e", "echo"], folder).stdout).toBe("TCP4-LISTEN:1337,fork,reuseaddr EXEC:echo\n");
});
