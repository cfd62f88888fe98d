import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { readClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import { rejoinNodes } from "../../steps/rejoin.ts";
import { selfSigned } from "../support/certificate.ts";
import { clusterFileIn, THREE_NODES } from "../support/clusterFile.ts";
import { program, tempFolder } from "../support/folder.ts";
import { kubeconfigFor, kubernetesAnswers } from "../support/kubernetes.ts";
import { serve } from "../support/server.ts";
import { fakeSsh, stepTools } from "../support/steps.ts";

const tls = selfSigned();
const NODES = "/api/v1/nodes";

afterEach(() => void vi.unstubAllEnvs());

/** A cluster from which node3 has gone; it is there again at the look after the given number of looks. */
async function cluster({ goneFor }: { goneFor: number }) {
  const folder = tempFolder();
  fakeSsh(folder);
  program(join(folder, "docker"), `echo "$*" >>"${folder}/docker.log"`);
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
  const nodes = (...names: string[]) =>
    kubernetesAnswers({ nodes: Object.fromEntries(names.map((name) => [name, true])) });
  const whole = nodes("node1", "node2", "node3");
  const broken = nodes("node1", "node2");
  let looks = 0;
  const list = () => String((looks++ < goneFor ? broken : whole)[NODES]);
  const server = await serve({ ...whole, [NODES]: list }, tls);
  const clusterFile = clusterFileIn(tempFolder(), THREE_NODES, kubeconfigFor(server, tls.caFile));
  const tools = stepTools(clusterFile);
  const restarted = () => readFileSync(join(folder, "docker.log"), { encoding: "utf8", flag: "a+" });
  return { tools, restarted, run: () => rejoinNodes(readClusterFile(clusterFile).nodes, tools) };
}

describe("after RKE's restore", { timeout: 60_000 }, () => {
  test("the kubelet of a node whose object RKE has deleted is restarted, and awaited", async () => {
    const { tools, restarted, run } = await cluster({ goneFor: 3 });
    await run();
    expect(restarted()).toBe("restart kubelet\n");
    expect(tools.said).toEqual([
      expect.stringMatching(/^node3: RKE has deleted its node object; restarting its kubelet/),
    ]);
    expect(tools.warned).toEqual([]);
  });

  test("nothing is restarted where every node is in the cluster", async () => {
    const { tools, restarted, run } = await cluster({ goneFor: 0 });
    await run();
    expect([restarted(), tools.said, tools.warned]).toEqual(["", [], []]);
  });
});
