import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ClusterFolderLock } from "../../cluster/rke/folderLock.ts";
import { restoreBegins } from "../../cluster/stateFolder/unfinishedRestore.ts";
import type { StepInput } from "../../steps/contract.ts";
import { restore } from "../../steps/restore.ts";
import { fakeRke, linesOf } from "../support/fakeRke.ts";
import { textFile } from "../support/folder.ts";
import { finishedRecord, remember, rememberedBy, restoreRecord } from "../support/restores.ts";
import { RKE } from "../support/settings.ts";
import { sha256, snapshotBytes } from "../support/snapshot.ts";
import { SnapshotNode, sshTo } from "../support/snapshotNode.ts";
import { failureOf, stepTools } from "../support/steps.ts";

afterEach(() => void vi.unstubAllEnvs());

const TOOLS = "sh dd wc tr od tail head cat cp mv rm mkdir date sha256sum df du gzip sync sleep ls dirname touch".split(
  " ",
);
const SNAPSHOT = snapshotBytes(100);
const HOSTS = ["node1", "node2", "node3"];
const ID = "aaaaaaaa";
const WHOLE = "wiping; restored";
const DOCKER = `case $* in
  version*) echo 20.10.24 ;;
  *Mounts*) echo "/var/lib/rancher/etcd $here/etcd" ;;
  *'endpoint status'*) echo '[{"Status":{"header":{"revision":7}}}]' ;;
  *'snapshot save '*) for to; do :; done; cat "$here/saved" >"$here/etcd/\${to##*/}" ;;
  *Config.Image*) exit 1 ;;
esac`;

const rancher = { namespace: "cattle-system", deployment: "cattle", container: "cattle-server" };
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

/** The restore of the snapshot `base` by a fake RKE, on three etcd hosts that are locked and hold it. */
function step(script: string, over: Partial<StepInput<"restore">> = {}, { stack = "prod", unreachable = [0] } = {}) {
  const fake = fakeRke(`touch ran; ${script}`);
  const nodes = HOSTS.map(() => {
    const node = new SnapshotNode(TOOLS);
    node.program("docker", DOCKER);
    node.put("base", SNAPSHOT);
    mkdirSync(join(node.root, "etcd/member/snap"), { recursive: true });
    writeFileSync(join(node.root, "etcd/member/snap/db"), Buffer.alloc(8192));
    node.put("saved", snapshotBytes(50), node.root);
    textFile(join(node.root, "rancher-rollback/lock"), JSON.stringify({ id: ID }));
    return node;
  });
  const reachable = nodes
    .map((node, at) => [at + 1, node] as const)
    .filter(([number]) => !unreachable.includes(number));
  const addresses = Object.fromEntries(reachable.map(([number, node]) => [`10.0.0.${number}`, node]));
  vi.stubEnv("PATH", `${sshTo(addresses)}:/usr/bin:/bin`);
  const input: StepInput<"restore"> = {
    snapshot: "base",
    run: 1,
    rke: fake.rke,
    silenceSeconds: 60,
    lock: { id: ID, hosts: HOSTS },
    preflight: { snapshot: "base", rkeVersion: RKE, timeoutSeconds: 60 },
    proven: proof(1),
    safetyCopy: { hosts: HOSTS, rancher, rkeVersion: RKE, timeoutSeconds: 60 },
    saved: copy(1),
    ...over,
  };
  const tools = stepTools(fake.clusterFile, { stack });
  return {
    ...fake,
    nodes,
    tools,
    run: () => restore(input, tools),
    /** Whether RKE was started. */
    ran: () => existsSync(join(fake.folder, "ran")),
  };
}

/** What the pre-flight checks have proved some seconds ago. */
function proof(seconds: number, content = SNAPSHOT): StepInput<"restore">["proven"] {
  const file = { file: "base", bytes: content.length, sha256: sha256(content) };
  return { nodes: HOSTS.map((node) => ({ node, ...file })), finishedAt: ago(seconds) };
}

/** A safety copy that was saved some seconds ago. */
function copy(seconds: number) {
  const kept = { folder: "/clusters/.rancher-rollback/safety/safety-1", rancherImage: "rancher/rancher:v2.5.9" };
  return {
    ...{ name: "safety-1", kind: "live" as const, nodes: HOSTS, bytes: 1, sha256: "5a", state: true, ...kept },
    finishedAt: ago(seconds),
  };
}

describe("the restore", { timeout: 60_000 }, () => {
  test("reports RKE's version, when it wiped, its warnings, its log and the way back", async () => {
    const { folder, tools, run } = step(`wiping; warn slow; restored`);
    expect(await run()).toEqual({
      rke: "v1.8.0",
      wipedAt: tools.wipes[0],
      warnings: 1,
      log: expect.stringContaining(join(folder, ".rancher-rollback", "logs")),
      adopted: false,
      safetyCopy: expect.objectContaining({ name: "safety-1", rancherImage: "rancher/rancher:v2.5.9" }),
    });
    expect(tools.wipes).toEqual([expect.stringMatching(/^\d{4}-.*Z$/)]);
  });

  test("knows an old release's own line for the point of no return", async () => {
    vi.stubEnv("VERSION", "v0.1.18");
    const { run } = step("info Restoring etcd snapshot base; wiping; restored");
    expect(await run()).toMatchObject({ rke: "v0.1.18", wipedAt: expect.any(String) });
  });

  test("does not begin when a node cannot be asked, and names every such node", async () => {
    const { ran, run } = step(WHOLE, {}, { unreachable: [2, 3] });
    expect(await failureOf(run())).toMatchObject({
      kind: "unreachable",
      step: "The etcd restore of snapshot base",
      happened: [2, 3].map((number) => expect.stringContaining(`node${number} (10.0.0.${number}): cannot be reached`)),
      pointOfNoReturn: { state: "not reached" },
      remedies: [2, 3].map((number) => expect.stringContaining(`rancher@10.0.0.${number}`)),
      rerun: "continues from this step",
    });
    expect(ran()).toBe(false);
  });

  test("does not begin when Docker does not answer on a node", async () => {
    const { nodes, ran, run } = step(WHOLE);
    nodes[1]?.program("docker", 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
    const { kind, happened } = await failureOf(run());
    expect([kind, happened]).toEqual(["unreachable", [expect.stringMatching(/^node2 .*Cannot connect to the Docker/)]]);
    expect(ran()).toBe(false);
  });

  test("does not begin when this stack's lock is gone or somebody else's", async () => {
    const { nodes, ran, run } = step(WHOLE);
    rmSync(join(nodes[0]?.root ?? "", "rancher-rollback/lock"));
    textFile(join(nodes[2]?.root ?? "", "rancher-rollback/lock"), JSON.stringify({ id: "bbbbbbbb", stack: "other" }));
    expect(await failureOf(run())).toMatchObject({
      kind: "locked",
      happened: [
        "node1: this stack's lock is gone",
        expect.stringMatching(/^node3: the lock is held by .*stack other.*lock bbbbbbbb/),
      ],
      pointOfNoReturn: { state: "not reached" },
    });
    expect(ran()).toBe(false);
    for (const node of nodes) expect(rememberedBy(node)).toEqual([]);
  });

  test("does not begin while another run holds the cluster folder", async () => {
    const { clusterFile, ran, run } = step(WHOLE);
    const log = textFile(join(clusterFile, "../.rancher-rollback/logs/up.log"), "");
    const holder = { step: process.pid, command: "rke up", since: ago(1), log };
    const held = ClusterFolderLock.take(join(clusterFile, "../.rancher-rollback/rke.lock"), holder);
    expect(await failureOf(run())).toMatchObject({
      kind: "busy",
      happened: [expect.stringContaining(`another run holds this cluster folder: process ${process.pid}`)],
      remedies: ["wait until that run has ended"],
    });
    expect(ran()).toBe(false);
    if (held instanceof ClusterFolderLock) held.release();
  });

  test("does not begin without a usable RKE", async () => {
    const { run } = step(WHOLE, { rke: "/not/there/rke" });
    expect(await failureOf(run())).toMatchObject({
      kind: "system",
      happened: ['no program "/not/there/rke" was found'],
      pointOfNoReturn: { state: "not reached" },
      remedies: [expect.objectContaining({ pulumi: "config set rkePath ./rke_linux-amd64" })],
    });
  });
});

describe("a restore that fails", { timeout: 60_000 }, () => {
  test("before the wipe has wiped nothing, and names RKE's log", async () => {
    const { nodes, run } = step("fatal snapshot missing hash");
    expect(await failureOf(run())).toMatchObject({
      kind: "rke",
      happened: ["RKE gave up: snapshot missing hash", expect.stringMatching(/^RKE's whole log: \/.*\.log$/)],
      pointOfNoReturn: { state: "not reached" },
    });
    for (const node of nodes) expect(rememberedBy(node)[0]).not.toHaveProperty("finishedAt");
  });

  test("before the wipe puts RKE's state file back, and says so", async () => {
    const { folder, run } = step("echo new >rancher-cluster.rkestate; fatal node2 does not answer");
    textFile(join(folder, "rancher-cluster.rkestate"), "old\n");
    expect((await failureOf(run())).done).toMatch(/; the state file, which RKE had rewritten, is as it was before$/);
    expect(linesOf(join(folder, "rancher-cluster.rkestate"))).toEqual(["old"]);
  });

  test("before the wipe does not hide that an earlier one has wiped", async () => {
    const { tools, run } = step("if [ -e again ]; then fatal no; fi; touch again; wiping; fatal no");
    expect(await failureOf(run())).toMatchObject({ pointOfNoReturn: { state: "passed", at: tools.wipes[0] } });
    expect((await failureOf(run())).pointOfNoReturn).toEqual({
      state: "passed earlier",
      at: "2026-11-23T14:00:00.000Z",
      log: expect.stringMatching(/^\/.*-etcd-snapshot-restore\.log$/),
    });
  });

  test("after the wipe began says when that was, and that the snapshot is still there", async () => {
    const { nodes, tools, run } = step("wiping; fatal etcd-restore failed");
    const { kind, pointOfNoReturn, remedies } = await failureOf(run());
    expect({ kind, pointOfNoReturn }).toEqual({
      kind: "rke",
      pointOfNoReturn: { state: "passed", at: tools.wipes[0] },
    });
    expect(remedies).toEqual([expect.stringContaining("the snapshot base still lies in /opt/rke/etcd-snapshots")]);
    for (const node of nodes) expect(rememberedBy(node)[0]).not.toHaveProperty("finishedAt");
  });

  test("by a node that RKE left out is a failure, though RKE says it is fine", async () => {
    const { run } = step('wiping; warn "Provisioning incomplete, host(s) [10.0.0.3] skipped"; restored');
    const { kind, happened, pointOfNoReturn } = await failureOf(run());
    expect([kind, happened[0], pointOfNoReturn.state]).toEqual(["rke", expect.stringContaining("10.0.0.3"), "passed"]);
  });
});

describe("what the cluster remembers of its restores", { timeout: 60_000 }, () => {
  test("is a finished one on every etcd host, with what was restored and the way back", async () => {
    const { nodes, run } = step(WHOLE);
    await run();
    for (const node of nodes) {
      expect(rememberedBy(node)).toEqual([
        {
          snapshot: "base",
          run: 1,
          startedAt: expect.stringMatching(/^20.*Z$/),
          finishedAt: expect.stringMatching(/^20.*Z$/),
          stack: "prod",
          holder: expect.stringContaining("@"),
          content: sha256(SNAPSHOT),
          safetyCopy: { name: "safety-1", rancherImage: "rancher/rancher:v2.5.9" },
        },
      ]);
    }
  });

  test("is one that has begun before RKE is started", async () => {
    const { folder, nodes, run } = step(`while [ ! -e go ]; do sleep 0.1; done; ${WHOLE}`);
    const running = run();
    await vi.waitUntil(() => existsSync(join(folder, "ran")), { timeout: 30_000 });
    for (const node of nodes) {
      expect(rememberedBy(node)).toMatchObject([{ snapshot: "base", run: 1 }]);
      expect(rememberedBy(node)[0]).not.toHaveProperty("finishedAt");
    }
    textFile(join(folder, "go"), "");
    await running;
  });

  test("must be written on every host before RKE is started", async () => {
    const { nodes, ran, run } = step(WHOLE);
    nodes[2]?.program("mv", "exit 1");
    expect(await failureOf(run())).toMatchObject({
      kind: "unreachable",
      happened: [expect.stringContaining("node3 (10.0.0.3)")],
      pointOfNoReturn: { state: "not reached" },
    });
    expect(ran()).toBe(false);
  });

  test("that cannot be written at the end is a warning: the restore is done", async () => {
    const { nodes, tools, run } = step(WHOLE);
    nodes[2]?.program("mv", '[ -e "$here/moved" ] && exit 1; : >"$here/moved"; exec /bin/mv "$@"');
    await run();
    expect(tools.warned).toEqual([
      expect.stringMatching(/^this restore is not recorded on a host: node3 \(10\.0\.0\.3\)/),
    ]);
    expect(rememberedBy(nodes[0] as SnapshotNode)).toMatchObject([{ finishedAt: expect.any(String) }]);
  });

  test.each([1, 3])(
    "refuses the same restore before RKE is started, whatever the stack: known to %i hosts",
    async (count) => {
      const { nodes, tools, ran, run } = step(WHOLE, {}, { stack: "fresh" });
      remember(nodes.slice(3 - count), finishedRecord());
      const { rerun, ...failure } = await failureOf(run());
      expect(failure).toMatchObject({
        kind: "refused",
        happened: [expect.stringMatching(/^base was restored .*at 2026-11-23T14:05:00.000Z by ops@laptop, stack prod/)],
        pointOfNoReturn: { state: "not reached" },
        remedies: [expect.objectContaining({ pulumi: "config set run 2" })],
      });
      expect([rerun, ran(), tools.wipes]).toEqual([undefined, false, []]);
    },
  );

  test.each([{ snapshot: "other" }, { run: 2 }])("does not refuse another restore: %j", async (over) => {
    const { nodes, ran, run } = step(WHOLE, over);
    remember(nodes, finishedRecord());
    await run();
    expect(ran()).toBe(true);
    for (const node of nodes) {
      expect(rememberedBy(node)).toEqual(
        expect.arrayContaining([
          finishedRecord(),
          expect.objectContaining({ ...{ snapshot: "base", run: 1, ...over }, finishedAt: expect.any(String) }),
        ]),
      );
    }
  });

  test("lets a restore be done that has begun and did not finish", async () => {
    const { nodes, ran, run } = step(WHOLE);
    remember(nodes, restoreRecord());
    expect(await run()).toMatchObject({ adopted: false });
    expect(ran()).toBe(true);
    for (const node of nodes) expect(rememberedBy(node)).toMatchObject([{ run: 1, finishedAt: expect.any(String) }]);
  });
});

describe("a restore that the RKE of a killed run has finished", { timeout: 60_000 }, () => {
  const LOG = `time="2026-11-23T14:00:10Z" level=info msg="Cleaning old kubernetes cluster"
${["1", "2", "3"].map((number) => `time="2026-11-23T14:00:11Z" level=info msg="[hosts] Cleaning up host [10.0.0.${number}]"`).join("\n")}
time="2026-11-23T14:00:20Z" level=info msg="Finished restoring snapshot [base] on all etcd hosts"
`;

  function left(clusterFile: string): string {
    const log = textFile(join(clusterFile, "../.rancher-rollback/logs/restore.log"), LOG);
    restoreBegins(clusterFile, { since: "2026-11-23T14:00:05.000Z", log, hosts: [] });
    return log;
  }

  test("is not repeated, but recorded as finished", async () => {
    const { clusterFile, nodes, ran, run } = step(WHOLE);
    remember(nodes, restoreRecord());
    const log = left(clusterFile);
    expect(await run()).toEqual({
      rke: "v1.8.0",
      adopted: true,
      wipedAt: "2026-11-23T14:00:10.000Z",
      warnings: 0,
      log,
    });
    expect(ran()).toBe(false);
    for (const node of nodes) expect(rememberedBy(node)).toMatchObject([{ finishedAt: expect.any(String) }]);
    expect((await failureOf(run())).kind).toBe("refused");
  });

  test.each([
    ["another snapshot", restoreRecord({ snapshot: "other" })],
    ["a later one", restoreRecord({ startedAt: "2026-11-23T15:00:00.000Z" })],
  ])("is not taken for this one where the cluster remembers %s", async (_, record) => {
    const { clusterFile, nodes, ran, run } = step(WHOLE);
    remember(nodes, record);
    left(clusterFile);
    expect(await run()).toMatchObject({ adopted: false });
    expect(ran()).toBe(true);
  });
});

describe("proof and safety copy", { timeout: 60_000 }, () => {
  test("of less than two minutes ago are taken as they are", async () => {
    const { nodes, tools, run } = step(WHOLE, { proven: proof(100), saved: copy(100) });
    expect((await run()).safetyCopy?.name).toBe("safety-1");
    for (const node of nodes) {
      expect(node.names()).toEqual(["base"]);
      expect(node.argv.join("\n")).not.toContain("snapshot save");
    }
    expect(tools.said.join("\n")).not.toContain("checking again");
  });

  test("of more than two minutes ago are made anew, and the report names the new copy", async () => {
    const { nodes, tools, run } = step(WHOLE, { proven: proof(130), saved: copy(130) });
    const { safetyCopy } = await run();
    expect(safetyCopy?.name).toMatch(/^safety-\d{8}T\d{6}Z$/);
    expect(tools.copies).toEqual([safetyCopy?.name]);
    expect(tools.said).toContainEqual(expect.stringMatching(/^checking snapshot base on every etcd node/));
    for (const node of nodes) {
      expect(node.names()).toEqual(["base", safetyCopy?.name]);
      expect(rememberedBy(node)).toMatchObject([
        { content: sha256(SNAPSHOT), safetyCopy: { name: safetyCopy?.name, rancherImage: safetyCopy?.rancherImage } },
      ]);
    }
  });

  test("are not made where the settings say to go without a copy", async () => {
    const { nodes, run } = step(WHOLE, { safetyCopy: undefined, saved: undefined });
    expect(await run()).not.toHaveProperty("safetyCopy");
    for (const node of nodes) {
      expect(node.names()).toEqual(["base"]);
      expect(rememberedBy(node)[0]).not.toHaveProperty("safetyCopy");
    }
  });

  test("must be of the same snapshot: one that was exchanged since is refused", async () => {
    const { nodes, ran, run } = step(WHOLE, { proven: proof(130, snapshotBytes(100, "before")) });
    expect(await failureOf(run())).toMatchObject({
      kind: "check",
      happened: [
        expect.stringMatching(/^the snapshot has changed since it was checked at .*, on node1, node2, node3$/),
      ],
      pointOfNoReturn: { state: "not reached" },
    });
    expect(ran()).toBe(false);
    for (const node of nodes) expect(rememberedBy(node)).toEqual([]);
  });

  test("that cannot be made anew end the restore before RKE is started", async () => {
    const { nodes, ran, run } = step(WHOLE, { proven: proof(130) });
    nodes[1]?.put("base", SNAPSHOT.subarray(0, 1000));
    expect(await failureOf(run())).toMatchObject({
      kind: "check",
      step: "The pre-flight checks for snapshot base",
      pointOfNoReturn: { state: "not reached" },
    });
    expect(ran()).toBe(false);
  });
});
