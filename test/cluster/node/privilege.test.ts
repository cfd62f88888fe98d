import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { asRoot } from "../../../cluster/node/privilege.ts";
import { failureOf } from "../../../cluster/scriptProblems/scriptProblems.ts";
import { program, tempFolder, textFile } from "../../support/folder.ts";

/** What Docker says to a user who is not in its group (20.10). */
const DENIED =
  "Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: connect: permission denied";

/**
 * A `docker` that writes down how it is called. An image of it has the id that `import` prints; a container of that
 * image runs what comes behind `chroot /host`, with the uid 0 that the fake `id` tells.
 */
const DOCKER = `here=\${0%/*}
[ ! -e "$here/denied" ] || { cat "$here/denied" >&2; exit 1; }
command=$1; shift
printf '%s\\n' "$command \${*%% chroot*}" >>"$here/asked"
case $command in
  version) echo 20.10.24 ;;
  ps) cat "$here/exited" 2>/dev/null ;;
  images) cat "$here/tags" 2>/dev/null ;;
  import) wc -c >"$here/imported"; echo sha256:abc123 ;;
  run)
    input=
    while [ "$1" != abc123 ]; do [ "$1" != --interactive ] || input=yes; shift; done; shift
    [ ! -e "$here/refuses" ] || { echo "docker: Error response from daemon: authorization denied." >&2; exit 125; }
    [ "$1 $2" = "chroot /host" ] || exit 126
    shift 2
    [ ! -e "$here/loses-its-reader" ] || exit 1
    export UID_NOW=0
    if [ "$input" ]; then exec "$@"; else exec "$@" </dev/null; fi ;;
esac`;

/** A node's programs, of a user who is not root. */
function node({ sudo = false, docker = true, files = {} as Record<string, string> } = {}) {
  const bin = tempFolder();
  for (const tool of "sh cat head tail wc sha256sum".split(" ")) symlinkSync(join("/usr/bin", tool), join(bin, tool));
  program(join(bin, "id"), `[ "$1" = -un ] && echo rke || echo "\${UID_NOW-1000}"`);
  if (docker) program(join(bin, "docker"), DOCKER);
  program(join(bin, "sudo"), sudo ? '[ "$1" = -n ] && shift && UID_NOW=0 exec env UID_NOW=0 "$@"' : "exit 1");
  symlinkSync("/usr/bin/env", join(bin, "env"));
  for (const [name, text] of Object.entries(files)) textFile(join(bin, name), text);
  const asked = () => (existsSync(join(bin, "asked")) ? readFileSync(join(bin, "asked"), "utf8") : "");
  return { bin, asked };
}

/** Runs a script as ssh() does where the script reads nothing. */
function run(bin: string, script: string, env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync("/bin/sh", ["-s"], {
    input: script,
    encoding: "utf8",
    env: { PATH: bin, ...env },
  });
  return { status, stdout, stderr };
}

/** Runs a script as ssh() does where the script reads standard input. */
async function runWithInput(bin: string, script: string, input: Buffer) {
  const command = `eval "$(dd bs=1 count=${Buffer.byteLength(script)} 2>/dev/null)"`;
  symlinkSync("/usr/bin/dd", join(bin, "dd"));
  const child = spawn("/bin/sh", ["-c", command], { env: { PATH: bin }, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => {});
  child.stdin.write(script);
  child.stdin.end(input);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const status = await new Promise((resolve) => child.on("close", resolve));
  return { status, stdout: Buffer.concat(chunks) };
}

const WHO = asRoot(`echo "uid $(id -u), it's me"; echo progress >&2; exit 3`);
const AS_ROOT = { status: 3, stdout: "uid 0, it's me\n", stderr: "progress\n" };

describe("a script that needs root", () => {
  test("runs as it is for root", () => {
    const { bin, asked } = node();
    expect(run(bin, WHO, { UID_NOW: "0" })).toEqual(AS_ROOT);
    expect(asked()).toBe("");
  });

  test("runs by sudo where that asks for no password", () => {
    const { bin, asked } = node({ sudo: true });
    expect(run(bin, WHO)).toEqual(AS_ROOT);
    expect(asked()).toBe("");
  });

  test("runs in a container of an empty image for a user in the docker group, and nothing of it stays", () => {
    const { bin, asked } = node();
    expect(run(bin, WHO)).toEqual(AS_ROOT);
    const commands = asked().split("\n");
    const started = commands.find((line) => line.startsWith("run ")) ?? "";
    for (const option of [
      ...["--rm", "--privileged", "--pid host", "--network host", "--security-opt label=disable"],
      ...["--log-driver none", "--volume /:/host", "--volume /usr:/usr:ro", "--label rancher-rollback"],
    ]) {
      expect(started).toContain(` ${option} `);
    }
    const [, pid] = /--name rancher-rollback-(\d+) /.exec(started) ?? [];
    expect(commands).toContain(`rmi rancher-rollback:${pid}`);
    expect(readFileSync(join(bin, "imported"), "utf8").trim()).toBe("10240");
    expect(asked()).not.toMatch(/^(pull|build)/m);
  });

  test("reads its standard input byte for byte in the container", async () => {
    const sent = randomBytes(300_000);
    const { bin } = node();
    const { status, stdout } = await runWithInput(bin, asRoot("head -c 5; cat; id -u"), sent);
    expect(status).toBe(0);
    expect(stdout.equals(Buffer.concat([sent, Buffer.from("0\n")]))).toBe(true);
  });

  test("may be longer than what a shell reads ahead, and then reads nothing of itself", () => {
    const { bin } = node();
    const script = asRoot(`${"# filling\n".repeat(4000)}cat; echo end`);
    expect(run(bin, script)).toEqual({ status: 0, stdout: "end\n", stderr: "" });
  });

  test("may end with a code of Docker's own without being taken for refused", () => {
    const { bin } = node();
    const { status, stderr } = run(bin, asRoot("no-such-program"));
    expect(status).toBe(127);
    expect(failureOf(stderr)).toBeUndefined();
  });

  test("is stopped with its container when Docker's client has lost its reader", () => {
    const { bin, asked } = node({ files: { "loses-its-reader": "" } });
    expect(run(bin, WHO).status).toBe(1);
    expect(asked()).toMatch(/^stop -t 10 rancher-rollback-(\d+)\nrm --force rancher-rollback-\1$/m);
  });

  test("takes away what a killed one has left, and not what another one uses", () => {
    const { bin, asked } = node({ files: { exited: "0a1b\n", tags: `4194399\n${process.pid}\n` } });
    run(bin, WHO);
    expect(asked()).toContain("\nrm 0a1b\n");
    expect(asked()).toContain("rmi rancher-rollback:4194399\n");
    expect(asked()).not.toContain(`rmi rancher-rollback:${process.pid}\n`);
  });
});

describe("a script that may not have root", () => {
  test("says so where the user may not use Docker either", () => {
    const { status, stdout, stderr } = run(node({ files: { denied: DENIED } }).bin, WHO);
    expect({ status, stdout }).toEqual({ status: 77, stdout: "" });
    expect(failureOf(stderr)).toEqual({
      message: `rke is not root, may not use sudo without a password, and may not use Docker: ${DENIED}`,
      remedy: { text: "as root: usermod -aG docker rke", on: [] },
    });
  });

  test("says so where there is no Docker", () => {
    const { stderr } = run(node({ docker: false }).bin, WHO);
    expect(failureOf(stderr)?.message).toMatch(/may not use Docker: .*docker: not found/);
  });

  test("says so where Docker refuses the container, with Docker's own reason, and leaves no image", () => {
    const { bin, asked } = node({ files: { refuses: "" } });
    const { status, stderr } = run(bin, WHO);
    expect(status).toBe(77);
    expect(failureOf(stderr)).toEqual({
      message:
        "rke is not root, may not use sudo without a password, and gets no privileged container from Docker: docker: Error response from daemon: authorization denied.",
      remedy: { text: "as root: echo 'rke ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/rancher-rollback", on: [] },
    });
    expect(asked()).toMatch(/^rmi rancher-rollback:\d+$/m);
  });

  test("runs as the user where that is better than nothing", () => {
    const script = asRoot("id -u", "run-as-user");
    expect(run(node({ files: { denied: DENIED } }).bin, script).stdout).toBe("1000\n");
    expect(run(node({ files: { refuses: "" } }).bin, script).stdout).toBe("1000\n");
    expect(run(node().bin, script).stdout).toBe("0\n");
  });
});
