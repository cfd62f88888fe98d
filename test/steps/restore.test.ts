import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { StepFailure } from "../../messages/failure.ts";
import { rke } from "../../steps/rke.ts";
import { fakeDocker } from "../support/fakeDocker.ts";
import { fakeRke, linesOf } from "../support/fakeRke.ts";
import { textFile } from "../support/folder.ts";
import { fakeSsh, LABELS, stepOptions } from "../support/steps.ts";

afterEach(() => void vi.unstubAllEnvs());

/** A restore or `rke up` by a fake RKE, on nodes that are this machine. */
function step(kind: "restore" | "up", script: string, { refusing = [] as string[], version = "v1.8.0" } = {}) {
  const fake = fakeRke(`touch ran; ${script}`);
  fakeSsh(fake.folder, refusing);
  fakeDocker(fake.folder, { containers: [] });
  vi.stubEnv("PATH", `${fake.folder}:/usr/bin:/bin`);
  vi.stubEnv("VERSION", version);
  const rest = kind === "up" ? ["rke", "up"] : ["rke", "etcd", "snapshot-restore", "--name", "base"];
  const options = stepOptions({ clusterFile: fake.clusterFile, rest });
  return { ...fake, options, run: () => rke(options), ran: join(fake.folder, "ran") };
}

async function failure(run: () => Promise<object>): Promise<StepFailure> {
  const error = await run().catch((reason: unknown) => reason);
  if (!(error instanceof StepFailure)) throw error;
  for (const label of LABELS) expect(error.message).toContain(label);
  expect(error.failure.next.at(-1)).toBe("pulumi up --stack prod   (goes on from this step)");
  return error;
}

describe("the restore", { timeout: 60_000 }, () => {
  test("asks every node first, and reports RKE's version, when it wiped, its warnings and its log", async () => {
    const { options, run, folder } = step("restore", "info Cleaning old kubernetes cluster; warn slow; info Finished");
    expect(await run()).toEqual({
      rke: "v1.8.0",
      wipedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      warnings: 1,
      log: expect.stringContaining(join(folder, ".rancher-rollback", "logs")),
    });
    expect(options.said[0]).toBe("asking all 3 nodes over SSH whether Docker answers");
  });

  test("does not begin when this stack's lock on the cluster is gone", async () => {
    const { options, run, ran } = step("restore", "info fine");
    options.input = async () => '{"id":"aaaaaaaa","hosts":["node1"]}';
    expect((await failure(run)).failure.happened).toEqual(["node1: this stack's lock is gone"]);
    expect(existsSync(ran)).toBe(false);
  });

  test("knows an old release's own line for the point of no return", async () => {
    const { run } = step("restore", "info Restoring etcd snapshot base", { version: "v0.1.18" });
    expect(await run()).toMatchObject({ rke: "v0.1.18", wipedAt: expect.any(String) });
  });

  test("does not begin when a node cannot be asked, and names every such node", async () => {
    const { run, ran } = step("restore", "info fine", { refusing: ["10.0.0.2", "10.0.0.3"] });
    const { failure: told } = await failure(run);
    expect(told).toMatchObject({
      step: "the etcd restore of snapshot base",
      happened: [
        "node2 (10.0.0.2): cannot be reached over SSH: connect to host 10.0.0.2: refused",
        "node3 (10.0.0.3): cannot be reached over SSH: connect to host 10.0.0.3: refused",
      ],
      done: "nothing",
      pointOfNoReturn: "not reached, the cluster is as it was",
    });
    expect(told.next[0]).toBe("look at the node: ssh -p 22 rancher@10.0.0.2");
    expect(linesOf(ran)).toEqual([]);
  });

  test("that fails before the wiping says that nothing was wiped, and where the log is", async () => {
    const { failure: told } = await failure(step("restore", "fatal snapshot missing hash").run);
    expect(told).toMatchObject({
      happened: ["RKE gave up: snapshot missing hash", expect.stringMatching(/^RKE's whole log: \/.*\.log$/)],
      pointOfNoReturn: "not reached, no node was wiped",
    });
  });

  test("that fails before the wiping puts RKE's state file back, and says so", async () => {
    const { folder, run } = step("restore", "echo new >rancher-cluster.rkestate; fatal node2 does not answer");
    textFile(join(folder, "rancher-cluster.rkestate"), "old\n");
    expect((await failure(run)).failure.done).toMatch(
      /; the state file, which RKE had rewritten, is as it was before$/,
    );
    expect(linesOf(join(folder, "rancher-cluster.rkestate"))).toEqual(["old"]);
  });

  test("that fails before the wiping does not hide that an earlier one has wiped", async () => {
    const { options, run } = step(
      "restore",
      "if [ -e again ]; then fatal no; fi; touch again; info Cleaning old kubernetes cluster; fatal no",
    );
    await failure(run);
    const { failure: told } = await failure(() => rke(options));
    expect(told.pointOfNoReturn).toMatch(
      /^passed by an earlier restore, which began to wipe at 2026-11-23T14:00:00.000Z and was not seen to end; this run has wiped nothing\. RKE's log of that one: \/.*-etcd-snapshot-restore\.log$/,
    );
  });

  test("that fails after the wiping began says when that was, and that the snapshot is still there", async () => {
    const { run } = step("restore", "info Cleaning old kubernetes cluster; fatal etcd-restore failed");
    const { failure: told } = await failure(run);
    expect(told.pointOfNoReturn).toMatch(/^passed at \d{4}-.*Z$/);
    expect(told.next[0]).toContain("the snapshot base still lies in /opt/rke/etcd-snapshots");
  });

  test("that left a node out is a failure, though RKE says it is fine", async () => {
    const { run } = step(
      "restore",
      `info Cleaning old kubernetes cluster; warn "Provisioning incomplete, host(s) [10.0.0.3] skipped"; info Finished`,
    );
    expect((await failure(run)).failure.happened[0]).toBe("RKE built the cluster without 10.0.0.3");
  });

  test("that finds no usable RKE is told as a failure before anything is done", async () => {
    const { options, ran } = step("restore", "info fine");
    const { failure: told } = await failure(() =>
      rke({ ...options, rest: ["/not/there/rke", "etcd", "snapshot-restore"] }),
    );
    expect(told).toMatchObject({
      happened: ['no program "/not/there/rke" was found'],
      pointOfNoReturn: "not reached, the cluster is as it was",
    });
    expect(linesOf(ran)).toEqual([]);
  });
});

describe("rke up", { timeout: 60_000 }, () => {
  test("does not ask the nodes over SSH, as RKE does", async () => {
    const { options, run } = step("up", "info built", { refusing: ["10.0.0.1", "10.0.0.2", "10.0.0.3"] });
    expect(await run()).toEqual({ rke: "v1.8.0", warnings: 0, log: expect.any(String) });
    expect(options.said).toEqual(["built"]);
  });

  test("that fails says that the restore is done and nothing more is wiped", async () => {
    const { failure: told } = await failure(step("up", "fatal no space left").run);
    expect(told).toMatchObject({
      step: "rke up",
      happened: ["RKE gave up: no space left", expect.any(String)],
      done: "the etcd restore",
      pointOfNoReturn: "passed by the restore before; rke up wipes nothing",
    });
  });

  test("is refused while another run holds the cluster folder, and says whose it is", async () => {
    const { folder, options, run } = step("up", "while [ ! -e go ]; do sleep 0.1; done; info built");
    const first = run();
    await vi.waitUntil(() => linesOf(join(folder, ".rancher-rollback", "rke.lock")).length > 0);
    const { failure: told } = await failure(() => rke(options));
    expect(told).toMatchObject({
      happened: [expect.stringContaining(`another run holds this cluster folder: process ${process.pid}`)],
      done: "nothing by this run",
    });
    textFile(join(folder, "go"), "");
    expect(await first).toMatchObject({ rke: "v1.8.0" });
  });
});
