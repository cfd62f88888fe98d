import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { agentMistake, isEncryptedKey, type Login } from "../../../cluster/clusterFile/login.ts";
import { tempFolder } from "../../support/folder.ts";

describe("a private key with a passphrase", () => {
  test.each([
    ["OpenSSH's own form", ["-t", "ed25519"]],
    ["PEM", ["-t", "rsa", "-b", "2048", "-m", "PEM"]],
    ["PKCS #8", ["-t", "rsa", "-b", "2048", "-m", "PKCS8"]],
  ])("is distinguished from one without, in %s", (_form, options) => {
    const folder = tempFolder();
    const key = (passphrase: string) => {
      const path = join(folder, `key${passphrase}`);
      execFileSync("ssh-keygen", ["-q", ...options, "-N", passphrase, "-f", path]);
      return readFileSync(path, "utf8");
    };
    expect(isEncryptedKey(key(""))).toBe(false);
    expect(isEncryptedKey(key("hunter2"))).toBe(true);
  });

  test.each(["", "no key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"])(
    "is not seen in what is no key: %j",
    (text) => expect(isEncryptedKey(text)).toBe(false),
  );
});

describe("a login by the SSH agent", () => {
  const login: Login = { address: "a", port: 22, user: "u" };

  test.each<[string, Login & { bastion?: Login }]>([
    ["a node", { ...login, agent: true }],
    ["a bastion", { ...login, agent: true, key: "KEY", bastion: { ...login, agent: true } }],
  ])("of %s is lost without an agent", (_what, node) => {
    expect(agentMistake(node, {})).toContain("RKE reads no key then");
    expect(agentMistake(node, { SSH_AUTH_SOCK: "" })).toContain("RKE reads no key then");
    expect(agentMistake(node, { SSH_AUTH_SOCK: "/agent" })).toBeUndefined();
  });

  test("with an inline key beside it is not", () => {
    expect(agentMistake({ ...login, agent: true, key: "KEY" }, {})).toBeUndefined();
  });
});
