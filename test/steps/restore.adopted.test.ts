import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { besideClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import { restoreBegins } from "../../cluster/rke/unfinishedWipe.ts";
import { textFile, until } from "../support/folder.ts";
import { ended, holdFolder } from "../support/holdFolder.ts";
import { apiServer, kubernetesAnswers } from "../support/kubernetes.ts";
import { HOSTS, restoreStep, WHOLE } from "../support/restoreStep.ts";
import { finishedRecord, remember, rememberedBy, restoreRecord } from "../support/restores.ts";
import { failureOf, startStep, stepContext } from "../support/steps.ts";
import { ago } from "../support/time.ts";

const DAY = 24 * 3600;

describe("a restore that the RKE of a killed run has finished", () => {
  const logged = (seconds: number) => `${ago(seconds).slice(0, 19)}Z`;
  const [SINCE, WIPED, ENDED] = [logged(595), logged(590), logged(580)];
  const LOG = `time="${WIPED}" level=info msg="Cleaning old kubernetes cluster"
${["1", "2", "3"].map((number) => `time="${WIPED}" level=info msg="[hosts] Cleaning up host [10.0.0.${number}]"`).join("\n")}
time="${ENDED}" level=info msg="Finished restoring snapshot [base] on all etcd hosts"
`;

  const MANIFEST = {
    kind: "live",
    nodes: HOSTS,
    bytes: 1,
    sha256: "5a",
    state: true,
    rancherImage: "rancher/rancher:v2.5.9",
  };

  function left(clusterFile: string, since = SINCE): string {
    const log = textFile(join(clusterFile, "../.rancher-rollback/logs/restore.log"), LOG);
    restoreBegins(clusterFile, { since, log, hosts: [] });
    return log;
  }

  test("is not repeated where every etcd host is replaced, also where an earlier release recorded it", async () => {
    const { clusterFile, nodes, ran, run } = restoreStep(WHOLE, { newNodes: HOSTS, replaced: ["node-c.example.com"] });
    remember(nodes, restoreRecord());
    left(clusterFile);
    expect(await run()).toMatchObject({ adopted: true });
    expect(ran()).toBe(false);
  });

  test("is not repeated, but recorded as finished", async () => {
    const { clusterFile, nodes, ran, run } = restoreStep(WHOLE);
    remember(nodes, restoreRecord());
    const log = left(clusterFile);
    expect(await run()).toEqual({
      rke: "v1.8.0",
      way: "rke",
      reasons: [],
      adopted: true,
      built: false,
      wipedAt: `${WIPED.slice(0, -1)}.000Z`,
      warnings: 0,
      log,
    });
    expect(ran()).toBe(false);
    for (const node of nodes) expect(rememberedBy(node)).toMatchObject([{ finishedAt: expect.any(String) }]);
    expect(await run()).toMatchObject({ adopted: true });
    expect(ran()).toBe(false);
  });

  test.each([
    ["its own safety copy, not one of a rollback before", "safety-20200102T000000Z"],
    ["none where it went without, though a rollback before has left one", undefined],
  ])("is adopted with %s", async (_, copy) => {
    const { clusterFile, nodes, run } = restoreStep(WHOLE);
    for (const name of ["safety-20200101T000000Z", "safety-20200102T000000Z", "safety-20200103T000000Z"]) {
      const manifest = { ...MANIFEST, name };
      textFile(join(clusterFile, "../.rancher-rollback/safety", name, "manifest.json"), JSON.stringify(manifest));
    }
    const { rancherImage } = MANIFEST;
    remember(nodes, restoreRecord({ ...(copy && { safetyCopy: { name: copy, rancherImage } }) }));
    left(clusterFile);
    expect((await run()).safetyCopy?.name).toBe(copy);
  });

  test("is adopted after the step was killed in the middle of it", async () => {
    const { clusterFile, folder, nodes, tools, input, ran, run } = restoreStep(
      `wiping; while [ ! -e go ]; do sleep 0.1; done; restored`,
    );
    const killed = startStep("", { step: "restore", context: stepContext(clusterFile), input });
    const ended = new Promise((resolve) => killed.once("close", resolve));
    await until(ran);
    killed.kill("SIGKILL");
    await ended;
    rmSync(join(folder, "ran"));
    const running = run();
    await until(() => tools.said.some((line) => line.includes("its RKE still runs")));
    textFile(join(folder, "go"), "");
    expect(await running).toMatchObject({ adopted: true, wipedAt: expect.any(String) });
    expect([ran(), tools.wipes]).toEqual([false, []]);
    for (const node of nodes) expect(rememberedBy(node)).toMatchObject([{ finishedAt: expect.any(String) }]);
  });

  test("is adopted however long ago it began: nothing more is lost by that", async () => {
    const { clusterFile, nodes, ran, run } = restoreStep(WHOLE);
    remember(nodes, restoreRecord({ startedAt: ago(2 * DAY) }));
    left(clusterFile, ago(2 * DAY - 5));
    expect(await run()).toMatchObject({ adopted: true });
    expect(ran()).toBe(false);
  });

  test("is looked up again once a left-over RKE has ended: meanwhile the same restore may have been finished", async () => {
    const { clusterFile, nodes, tools, ran, run } = restoreStep(WHOLE);
    const held = holdFolder(clusterFile, { step: ended() });
    const running = failureOf(run());
    await vi.waitUntil(() => tools.said.some((line) => line.includes("waiting for it")), { timeout: 30_000 });
    remember(nodes, finishedRecord({ stack: "other" }));
    held.release();
    expect((await running).kind).toBe("refused");
    expect(ran()).toBe(false);
  });

  test("is adopted only once a node that RKE has deleted is back: a kill meanwhile repeats nothing", async () => {
    const { clusterFile, nodes, ran, run } = restoreStep(WHOLE);
    remember(nodes, restoreRecord());
    left(clusterFile);
    const finishedAtLook: unknown[] = [];
    const answers = (...names: string[]) =>
      kubernetesAnswers({ nodes: Object.fromEntries(names.map((name) => [name, true])) });
    const [broken, whole] = [answers("node1", "node2"), answers("node1", "node2", "node3")];
    const list = () => {
      finishedAtLook.push(nodes[0] && rememberedBy(nodes[0])[0]?.finishedAt);
      return String((finishedAtLook.length === 1 ? broken : whole)["/api/v1/nodes"]);
    };
    const { kubeconfig } = await apiServer({ ...whole, "/api/v1/nodes": list });
    textFile(besideClusterFile(clusterFile).kubeconfig, kubeconfig);
    expect(await run()).toMatchObject({ adopted: true });
    expect(finishedAtLook).toEqual([undefined, undefined]);
    expect(nodes.map(({ argv }) => argv.includes("docker restart kubelet"))).toEqual([false, false, true]);
    expect(ran()).toBe(false);
  });

  test.each([
    ["another snapshot", restoreRecord({ snapshot: "other" })],
    ["a later one", restoreRecord({ startedAt: ago(300) })],
  ])("is not taken for this one where the cluster remembers %s", async (_, record) => {
    const { clusterFile, nodes, ran, run } = restoreStep(WHOLE);
    remember(nodes, record);
    left(clusterFile);
    expect(await run()).toMatchObject({ adopted: false });
    expect(ran()).toBe(true);
  });
});
