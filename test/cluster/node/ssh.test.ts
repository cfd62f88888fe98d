import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { type SshArgs, SshError, ssh } from "../../../cluster/node/ssh.ts";
import { clusterNode } from "../../support/clusterFile.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { sshIs } from "../../support/sshIs.ts";

const ask = (over: Partial<SshArgs> = {}) =>
  ssh({
    node: clusterNode({ port: 2222 }),
    script: "exit 0",
    hostKeys: { allowUnknown: false },
    timeoutSeconds: 60,
    ...over,
  });

/** The error of a node that could not be asked. */
async function refused(script: string, over: Partial<SshArgs> = {}): Promise<SshError> {
  sshIs(script);
  const error = await ask(over).then(
    (printed) => new Error(`it was asked: ${printed}`),
    (reason: unknown) => reason,
  );
  if (error instanceof SshError) return error;
  throw error;
}

describe("a script on a node", () => {
  test("runs there, and what it prints is returned whole", async () => {
    sshIs("exec sh -s");
    expect(await ask({ script: 'echo one; printf "two\\n\\n$(printf three)"' })).toBe("one\ntwo\n\nthree");
  });

  test("travels on standard input, byte for byte, and is no part of the command line", async () => {
    const folder = sshIs('printf "%s\\n" "$@" >"$' + '{0%/*}/args"; cat');
    const script = "printf '%s' \"$(id)\" 'ü' \\ `x`\n#\u20ac\n";
    expect(await ask({ script })).toBe(script);
    expect(readFileSync(join(folder, "args"), "utf8")).not.toContain("printf");
  });

  test("is run by sh as the node's user, whom ssh cannot take for an option", async () => {
    const folder = sshIs('printf "%s\\n" "$@" >"$' + '{0%/*}/args"');
    await ask({ node: clusterNode({ user: "-oProxyCommand=id" }) });
    expect(readFileSync(join(folder, "args"), "utf8")).toMatch(/\n--\n-oProxyCommand=id@10\.0\.0\.1\nsh -s\n$/);
  });

  test("tells nothing that controls a terminal or turns the direction of writing, whatever the node says", async () => {
    const said: string[] = [];
    const evil = "printf '\\033[2Jone\\r\\342\\200\\256two\\033]0;x\\007\\n' >&2; exit 3";
    const { message } = await refused(evil, { say: (line) => said.push(line) });
    expect(said).toEqual(["onetwo"]);
    expect(message).toMatch(/failed with exit code 3: onetwo$/);
  });

  test("tells its progress line by line, as soon as a line is whole", async () => {
    sshIs("exec sh -s");
    const said: string[] = [];
    const go = join(tempFolder(), "go");
    const goes = `until [ -e ${go} ]; do sleep 0.05; done`;
    const script = `printf one >&2; sleep 0.3; printf ' and a half\\ntwo\\n' >&2; ${goes}; printf three >&2`;
    await ask({ script, say: (line) => void (said.push(line) === 2 && textFile(go, "")) });
    expect(said).toEqual(["one and a half", "two", "three"]);
  });

  test("may be longer than a node that does not read it", async () => {
    expect((await refused("exec <&-; exit 4", { script: "#".repeat(1_000_000) })).message).toContain("exit code 4");
  });

  test("that fails is named with its exit code and its last word", async () => {
    const error = await refused("echo first >&2; echo container kubelet is missing >&2; exit 3");
    expect(error.message).toBe("node1 (10.0.0.1): a command failed with exit code 3: container kubelet is missing");
    expect(error.remedy).toBe("look at the node: ssh -p 2222 rancher@10.0.0.1");
  });
});

describe("a node that cannot be asked", () => {
  test("is named with what its user may not do, and is not asked again", async () => {
    const told = ["value user rke", "value said permission denied", "failed no-docker-right"];
    const tells = `printf '%s\\n' ${["first", ...told].map((line) => `'${line}'`).join(" ")} >&2`;
    const said: string[] = [];
    const error = await refused(`${tells}; exit 77`, { say: (line) => said.push(line) });
    expect(said).toEqual(["first"]);
    expect(error.message).toBe(
      "node1 (10.0.0.1): rke is not root, may not use sudo without a password, and may not use Docker: permission denied",
    );
    expect(error.remedy).toEqual({ text: "as root: usermod -aG docker rke", on: ["node1"] });
    expect(error.mayPass).toBe(false);
  });

  test.each([
    ["another exit code", "echo failed no-awk >&2; exit 1", "a command failed with exit code 1: failed no-awk"],
    ["that exit code alone", "echo something else >&2; exit 77", "a command failed with exit code 77: something else"],
  ])("does not give up with %s", async (_, script, message) => {
    expect((await refused(script)).message).toBe(`node1 (10.0.0.1): ${message}`);
  });

  test("is named with what ssh said", async () => {
    const error = await refused("echo 'ssh: connect to host 10.0.0.1 port 2222: Connection refused' >&2; exit 255");
    expect(error.message).toBe(
      "node1 (10.0.0.1): cannot be reached over SSH: ssh: connect to host 10.0.0.1 port 2222: Connection refused",
    );
  });

  test("is named also when ssh said nothing", async () => {
    expect((await refused("exit 255")).message).toBe("node1 (10.0.0.1): cannot be reached over SSH: nothing");
  });

  test("is given up when it does not answer in time", async () => {
    const error = await refused("exec sleep 600", { timeoutSeconds: 0.2 });
    expect(error.message).toBe("node1 (10.0.0.1): did not answer within 0.2 s");
  });

  test("is given up also when what stands before it keeps the line open", async () => {
    // As the ssh to a bastion does, which outlives the killed ssh to the node.
    const error = await refused("sleep 20 & wait", { timeoutSeconds: 0.2 });
    expect(error.message).toContain("did not answer within 0.2 s");
  });

  test("is described in words when this machine has no ssh", async () => {
    vi.stubEnv("PATH", tempFolder());
    await expect(ask()).rejects.toThrow(
      new SshError(
        clusterNode({ port: 2222 }),
        "there is no program ssh on this machine",
        "install the OpenSSH client",
        false,
      ),
    );
  });
});

describe("a host key", () => {
  const CHANGED = (host: string) => `cat >&2 <<'SAID'
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
Offending ED25519 key in /root/.ssh/known_hosts:3
Host key for ${host} has changed and you have requested strict checking.
Host key verification failed.
SAID
exit 255`;
  const UNKNOWN = (host: string) => `cat >&2 <<'SAID'
No ED25519 host key is known for ${host} and you have requested strict checking.
Host key verification failed.
SAID
exit 255`;
  const bastion = { address: "jump.example.com", port: 22, user: "jumper" };

  test("that has changed is reported, with the command that forgets the old one under the name it is known by", async () => {
    const error = await refused(CHANGED("[10.0.0.1]:2222"));
    expect(error.message).toBe("node1 (10.0.0.1): shows another host key than the known one");
    expect(error.remedy).toBe(
      "if the node was rebuilt on purpose: ssh-keygen -R '[10.0.0.1]:2222'; else find out who answers there",
    );
  });

  test("that has changed is forgotten in the file that is in use", async () => {
    const hostKeys = { allowUnknown: true, knownHostsFile: "/my hosts" };
    expect((await refused(CHANGED("10.0.0.1"), { hostKeys })).remedy).toContain(
      "ssh-keygen -f '/my hosts' -R 10.0.0.1;",
    );
  });

  test("that is not known is reported, with how to learn it into the file that is in use", async () => {
    const error = await refused(UNKNOWN("[10.0.0.1]:2222"));
    expect(error.message).toBe("node1 (10.0.0.1): has a host key that is not known here");
    expect(error.remedy).toEqual({
      text: "log in once and compare its fingerprint: ssh -p 2222 rancher@10.0.0.1; or accept unknown host keys",
      pulumi: "config set allowUnknownHostKeys true",
    });
    const hostKeys = { allowUnknown: false, knownHostsFile: "/hosts" };
    expect((await refused(UNKNOWN("[10.0.0.1]:2222"), { hostKeys })).remedy).toMatchObject({
      text: expect.stringContaining("ssh '-oUserKnownHostsFile=/hosts' -p 2222 rancher@10.0.0.1;"),
    });
  });

  test("of a bastion is reported as the bastion's", async () => {
    const node = clusterNode({ bastion });
    const changed = await refused(CHANGED("jump.example.com"), { node });
    expect(changed.message).toBe(
      "node1 (10.0.0.1): its bastion jump.example.com shows another host key than the known one",
    );
    expect(changed.remedy).toContain("ssh-keygen -R jump.example.com;");
    const unknown = await refused(UNKNOWN("jump.example.com"), { node });
    expect(unknown.message).toBe(
      "node1 (10.0.0.1): its bastion jump.example.com has a host key that is not known here",
    );
    expect(unknown.remedy).toMatchObject({ text: expect.stringContaining("ssh -p 22 jumper@jump.example.com;") });
  });
});

describe("a node that is logged in to by the agent", () => {
  test("is refused where no agent runs, as RKE would lose it", async () => {
    vi.stubEnv("SSH_AUTH_SOCK", "");
    const error = await refused("exec sh -s", { node: clusterNode({ agent: true }) });
    expect(error.message).toContain("SSH_AUTH_SOCK names none; RKE reads no key then");
    expect(error.mayPass).toBe(false);
  });

  test("is asked where one runs", async () => {
    sshIs("exec sh -s");
    vi.stubEnv("SSH_AUTH_SOCK", "/agent");
    expect(await ask({ node: clusterNode({ agent: true }), script: "echo hello" })).toBe("hello\n");
  });
});

describe("a key that the cluster file carries inline", () => {
  test.each(["exit 0", "exit 255"])("is there while ssh runs and gone afterwards, also after: %s", async (end) => {
    const temporary = tempFolder();
    const folder = sshIs(
      `for word; do case $word in -oIdentityFile=*) cat "\${word#*=}" >"$\{0%/*}/seen" ;; esac; done; ${end}`,
    );
    vi.stubEnv("TMPDIR", temporary);
    await ask({ node: clusterNode({ key: "SECRET" }) }).catch(() => {});
    expect(readFileSync(join(folder, "seen"), "utf8")).toBe("SECRET\n");
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("is never in an error", async () => {
    const error = await refused("exit 255", { node: clusterNode({ key: "SECRET" }) });
    expect(JSON.stringify([error.message, error.remedy, error.stack])).not.toContain("SECRET");
  });
});

describe("a machine that did not run the script", () => {
  const bastion = clusterNode({ address: "bastion" });
  test.each([
    ["denied", 'echo "rancher@10.0.0.1: Permission denied (publickey)." >&2; exit 255', {}, true],
    ["of another host key", 'echo "Host key verification failed." >&2; exit 255', {}, true],
    ["hanging once it was reached", "exec sleep 60", { timeoutSeconds: 0.2, connectSeconds: 0.1 }, true],
    ["failing", "exit 3", {}, true],
    ["silent", "exec sleep 60", { timeoutSeconds: 0.2 }, undefined],
    ["refused", 'echo "connect to host: Connection refused" >&2; exit 255', {}, undefined],
    ["behind a bastion", 'echo "Permission denied" >&2; exit 255', { node: clusterNode({ bastion }) }, undefined],
  ] as const)("%s has answered where only it can have done so", async (_, script, over, answers) => {
    expect((await refused(script, over)).answers).toBe(answers);
  });

  test("is given as long to connect as was asked, ahead of any other bound", async () => {
    const folder = sshIs('printf "%s\\n" "$@" >"$' + '{0%/*}/args"');
    await ask({ connectSeconds: 8, freshLogin: true });
    const bounds = readFileSync(join(folder, "args"), "utf8").match(/ConnectTimeout=\d+/g);
    expect(bounds?.[0]).toBe("ConnectTimeout=8");
  });
});
