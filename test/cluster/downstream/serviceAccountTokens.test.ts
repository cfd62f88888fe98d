import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  keepTokens,
  keptTokens,
  putTokensBack,
  readTokens,
  TOKENS_FILE,
} from "../../../cluster/downstream/serviceAccountTokens.ts";
import { needsTokensOfNow } from "../../../cluster/rancher/migrations.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { apiWithClusters, CLUSTERS, managedCluster as cluster } from "../../support/managedClusters.ts";

async function rancherWith(clusters: object[] | undefined) {
  const { patches, kubeconfig } = await apiWithClusters(clusters);
  return { patches, kubeconfig: textFile(join(tempFolder(), "kubeconfig"), kubeconfig) };
}

describe("service-account tokens", () => {
  test.each([
    ["v2.0.10", true],
    ["v2.0.11", false],
    ["v2.1.5", true],
    ["v2.1.6", false],
    ["v2.5.8", false],
    ["v2.1-head", false],
  ])("of now are needed by Rancher %s: %s", (version, needed) => {
    expect(needsTokensOfNow(version)).toBe(needed);
  });

  test("are those of clusters with a new service account", async () => {
    const { kubeconfig } = await rancherWith([
      cluster("c-new", "hunter1", "Ready", "ServiceAccountMigrated"),
      cluster("c-imported", "hunter2", "Ready"),
      cluster("c-moved", undefined, "ServiceAccountMigrated"),
    ]);
    expect(await readTokens(kubeconfig)).toEqual([{ name: "c-new", token: "hunter1" }]);
  });

  test("are none where this Rancher has no clusters", async () => {
    expect(await readTokens((await rancherWith(undefined)).kubeconfig)).toEqual([]);
  });

  test("are kept for the operator alone, and read back", () => {
    const folder = tempFolder();
    expect(keptTokens(folder)).toEqual([]);
    keepTokens(folder, [{ name: "c-new", token: "hunter1" }]);
    expect(keptTokens(folder)).toEqual([{ name: "c-new", token: "hunter1" }]);
    expect(statSync(join(folder, TOKENS_FILE)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, TOKENS_FILE), "utf8")).toContain("hunter1");
  });

  test("are put back by a merge patch of that field alone, where the cluster is and has another", async () => {
    const { kubeconfig, patches } = await rancherWith([
      cluster("c-old", "dead"),
      cluster("c-none"),
      cluster("c-same", "hunter3"),
    ]);
    const tokens = ["c-old", "c-none", "c-same", "c-gone"].map((name, at) => ({ name, token: `hunter${at + 1}` }));
    expect(await putTokensBack(kubeconfig, tokens)).toEqual(["c-old", "c-none"]);
    expect(patches).toEqual([
      {
        ...{ path: `${CLUSTERS}/c-old`, type: "application/merge-patch+json" },
        body: '{"status":{"serviceAccountToken":"hunter1"}}',
      },
      {
        ...{ path: `${CLUSTERS}/c-none`, type: "application/merge-patch+json" },
        body: '{"status":{"serviceAccountToken":"hunter2"}}',
      },
    ]);
  });
});
