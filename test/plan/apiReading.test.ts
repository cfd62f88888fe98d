import { join } from "node:path";
import { expect, test } from "vitest";
import { readApi } from "../../plan/apiReading.ts";
import { tempFolder, textFile } from "../support/folder.ts";

test("a kubeconfig that cannot be read makes everything unknown, and no more than that", async () => {
  const empty = textFile(join(tempFolder(), "kube_config_cluster.yml"), "");
  const rancher = { namespace: "cattle-system", deployment: "cattle", container: "cattle-server" };
  for (const answer of Object.values(await readApi(empty, rancher))) {
    expect(answer).toEqual({ unknown: expect.any(String) });
  }
});
