import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ClusterNode } from "../../../cluster/clusterFile/clusterFile.ts";
import { closeSharedConnections, shareConnections } from "../../../cluster/node/sharedConnection.ts";
import { SshError, ssh } from "../../../cluster/node/ssh.ts";
import { clusterNode } from "../../support/clusterFile.ts";
import { linesOf } from "../../support/fakeRke.ts";
import { afterwards, program, tempFolder } from "../../support/folder.ts";

beforeEach(() => void vi.stubEnv("SSH_AUTH_SOCK", undefined));
afterEach(async () => await closeSharedConnections());

/**
 * A cluster folder that connections are shared in, and an `ssh` that notes how it was called: it opens a shared
 * connection, or closes one, or runs a script.
 */
async function sharing({ open = "exit 0", clusterFile = join(tempFolder(), "cluster.yml") } = {}) {
  const programs = tempFolder();
  program(
    join(programs, "ssh"),
    `case $* in
  *ControlMaster=yes*) echo "open $*" >>'${programs}/calls'; ${open} ;;
  *-Ostop*) echo "close $*" >>'${programs}/calls' ;;
  *ControlMaster=no*) echo "shared $*" >>'${programs}/calls'; exec sh -s ;;
  *) echo "alone $*" >>'${programs}/calls'; exec sh -s ;;
esac`,
  );
  vi.stubEnv("PATH", `${programs}:/usr/bin:/bin`);
  await shareConnections(clusterFile);
  const ask = (node: Partial<ClusterNode> = {}, over = {}) =>
    ssh({
      node: clusterNode(node),
      script: "echo yes",
      hostKeys: { allowUnknown: false },
      timeoutSeconds: 20,
      ...over,
    });
  const calls = () => linesOf(join(programs, "calls"));
  const kinds = () => calls().map((call) => call.split(" ")[0]);
  return { clusterFile, ask, calls, kinds };
}

const socketIn = (call: string | undefined) => /ControlPath=(\S+)/.exec(call ?? "")?.[1] ?? "";
const folderOf = (clusterFile: string) => join(dirname(clusterFile), ".rancher-rollback", `ssh-${process.getuid?.()}`);

describe("a connection that scripts share", () => {
  test("is opened once for a node, however many scripts begin at once, and stays a minute", async () => {
    const { ask, calls, kinds } = await sharing();
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(["yes\n", "yes\n", "yes\n"]);
    await ask();
    expect(kinds()).toEqual(["open", "shared", "shared", "shared", "shared"]);
    expect(calls()[0]).toContain("-oControlPersist=60");
    expect(new Set(calls().map(socketIn)).size).toBe(1);
  });

  test("is beside the cluster file, for this user alone, and leaves nothing else there", async () => {
    const { clusterFile, ask, calls } = await sharing();
    await ask();
    const own = folderOf(clusterFile);
    expect(dirname(socketIn(calls()[0]))).toBe(own);
    expect(statSync(own).mode & 0o777).toBe(0o700);
    expect(readdirSync(own)).toEqual([]);
  });

  test("that another process has opened is used", async () => {
    const { ask, calls, kinds } = await sharing();
    await ask();
    await closeSharedConnections();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socketIn(calls()[0]), resolve));
    afterwards(() => server.close());
    await ask();
    expect(kinds()).toEqual(["open", "shared", "close", "shared"]);
  });

  test("is another one for another login, key or trust", async () => {
    const { ask, calls } = await sharing();
    await ask();
    await ask({ address: "10.0.0.2" });
    await ask({ port: 2222 });
    await ask({ user: "other" });
    await ask({ key: "another" });
    await ask({ bastion: clusterNode({ address: "10.0.0.9" }) });
    await ask({}, { hostKeys: { allowUnknown: true } });
    const sockets = calls().filter((call) => call.startsWith("open"));
    expect(new Set(sockets.map(socketIn)).size).toBe(7);
    expect(sockets.join()).not.toContain("another");
  });

  test("is not used by a script that needs a login of its own", async () => {
    const { ask, kinds } = await sharing();
    await ask({}, { freshLogin: true });
    expect(kinds()).toEqual(["alone"]);
  });

  test("is closed after a failure, and opened again by the next script", async () => {
    const { ask, kinds } = await sharing();
    await ask();
    await closeSharedConnections();
    await ask();
    expect(kinds()).toEqual(["open", "shared", "close", "open", "shared"]);
  });

  test("that cannot be opened is a node that cannot be reached, which is not asked twice", async () => {
    const { ask, kinds } = await sharing({ open: "echo 'connect to host 10.0.0.1: refused' >&2; exit 255" });
    await expect(ask()).rejects.toThrow(
      "node1 (10.0.0.1): cannot be reached over SSH: connect to host 10.0.0.1: refused",
    );
    expect(kinds()).toEqual(["open"]);
    // It may answer later.
    await expect(ask()).rejects.toThrow(SshError);
    expect(kinds()).toEqual(["open", "open"]);
  });

  test("that takes too long to open is a node that did not answer", async () => {
    const { ask } = await sharing({ open: "exec sleep 600" });
    await expect(ask({}, { timeoutSeconds: 0.3 })).rejects.toThrow("did not answer within 0.3 s");
  });

  test.each([
    ["behind a bastion, whose words are heard on no shared connection", "exit 255", { address: "10.0.0.9" }],
    ["to a node that allows it no command", "exit 1", undefined],
  ])("is done without %s", async (_, open, bastion) => {
    const { ask, kinds } = await sharing({ open });
    expect(await ask(bastion && { bastion: clusterNode(bastion) })).toBe("yes\n");
    expect(kinds()).toEqual(["open", "alone"]);
  });

  test("is not tried where a socket's path would be too long, there can be none, or others could put theirs", async () => {
    const long = join(tempFolder(), "x".repeat(90), "cluster.yml");
    const blocked = join(tempFolder(), "cluster.yml");
    mkdirSync(join(dirname(blocked), ".rancher-rollback"), { recursive: true });
    program(folderOf(blocked), "");
    const open = join(tempFolder(), "cluster.yml");
    mkdirSync(folderOf(open), { recursive: true });
    chmodSync(folderOf(open), 0o777);
    for (const clusterFile of [long, blocked, open]) {
      const { ask, kinds } = await sharing({ clusterFile });
      expect(await ask()).toBe("yes\n");
      expect(kinds()).toEqual(["alone"]);
    }
    expect(existsSync(dirname(long))).toBe(false);
  });
});
