import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  type CopyArgs,
  coldCopyScript,
  liveCopyScript,
  parseSource,
  sourceScript,
} from "../../../cluster/safetyCopy/safetyCopy.ts";
import { parseProof } from "../../../cluster/snapshot/proof.ts";
import { until } from "../../support/folder.ts";
import { someNode } from "../../support/settings.ts";
import { GENUINE_CONTENT, sha256, snapshotBytes } from "../../support/snapshot.ts";
import { ended, SnapshotNode } from "../../support/snapshotNode.ts";

const NAME = "safety-20261123T031500Z";
const STATE = JSON.stringify({ desiredState: { encryptionConfig: "s3cr3t", filling: "x".repeat(5000) } });
const FIXTURE = join(import.meta.dirname, `../../fixtures/safety-copy/${NAME}.zip`);
const SNAPSHOT = snapshotBytes(300);
const DATABASE = Buffer.alloc(8192, "precious ");

const liveCopy = (args: CopyArgs) => liveCopyScript(someNode(1), args);
const coldCopy = (args: CopyArgs) => coldCopyScript(someNode(1), args);

/** A node with an etcd that saves SNAPSHOT, or that does not answer and has DATABASE. */
function etcdNode(tools?: string[]): SnapshotNode {
  const node = new SnapshotNode(tools);
  mkdirSync(join(node.root, "etcd/member/snap"), { recursive: true });
  writeFileSync(join(node.root, "etcd/member/snap/db"), DATABASE);
  node.put("saved", SNAPSHOT, node.root);
  node.program(
    "docker",
    `case $* in
  *State.Running*) echo true ;;
  *Mounts*) echo "/var/lib/rancher/etcd $here/etcd" ;;
  *'snapshot save '*) for to; do :; done; cat "$here/saved" >"$here/etcd/\${to##*/}" ;;
esac`,
  );
  return node;
}

/** The members of a zip by its central directory, as a reader other than ours sees them. */
function membersOf(zip: Buffer): Record<string, { content: Buffer; mode: number }> {
  const end = zip.length - 22;
  let at = zip.readUInt32LE(end + 16);
  expect(at + zip.readUInt32LE(end + 12)).toBe(end);
  const entries = Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
    const [packed, length, local] = [20, 28, 42].map((field) =>
      field === 28 ? zip.readUInt16LE(at + field) : zip.readUInt32LE(at + field),
    ) as [number, number, number];
    const name = zip.toString("latin1", at + 46, at + 46 + length);
    expect(zip.toString("latin1", local + 30, local + 30 + length)).toBe(name);
    // The local header says the same as the directory: readers that go from the front need it.
    expect(zip.subarray(local + 4, local + 30)).toEqual(zip.subarray(at + 6, at + 32));
    const start = local + 30 + length;
    const content = inflateRawSync(zip.subarray(start, start + packed));
    expect(content.length).toBe(zip.readUInt32LE(at + 24));
    const mode = zip.readUInt32LE(at + 38) >>> 16;
    at += 46 + length;
    return [name, { content, mode }] as const;
  });
  return Object.fromEntries(entries);
}

describe.concurrent("a safety copy", () => {
  test.each([
    ["live", liveCopy, SNAPSHOT],
    ["cold", coldCopy, Buffer.concat([DATABASE, Buffer.from(sha256(DATABASE), "hex")])],
  ] as const)("that is %s has RKE's own layout, with the state file of now", async (_, script, snapshot) => {
    const node = etcdNode();
    const { stdout, stderr } = await node.run(script({ name: NAME, withState: true }), STATE);
    const report = parseProof(stdout);
    expect(node.names(), stderr).toEqual([`${NAME}.zip`]);
    const zip = node.files()[`${NAME}.zip`] ?? Buffer.alloc(0);
    expect(report).toMatchObject({
      snapshot: { file: `${NAME}.zip`, content: sha256(snapshot), sha256: sha256(zip), state: true },
    });
    expect(membersOf(zip)).toEqual({
      [`/backup/${NAME}`]: { content: snapshot, mode: 0o100600 },
      [`/etc/kubernetes/${NAME}.rkestate`]: { content: Buffer.from(STATE), mode: 0o100600 },
    });
    expect(statSync(join(node.snapshots, `${NAME}.zip`)).mode & 0o777).toBe(0o600);
  });

  test("is asked of an etcd where that listens, which may be its internal address alone", async () => {
    const inside = { ...someNode(1), internalAddress: "10.0.0.1" };
    const node = etcdNode();
    await node.run(sourceScript(inside));
    await node.run(liveCopyScript(inside, { name: NAME, withState: false }));
    const asked = node.argv.filter((line) => line.includes("etcdctl"));
    expect(asked).toHaveLength(2);
    for (const line of asked) expect(line).toContain("-e ETCDCTL_ENDPOINTS=https://10.0.0.1:2379 etcd etcdctl");
    expect(node.names()).toEqual([NAME]);
  });

  test("needs room on disks that df can be asked of, also where their folders are not there yet", async () => {
    const node = etcdNode();
    rmSync(node.snapshots, { recursive: true });
    const { snapshots, own, etcd } = parseSource((await node.run(sourceScript(someNode(1)))).stdout);
    expect([snapshots.path, own.path, etcd?.path]).toEqual([node.root, node.root, join(node.root, "etcd")]);
  });

  test("is of the data below the cluster file's prefix_path where etcd's container is gone", async () => {
    const node = etcdNode();
    node.program("docker", `[ "$1" = version ]`);
    mkdirSync(join(node.root, "var/lib"), { recursive: true });
    renameSync(join(node.root, "etcd"), join(node.root, "var/lib/etcd"));
    const inPrefix = { ...someNode(1), prefixPath: "/opt/rke" };
    const { stdout, stderr } = await node.run(coldCopyScript(inPrefix, { name: NAME, withState: false }));
    expect(parseProof(stdout), stderr).toMatchObject({ snapshot: { unpacked: DATABASE.length + 32 } });
  });

  test("is like the fixture that the lab's rke-tools restores in its own tests", async () => {
    const node = etcdNode();
    node.put("saved", GENUINE_CONTENT, node.root);
    const state = '{"desiredState":{},"currentState":{}}\n';
    await node.run(liveCopy({ name: NAME, withState: true }), state);
    const made = node.files()[`${NAME}.zip`] ?? Buffer.alloc(0);
    expect(membersOf(made)).toEqual(membersOf(readFileSync(FIXTURE)));
  });

  test.for<[program: string, args: string[], codes: number[]]>([
    ["python3", ["-m", "zipfile", "-t"], [0]],
    // It ends with 1, a warning, about the slash in front of the names.
    ["unzip", ["-qt"], [0, 1]],
  ])("is one that %s can read", async ([program, args, codes], { skip }) => {
    const node = etcdNode();
    await node.run(liveCopy({ name: NAME, withState: true }), STATE);
    const { error, status, stderr } = spawnSync(program, [...args, join(node.snapshots, `${NAME}.zip`)]);
    skip((error as NodeJS.ErrnoException | undefined)?.code === "ENOENT", `there is no ${program} on this machine`);
    expect(codes, String(stderr)).toContain(status);
  });

  test("leaves no part behind, and the state file on no command line and in no message", async () => {
    const node = etcdNode();
    const { stdout, stderr } = await node.run(liveCopy({ name: NAME, withState: true }), STATE);
    for (const text of [stdout, stderr, node.argv.join("\n"), liveCopy({ name: NAME, withState: true })]) {
      expect(text).not.toContain("s3cr3t");
    }
    expect(readdirSync(join(node.root, "etcd"))).toEqual(["member"]);
  });

  test("is plain without a state file", async () => {
    const node = etcdNode();
    const { stdout } = await node.run(liveCopy({ name: NAME, withState: false }));
    expect(node.files()).toEqual({ [NAME]: SNAPSHOT });
    expect(parseProof(stdout)).toMatchObject({ snapshot: { file: NAME, state: false } });
  });

  test.each([
    ["there is no gzip", (node: SnapshotNode) => node.remove("gzip"), "there is no gzip here"],
    ["gzip fails", (node: SnapshotNode) => node.program("gzip", "exit 1"), "could not be packed"],
  ])("is plain where %s, and says that the state file is left out", async (_, change, said) => {
    const node = etcdNode();
    change(node);
    const { stdout, stderr } = await node.run(liveCopy({ name: NAME, withState: true }), STATE);
    expect(node.files()).toEqual({ [NAME]: SNAPSHOT });
    expect(parseProof(stdout)).toMatchObject({ snapshot: { file: NAME, state: false } });
    expect(stderr).toContain(said);
    expect(stderr).toContain("the state file is left out");
  });
});

test("a cold safety copy is not made where Docker does not answer, as etcd may be at work on its data", async () => {
  const node = etcdNode();
  node.program("docker", "exit 1");
  mkdirSync(join(node.root, "var/lib"), { recursive: true });
  renameSync(join(node.root, "etcd"), join(node.root, "var/lib/etcd"));
  const { stdout } = await node.run(
    coldCopyScript({ ...someNode(1), prefixPath: "/opt/rke" }, { name: NAME, withState: false }),
  );
  expect(parseProof(stdout)).toMatchObject({ failed: { message: "etcd cannot be stopped" } });
  expect(node.names()).toEqual([]);
});

test("a safety copy that cannot get its name is none", async () => {
  const node = etcdNode();
  node.remove("mv");
  node.program("mv", `case $2 in */${NAME}) exit 1 ;; esac; exec /bin/mv "$@"`);
  const { stdout } = await node.run(liveCopy({ name: NAME, withState: false }));
  expect(parseProof(stdout)).toMatchObject({
    failed: { message: expect.stringMatching(/safety-.* cannot be written$/) },
  });
  expect(node.names()).toEqual([]);
});

describe.concurrent("a safety copy that is cut off", () => {
  const HANG = `: >"$here/hangs"; until [ -e "$here/go" ]; do sleep 0.05; done`;
  const live = {
    of: "live",
    script: liveCopy,
    at: `*'snapshot save '*) for to; do :; done; : >"$here/etcd/\${to##*/}.part"; ${HANG} ;;`,
  };
  const cold = { of: "cold", script: coldCopy, at: `'stop etcd') ${HANG} ;;` };

  /** What an etcd host keeps, in its data and beside its snapshots. */
  const kept = (node: SnapshotNode) => [...readdirSync(join(node.root, "etcd")), ...node.names()];

  async function hanging(at: string, script: typeof liveCopy) {
    const node = etcdNode();
    node.program(
      "docker",
      `[ -e "$here/go" ] || case $* in\n  ${at}\nesac
case $* in
  *State.Running*) echo true ;;
  *Mounts*) echo "/var/lib/rancher/etcd $here/etcd" ;;
  *'snapshot save '*) for to; do :; done; cat "$here/saved" >"$here/etcd/\${to##*/}" ;;
esac`,
    );
    const copying = node.start(script({ name: NAME, withState: false }));
    await until(() => existsSync(join(node.root, "hangs")));
    return { node, copying, goOn: () => writeFileSync(join(node.root, "go"), "") };
  }

  test.each([live, cold])("leaves no part of itself where it is ended by a signal: $of", async ({ script, at }) => {
    for (const signal of ["SIGTERM", "SIGPIPE"] as const) {
      const { node, copying, goOn } = await hanging(at, script);
      copying.kill(signal);
      goOn();
      expect((await ended(copying)).code).toBe(143);
      expect(kept(node)).toEqual(["member"]);
    }
  });

  test("starts etcd again where it had stopped it", async () => {
    const { node, copying, goOn } = await hanging(cold.at, coldCopy);
    copying.kill("SIGHUP");
    goOn();
    await ended(copying);
    expect(node.argv.at(-1)).toBe("docker start etcd");
  });

  test("is taken away by the next one where it was killed, and one that is being saved is not", async () => {
    const { node, copying, goOn } = await hanging(live.at, liveCopy);
    copying.kill("SIGKILL");
    await once(copying, "exit");
    goOn();
    // etcdctl goes on to its end, with the snapshot beside its part.
    await until(() => kept(node).length === 4);
    const running = `.rancher-rollback-copy.${process.pid}`;
    for (const folder of [node.snapshots, join(node.root, "etcd")]) mkdirSync(join(folder, running));
    await node.run(liveCopy({ name: NAME, withState: false }));
    expect(kept(node)).toEqual([running, "member", running, NAME]);
  });

  test("leaves no half of what a member kept: that goes with the next cold copy", async () => {
    const node = etcdNode();
    node.program("cp", `for to; do :; done; mkdir -p "$to"; kill -KILL $PPID`);
    await node.run(coldCopy({ name: NAME, withState: false }));
    node.remove("cp");
    node.program("cp", `exec /bin/cp "$@"`);
    const next = "safety-20261123T031600Z";
    await node.run(coldCopy({ name: next, withState: false }));
    const evidence = readdirSync(join(node.root, "rancher-rollback"));
    expect(evidence).toEqual([next]);
  });
});
