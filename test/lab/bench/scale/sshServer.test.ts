import { execFileSync, spawnSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { blobOf, listen } from "../../../../lab/bench/scale/sshServer.ts";
import { attempt } from "../../../../lab/machine/process.ts";
import { tempFolder, textFile } from "../../../support/folder.ts";

const ADDRESS = "127.1.0.1";

/** A server that echoes, and how to reach it with OpenSSH's client. */
async function server() {
  const folder = tempFolder();
  const keyFile = (name: string) => {
    const file = join(folder, name);
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
    return file;
  };
  const file = keyFile("right");
  const [, blob = ""] = readFileSync(`${file}.pub`, "utf8").split(" ");
  const x = Buffer.from(blob, "base64").subarray(-32).toString("base64url");
  const user = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const host = generateKeyPairSync("ed25519");
  const listening = await listen(ADDRESS, 0, { host, user }, async (command, input) => ({
    ...{ code: 7, stdout: `${command}: ${input}`, stderr: "warned\n" },
  }));
  onTestFinished(() => void listening.close());
  const known = textFile(join(folder, "known"), `* ssh-ed25519 ${blobOf(host.publicKey).toString("base64")}\n`);
  const { port } = listening.address() as AddressInfo;
  const options = [
    `-oUserKnownHostsFile=${known}`,
    "-oStrictHostKeyChecking=yes",
    "-oIdentitiesOnly=yes",
    "-F",
    "none",
  ];
  const words = (key: string) => [...options, "-oBatchMode=yes", "-i", key, "-p", String(port), `rke@${ADDRESS}`];
  return { words, file, wrong: keyFile("wrong"), folder };
}

test("OpenSSH's client runs a command on it, with all of its input and output and its exit code", async () => {
  const { words, file } = await server();
  const input = "line\n".repeat(20_000);
  const { code, stdout, stderr } = await attempt("ssh", [...words(file), "sh -s"], { input });
  expect({ code, stderr }).toEqual({ code: 7, stderr: "warned\n" });
  expect(stdout).toBe(`sh -s: ${input}`);
});

test("it carries several commands on one connection", async () => {
  const { words, file, folder } = await server();
  const shared = [`-oControlPath=${join(folder, "c")}`, "-oControlMaster=auto", "-oControlPersist=60"];
  onTestFinished(() => void spawnSync("ssh", ["-q", "-Oexit", ...shared, ...words(file)]));
  for (const command of ["one", "two"]) {
    const { stdout } = await attempt("ssh", [...shared, ...words(file), command], { input: "" });
    expect(stdout).toBe(`${command}: `);
  }
});

test("another key than the one it knows is not let in", async () => {
  const { words, wrong } = await server();
  const { code, stderr } = await attempt("ssh", [...words(wrong), "sh -s"], { input: "" });
  expect(code).toBe(255);
  expect(stderr).toContain("Permission denied (publickey)");
});
