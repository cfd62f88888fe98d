import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { Client } from "ssh2";
import { expect, onTestFinished, test } from "vitest";
import { droppedOf, keyPair, listen } from "../../../../lab/bench/scale/sshServer.ts";
import { attempt } from "../../../../lab/machine/process.ts";
import { tempFolder, textFile } from "../../../support/folder.ts";

const ADDRESS = "127.1.0.1";

/** A server that echoes after `wait`, and how to reach it with OpenSSH's client. */
async function server(wait?: (command: string) => Promise<void>) {
  const folder = tempFolder();
  const [file, wrong] = [join(folder, "right"), join(folder, "wrong")];
  keyPair(wrong);
  const host = keyPair(join(folder, "host"));
  const user = keyPair(file);
  const listening = await listen(ADDRESS, 0, { host: host.private, user: user.public }, async (command, input) => {
    await wait?.(command);
    return { code: 7, stdout: `${command}: ${input}`, stderr: "warned\n" };
  });
  onTestFinished(() => void listening.close());
  const { port } = listening.address() as AddressInfo;
  const known = textFile(join(folder, "known"), `* ${host.public}`);
  const options = [`-oUserKnownHostsFile=${known}`, "-oStrictHostKeyChecking=yes", "-oIdentitiesOnly=yes", "-Fnone"];
  const words = (key: string) => [...options, "-oBatchMode=yes", "-i", key, "-p", String(port), `rke@${ADDRESS}`];
  const shared = [`-oControlPath=${join(folder, "c")}`, "-oControlMaster=auto", "-oControlPersist=60"];
  onTestFinished(() => void spawnSync("ssh", ["-q", "-Oexit", ...shared, ...words(file)]));
  const ask = (command: string, { key = file, input = "", more = [] as string[] } = {}) =>
    attempt("ssh", [...more, ...words(key), command], { input });
  return { ask, shared, wrong, port, privateKey: user.private };
}

test("OpenSSH's client runs a command on it, with all of its input and output and its exit code", async () => {
  const { ask } = await server();
  const input = "line\n".repeat(20_000);
  const { code, stdout, stderr } = await ask("sh -s", { input });
  expect({ code, stderr }).toEqual({ code: 7, stderr: "warned\n" });
  expect(stdout).toBe(`sh -s: ${input}`);
});

test("it carries several commands on one connection", async () => {
  const { ask, shared } = await server();
  for (const command of ["one", "two"]) {
    const { stdout } = await ask(command, { more: shared });
    expect(stdout).toBe(`${command}: `);
  }
});

test("another key than the one it knows is not let in", async () => {
  const { ask, wrong } = await server();
  const { code, stderr } = await ask("sh -s", { key: wrong });
  expect(code).toBe(255);
  expect(stderr).toContain("Permission denied (publickey)");
});

test("a connection carries ten commands at once, and another is refused", async () => {
  const { promise: refused, resolve: goOn } = Promise.withResolvers<void>();
  const { ask, shared } = await server(async (command) => (command === "wait" ? await refused : undefined));
  await ask("first", { more: shared });
  // Where the shared connection refuses, OpenSSH opens one of its own; here it cannot.
  const commands = Array.from({ length: 11 }, () => ask("wait", { more: [...shared, "-oProxyCommand=false"] }));
  const { code, stderr } = await Promise.race(commands);
  expect(code).toBe(255);
  expect(stderr).toContain("Session open refused by peer");
  goOn();
  const codes = (await Promise.all(commands)).map((ended) => ended.code);
  expect(codes.filter((one) => one === 7)).toHaveLength(10);
});

test("of many connections that do not log in the first ten are let in, and others dropped", async () => {
  const { port } = await server();
  const isLetIn = async () => {
    const socket = connect(port, ADDRESS).on("error", () => {});
    onTestFinished(() => void socket.destroy());
    return await Promise.race([once(socket, "data").then(() => true), once(socket, "close").then(() => false)]);
  };
  const letIn: boolean[] = [];
  for (let count = 0; count < 100; count++) letIn.push(await isLetIn());
  expect(letIn.slice(0, 10)).toEqual(Array(10).fill(true));
  expect(letIn).toContain(false);
});

test("who has logged in does not count among them", async () => {
  const { port, privateKey } = await server();
  for (let count = 0; count < 40; count++) {
    const client = new Client().connect({ host: ADDRESS, port, username: "rke", privateKey }).setNoDelay();
    onTestFinished(() => void client.end());
    await once(client, "ready");
  }
});

test.each([
  [9, 0],
  [10, 0.3],
  [55, 0.65],
  [100, 1],
  [101, 1],
])("while %d have not logged in, it drops %d of the next", (startups, dropped) => {
  expect(droppedOf(startups)).toBeCloseTo(dropped);
});
