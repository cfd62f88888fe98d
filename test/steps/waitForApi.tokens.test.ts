import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { keepTokens } from "../../cluster/downstream/serviceAccountTokens.ts";
import { lockScript } from "../../cluster/lock/lock.ts";
import { waitForApi } from "../../steps/waitForApi.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { tempFolder } from "../support/folder.ts";
import { kubernetesAnswers } from "../support/kubernetes.ts";
import { apiWithClusters, CLUSTERS, managedCluster } from "../support/managedClusters.ts";
import { CATTLE } from "../support/rancher.ts";
import { reach, SnapshotNode } from "../support/snapshotNode.ts";
import { stepTools } from "../support/steps.ts";

const LOCK = { id: "aaaaaaaa", holder: "ops@console", stack: "prod", snapshot: "base", since: "2026-11-23T03:00:00Z" };

/** A restored cluster, whose Rancher has an old token of its one cluster. */
async function restored({
  locked = true,
  kept = true,
  reachable = true,
  clusters = [managedCluster("c-a", "dead")],
} = {}) {
  const node = new SnapshotNode("sh dd cat mkdir ln rm sync id".split(" "));
  if (locked) await node.run(lockScript(LOCK));
  reach(reachable ? [node] : []);
  const answers = Object.entries(kubernetesAnswers()).filter(
    (one): one is [string, string] => typeof one[1] === "string",
  );
  const { kubeconfig, patches } = await apiWithClusters(clusters, { ...Object.fromEntries(answers), "/readyz": "ok" });
  const folder = tempFolder();
  if (kept) keepTokens(folder, [{ name: "c-a", token: "hunter1" }]);
  const tools = stepTools(clusterFileIn(tempFolder(), undefined, kubeconfig));
  const put = (given: string | undefined = folder) =>
    waitForApi(
      {
        ...{ ...CATTLE, timeoutSeconds: 60, silenceSeconds: 60 },
        tokens: { lock: { id: LOCK.id, hosts: ["node1"] }, ...(given !== "" && { folder: given }) },
      },
      tools,
    );
  /** What was patched; what is asked for the image's sake changes nothing. */
  const patched = () => patches.filter(({ path }) => !path.endsWith("?dryRun=All"));
  return { put, patched, tools, folder };
}

describe("service-account tokens from before a restore", () => {
  test("are put back while the lock is held, before Rancher's image is set, and none is shown", async () => {
    const { put, patched, tools } = await restored();
    const report = await put();
    expect(report.tokensOf).toEqual(["c-a"]);
    expect(patched().map(({ path }) => path)).toEqual([`${CLUSTERS}/c-a`]);
    expect(tools.said).toContain("service-account tokens put back: c-a");
    expect(JSON.stringify([report, tools.said, tools.warned])).not.toContain("hunter1");
  });

  test("stay where they are while no restore is under way, with a warning that names the file", async () => {
    const { put, patched, tools, folder } = await restored({ locked: false });
    expect((await put()).tokensOf).toEqual([]);
    expect(patched()).toEqual([]);
    expect(tools.warned.join()).toContain(`no restore is under way`);
    expect(tools.warned.join()).toContain(join(folder, "service-account-tokens.json"));
  });

  test("stay where they are where no host says whether a restore is under way, and nothing else is claimed", async () => {
    const { put, patched, tools, folder } = await restored({ reachable: false });
    expect((await put()).tokensOf).toEqual([]);
    expect(patched()).toEqual([]);
    expect(tools.warned.join()).toContain("no etcd host says whether a restore is under way");
    expect(tools.warned.join()).toContain("node1 (10.0.0.1): cannot be reached");
    expect(tools.warned.join()).toContain(join(folder, "service-account-tokens.json"));
    expect(tools.warned.join()).not.toContain("no restore is under way");
  });

  test("are nothing to speak of where the safety copy has none", async () => {
    const { put, patched, tools } = await restored({ kept: false });
    expect((await put()).tokensOf).toEqual([]);
    expect([patched(), tools.warned]).toEqual([[], []]);
  });

  test("that nobody saved are a warning", async () => {
    const { put, tools } = await restored();
    expect((await put("")).tokensOf).toEqual([]);
    expect(tools.warned.join()).toContain("no safety copy was saved");
  });

  test("that the restored Rancher has already change nothing", async () => {
    const { put, patched, tools } = await restored({ clusters: [managedCluster("c-a", "hunter1")] });
    expect((await put()).tokensOf).toEqual([]);
    expect([patched(), tools.warned]).toEqual([[], []]);
  });
});
