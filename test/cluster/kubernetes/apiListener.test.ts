import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connects, listenerScript, parseListener } from "../../../cluster/kubernetes/apiListener.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { closedPort, serve } from "../../support/server.ts";

const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const ANY = "00000000000000000000000000000000";

test.each([
  ["on all addresses, by IPv6", { tcp: "", tcp6: `   0: ${ANY}:192B ${ANY}:0000 0A 00000000:00000000\n` }, true],
  ["on one address, by IPv4", { tcp: "   3: 0100007F:192B 00000000:0000 0A 00000000:00000000\n" }, true],
  [
    "not, where only connections to another host have that port",
    { tcp: "   3: 0A00000A:9C40 0B00000A:192B 01 0\n" },
    false,
  ],
  ["not, where a connection of that port is left", { tcp: "   3: 0A00000A:192B 0B00000A:9C40 06 0\n" }, false],
  ["not, where the kernel's files cannot be read", {}, false],
])("an API server listens %s", (_, files: Record<string, string>, expected) => {
  const proc = tempFolder();
  for (const [name, lines] of Object.entries(files)) textFile(join(proc, "net", name), HEAD + lines);
  expect(parseListener(execFileSync("/bin/sh", { input: listenerScript(proc), encoding: "utf8" }))).toBe(expected);
});

test("this machine connects to what listens, and to nothing else", async () => {
  const { port } = new URL(await serve({}));
  expect(await connects("127.0.0.1", Number(port))).toBe(true);
  expect(await connects("127.0.0.1", await closedPort())).toBe(false);
});
