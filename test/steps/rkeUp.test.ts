import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { besideClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import type { StepInput } from "../../steps/contract.ts";
import { rkeUp } from "../../steps/rkeUp.ts";
import { fakeRke, linesOf } from "../support/fakeRke.ts";
import { program, tempFolder, textFile, until } from "../support/folder.ts";
import { apiServer } from "../support/kubernetes.ts";
import { WANTED } from "../support/rancher.ts";
import { failureOf, stepTools } from "../support/steps.ts";

/** An `rke up` by a fake RKE. There is no `ssh`: RKE itself asks the nodes. */
function step(script: string, { path, ...turn }: Partial<StepInput<"rke-up">> & { path?: string } = {}) {
  const { folder, clusterFile, rke } = fakeRke(`touch ran; ${script}`);
  const tools = stepTools(clusterFile);
  return { folder, tools, run: () => rkeUp({ rke: path ?? rke, silenceSeconds: 60, ...turn }, tools) };
}

describe.concurrent("rke up", () => {
  test("reports RKE's version, its warnings and its log, and wipes nothing", async () => {
    const { folder, tools, run } = step("warn slow; built");
    expect(await run()).toEqual({
      rke: "v1.8.0",
      warnings: 1,
      log: expect.stringContaining(join(folder, ".rancher-rollback", "logs")),
    });
    expect(tools.wipes).toEqual([]);
    expect(tools.said.at(-1)).toBe("Finished building Kubernetes cluster successfully");
  });

  test("that fails says that the restore is done and nothing more is wiped", async () => {
    const { run } = step('built; fatal "no space left"');
    expect(await failureOf(run())).toMatchObject({
      kind: "rke",
      step: "rke-up",
      happened: ["RKE gave up: no space left", expect.any(String)],
      pointOfNoReturn: { state: "passed-earlier" },
    });
  });

  test("that printed nothing of a built cluster is a failure, though RKE exits with 0", async () => {
    const { run } = step("info fine");
    expect(await failureOf(run())).toMatchObject({ kind: "rke", pointOfNoReturn: { state: "passed-earlier" } });
  });

  test("is refused while another run holds the cluster folder, and says whose it is", async () => {
    const { folder, run } = step("while [ ! -e go ]; do sleep 0.1; done; built");
    const first = run();
    await until(() => existsSync(join(folder, "ran")));
    expect(await failureOf(run())).toMatchObject({
      kind: "busy",
      happened: [expect.stringContaining(`another run holds this cluster folder: process ${process.pid}`)],
      remedies: ["wait until that run has ended"],
    });
    textFile(join(folder, "go"), "");
    expect(await first).toMatchObject({ rke: "v1.8.0" });
  });

  test("without a usable RKE is a failure before anything is done", async () => {
    const { folder, run } = step("built", { path: "/not/there/rke" });
    expect(await failureOf(run())).toMatchObject({
      kind: "system",
      happened: ['no program "/not/there/rke" was found'],
      remedies: [expect.objectContaining({ pulumi: "config set rkePath ./rke_linux-amd64" })],
    });
    expect(linesOf(join(folder, ".rancher-rollback/rke.lock"))).toEqual([]);
  });

  test("is not begun where the cluster file's add-ons have another Rancher than the rollback starts", async () => {
    const { folder, tools, run } = step("built", { rancher: WANTED });
    appendFileSync(tools.clusterFile, "addons: |-\n  spec: {containers: [{image: 'rancher/rancher:v2.6.0'}]}\n");
    expect(await failureOf(run())).toMatchObject({
      kind: "check",
      step: "rke-up",
      happened: [expect.stringContaining("has the image rancher/rancher:v2.6.0")],
      remedies: [expect.stringContaining("write image: rancher/rancher:v2.5.8")],
      pointOfNoReturn: { state: "passed-earlier" },
    });
    expect(existsSync(join(folder, "ran"))).toBe(false);
    const same = readFileSync(tools.clusterFile, "utf8").replace("v2.6.0", "v2.5.8");
    textFile(tools.clusterFile, same);
    expect(await run()).toMatchObject({ rke: "v1.8.0" });
  });

  test("is not begun by an RKE that deletes what the add-ons of the cluster file have made", async () => {
    const { folder, tools, run } = step("built", {
      path: program(join(tempFolder(), "rke"), "echo rke version v1.3.12"),
    });
    appendFileSync(tools.clusterFile, "addons: |-\n  kind: Namespace\n");
    expect(await failureOf(run())).toMatchObject({
      kind: "check",
      happened: [expect.stringContaining("RKE v1.3.12 deletes what addons in the cluster file has made")],
      remedies: [expect.objectContaining({ pulumi: "config set rkePath ./rke_linux-amd64" })],
    });
    expect(existsSync(join(folder, "ran"))).toBe(false);
  });

  test("is not begun where it would delete what an add-on has made that the cluster file no longer has", async () => {
    const { folder, tools, run } = step("built");
    const jobs = { items: [{ metadata: { name: "rke-user-addon-deploy-job" } }] };
    const { kubeconfig } = await apiServer({ "/apis/batch/v1/namespaces/kube-system/jobs": JSON.stringify(jobs) });
    textFile(besideClusterFile(tools.clusterFile).kubeconfig, kubeconfig);
    expect(await failureOf(run())).toMatchObject({
      kind: "check",
      happened: [
        expect.stringContaining(
          "in the restored cluster RKE has deployed addons, which the cluster file no longer has",
        ),
      ],
      remedies: [expect.stringContaining("put addons back into the cluster file")],
    });
    expect(existsSync(join(folder, "ran"))).toBe(false);
    appendFileSync(tools.clusterFile, "addons: |-\n  kind: ConfigMap\n");
    expect(await run()).toMatchObject({ rke: "v1.8.0" });
  });

  test.for([
    ["comes-last", "the restore has built the cluster: rke up comes last"],
    ["has-run", "rke up has run in this rollback"],
  ] as const)("whose turn it is not, as it %s, runs no RKE and says why", async ([skip, why]) => {
    const { folder, tools, run } = step("built", { skip, path: "/not/there/rke" });
    expect(await run()).toEqual({ skipped: skip });
    expect(tools.said).toEqual([why]);
    expect(tools.skips).toEqual([skip]);
    expect(existsSync(join(folder, "ran"))).toBe(false);
  });

  describe("that comes last", () => {
    const rancher = { namespace: "n", deployment: "d", container: "c", image: "i:v1", version: "v1" };
    const verify = { rancher: { ...rancher, url: "http://127.0.0.1:9" }, restarts: {}, timeoutSeconds: 0.1 };

    test("fails where the cluster is not as it was verified before, once RKE has run", async () => {
      const { folder, run } = step("built", { verify });
      expect(await failureOf(run())).toMatchObject({ kind: "timeout", step: "verify" });
      expect(existsSync(join(folder, "ran"))).toBe(true);
    });

    test("fails where RKE fails, and verifies nothing", async () => {
      const { tools, run } = step('fatal "no space left"', { verify });
      expect(await failureOf(run())).toMatchObject({ kind: "rke", step: "rke-up-last" });
      expect(tools.said.join()).not.toContain("verifying");
    });
  });
});
