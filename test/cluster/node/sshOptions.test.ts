import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { ClusterNode } from "../../../cluster/clusterFile/clusterFile.ts";
import { type HostKeyPolicy, KeyFiles, sshOptions } from "../../../cluster/node/sshOptions.ts";
import { clusterNode } from "../../support/clusterFile.ts";
import { program, tempFolder } from "../../support/folder.ts";

const STRICT: HostKeyPolicy = { allowUnknown: false };

function keyFiles(): KeyFiles {
  const keys = new KeyFiles();
  onTestFinished(() => keys.remove());
  return keys;
}

const options = (node: Partial<ClusterNode> = {}, hostKeys = STRICT) =>
  sshOptions(clusterNode(node), hostKeys, keyFiles());

/** What OpenSSH itself understands of options, by its option's name in small letters. */
function understood(args: string[]): Record<string, string> {
  const printed = execFileSync("ssh", ["-G", "-F", "/dev/null", ...args, "host"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return Object.fromEntries(
    printed.split("\n").map((line) => [line.split(" ", 1)[0], line.slice(line.indexOf(" ") + 1)] as const),
  );
}

describe("ssh's options for a node", () => {
  test("never ask and never hang, as OpenSSH understands them", () => {
    expect(understood(options({ port: 2222 }))).toMatchObject({
      batchmode: "yes",
      connecttimeout: "10",
      serveraliveinterval: "5",
      serveralivecountmax: "6",
      port: "2222",
    });
  });

  test("refuse an unknown host key unless the policy takes it, and never take a changed one", () => {
    expect(understood(options())).toMatchObject({ stricthostkeychecking: "true" });
    expect(understood(options({}, { allowUnknown: true }))).toMatchObject({ stricthostkeychecking: "accept-new" });
  });

  test("leave the known hosts to the operator's own files unless one is named", () => {
    const own = understood([]).userknownhostsfile;
    expect(understood(options()).userknownhostsfile).toBe(own);
    expect(understood(options({}, { ...STRICT, knownHostsFile: "/known" })).userknownhostsfile).toBe("/known");
  });

  test("name one known hosts file, whatever stands in its path", () => {
    const knownHostsFile = "/two  spaces/%h $HOME 'a' \"b\"/known_hosts";
    expect(understood(options({}, { ...STRICT, knownHostsFile })).userknownhostsfile).toBe(knownHostsFile);
  });

  test("log in by keys only, as RKE does", () => {
    expect(understood(options())).toMatchObject({ preferredauthentications: "publickey" });
  });

  test("offer the key that the cluster file names, and nothing that the agent has", () => {
    vi.stubEnv("SSH_AUTH_SOCK", "/agent");
    expect(understood(options({ keyPath: "/keys/one" }))).toMatchObject({
      identitiesonly: "yes",
      identityagent: "none",
      identityfile: "/keys/one",
    });
  });

  test("offer the certificate of a key, by path or inline", () => {
    const byPath = understood(options({ keyPath: "/keys/one", certPath: "/a cert" }));
    expect(byPath).toMatchObject({ identityfile: "/keys/one", certificatefile: "/a cert" });
    const inline = understood(options({ key: "KEY", cert: "CERT" }));
    expect(inline.certificatefile).not.toBe(inline.identityfile);
    expect(readFileSync(inline.certificatefile ?? "", "utf8")).toBe("CERT\n");
  });

  test("offer what the agent has, and no key of a file, where the cluster file asks for the agent", () => {
    vi.stubEnv("SSH_AUTH_SOCK", "/agent");
    const folder = tempFolder();
    const config = join(folder, "config");
    writeFileSync(config, "IdentityAgent /other\nIdentitiesOnly yes\n");
    const printed = execFileSync("ssh", ["-G", "-F", config, ...options({ agent: true, key: "KEY" }), "host"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    expect(printed).toMatch(/^identitiesonly no$/m);
    expect(printed).toMatch(/^identityagent SSH_AUTH_SOCK$/m);
    expect(printed).toMatch(/^identityfile none$/m);
  });

  test("offer the inline key where the cluster file asks for an agent and none runs", () => {
    vi.stubEnv("SSH_AUTH_SOCK", "");
    expect(readFileSync(understood(options({ agent: true, key: "KEY" })).identityfile ?? "", "utf8")).toBe("KEY\n");
    expect(understood(options({ agent: true }))).toMatchObject({ identityagent: "none", identityfile: "none" });
  });
});

describe("a bastion", () => {
  /** What the ssh to the bastion is started with, by a real ssh to the node behind it. */
  function jumpArguments(node: ClusterNode, hostKeys = STRICT): string[] {
    const folder = tempFolder();
    const real = execFileSync("sh", ["-c", "command -v ssh"], { encoding: "utf8" }).trim();
    program(join(folder, "ssh"), `printf '%s\\0' "$@" >'${folder}/args'`);
    spawnSync(real, ["-F", "/dev/null", ...sshOptions(node, hostKeys, keyFiles()), `${node.user}@${node.address}`], {
      env: { PATH: `${folder}:/usr/bin:/bin`, SHELL: "/bin/sh" },
    });
    return readFileSync(join(folder, "args"), "utf8").split("\0").slice(0, -1);
  }

  const bastion = { address: "jump.example.com", port: 2022, user: "jumper" };

  test("is logged in to with its own port and user, and forwards to the node's address and port", () => {
    const args = jumpArguments(clusterNode({ address: "10.0.0.9", port: 2222, bastion }));
    expect(args).toContain("-p2022");
    expect(args.slice(args.indexOf("-W"))).toEqual(["-W", "10.0.0.9:2222", "--", "jumper@jump.example.com"]);
  });

  test("is asked under the same host key policy", () => {
    const args = jumpArguments(clusterNode({ bastion }), { allowUnknown: true, knownHostsFile: "/a  b/100%h/known" });
    expect(args).toContain("-oStrictHostKeyChecking=accept-new");
    expect(understood(args.slice(0, args.indexOf("-W"))).userknownhostsfile).toBe("/a  b/100%h/known");
  });

  test.each(["/keys/it's $(touch x) `id`", '/keys/"a" b;c', "/keys/100%h %p"])(
    "gets its key's path as one word, whatever stands in it: %s",
    (keyPath) => {
      const args = jumpArguments(clusterNode({ bastion: { ...bastion, keyPath } }));
      const { identityfile } = understood(args.slice(0, args.indexOf("-W")));
      expect(identityfile?.replaceAll("%%", "%")).toBe(keyPath);
    },
  );

  test("gets a key of its own where the cluster file carries one inline", () => {
    const keys = keyFiles();
    const node = clusterNode({ key: "NODE", bastion: { ...bastion, key: "JUMP" } });
    const args = sshOptions(node, STRICT, keys);
    const jump = args.find((arg) => arg.startsWith("-oProxyCommand=")) ?? "";
    expect(readFileSync(/-oIdentityFile=([^\s']+)/.exec(jump)?.[1] ?? "", "utf8")).toBe("JUMP\n");
    expect(readFileSync(understood(args).identityfile ?? "", "utf8")).toBe("NODE\n");
  });
});

describe("a private key that the cluster file carries inline", () => {
  test("is a file that only this user can read, whole, and never on the command line", () => {
    const keys = keyFiles();
    const args = sshOptions(clusterNode({ key: "BEGIN\nSECRET\nEND" }), STRICT, keys);
    const path = understood(args).identityfile ?? "";
    expect(readFileSync(path, "utf8")).toBe("BEGIN\nSECRET\nEND\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(args.join(" ")).not.toContain("SECRET");
  });

  test("wins over a path, as it does for RKE", () => {
    const args = options({ key: "SECRET", keyPath: "/keys/path" });
    expect(args.join(" ")).not.toContain("/keys/path");
    expect(args.filter((arg) => arg.startsWith("-oIdentityFile="))).toHaveLength(1);
  });

  test("is gone with its folder when it is removed", () => {
    const keys = new KeyFiles();
    const path = keys.write("SECRET\n");
    expect(readFileSync(path, "utf8")).toBe("SECRET\n");
    keys.remove();
    expect(existsSync(dirname(path))).toBe(false);
  });
});
