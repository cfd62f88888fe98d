import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { readClusterFile } from "../../../cluster/clusterFile/clusterFile.ts";
import { rejoinNodes } from "../../../steps/restore/rejoin.ts";
import { clusterFileIn, THREE_NODES } from "../../support/clusterFile.ts";
import { program, tempFolder } from "../../support/folder.ts";
import { apiServer, kubernetesAnswers } from "../../support/kubernetes.ts";
import { fakeSsh, stepTools } from "../../support/steps.ts";

const NODES = "/api/v1/nodes";

/** A cluster from which node3 has gone; after the given number of requests it is there again, for two requests not ready. */
async function cluster({ goneFor, refusing = [] }: { goneFor: number; refusing?: string[] }) {
  const folder = tempFolder();
  fakeSsh(folder, refusing);
  program(join(folder, "docker"), `echo "$*" >>"${folder}/docker.log"`);
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
  const others = { node1: true, node2: true };
  const [broken, unready, whole] = [others, { ...others, node3: false }, { ...others, node3: true }].map((nodes) =>
    kubernetesAnswers({ nodes }),
  );
  let requests = 0;
  const list = () => {
    const at = requests++;
    return String((at < goneFor ? broken : goneFor > 0 && at < goneFor + 2 ? unready : whole)?.[NODES]);
  };
  const { kubeconfig } = await apiServer({ ...whole, [NODES]: list });
  const clusterFile = clusterFileIn(tempFolder(), THREE_NODES, kubeconfig);
  const tools = stepTools(clusterFile);
  const restarted = () => readFileSync(join(folder, "docker.log"), { encoding: "utf8", flag: "a+" });
  return {
    tools,
    restarted,
    requested: () => requests,
    run: (seconds = 60) => rejoinNodes(readClusterFile(clusterFile).nodes, tools, seconds),
  };
}

describe("after RKE's restore", () => {
  test("the kubelet of a node whose object RKE has deleted is restarted, and awaited", async () => {
    const { tools, restarted, requested, run } = await cluster({ goneFor: 3 });
    await run();
    expect(restarted()).toBe("restart kubelet\n");
    expect(requested(), "until it is ready").toBe(6);
    expect(tools.said).toEqual([
      "node3 is not in the cluster after RKE's restore: restarting its kubelet, which registers it",
    ]);
    expect(tools.warned).toEqual([]);
  });

  test("a node that stays away is a warning with what to look at, and fails nothing", async () => {
    const { tools, restarted, run } = await cluster({ goneFor: Number.POSITIVE_INFINITY });
    await run(1);
    expect(restarted()).toBe("restart kubelet\n");
    expect(tools.notices).toEqual([
      {
        message: "node3 is not ready 1 s after its kubelet was restarted",
        remedy: "on node3: docker logs --tail 50 kubelet",
      },
    ]);
  });

  test("a node that cannot be reached is a warning with what to type", async () => {
    const { tools, restarted, run } = await cluster({ goneFor: 3, refusing: ["10.0.0.3"] });
    await run();
    expect(restarted()).toBe("");
    expect(tools.notices).toEqual([
      {
        message: expect.stringMatching(/^kubelet is not restarted: node3 \(10\.0\.0\.3\).*refused/s),
        remedy: "on node3: docker restart kubelet",
      },
    ]);
  });

  test("an API that does not answer is waited for, said, and fails nothing", async () => {
    const folder = tempFolder();
    const { kubeconfig } = await apiServer();
    const tools = stepTools(clusterFileIn(folder, THREE_NODES, kubeconfig));
    await rejoinNodes(readClusterFile(tools.clusterFile).nodes, tools, 1);
    expect(tools.said).toEqual([expect.stringMatching(/^waiting for the Kubernetes API: .*(ECONNREFUSED|refused)/)]);
    expect(tools.notices).toEqual([
      {
        message: expect.stringMatching(/^cannot check whether every node is in the cluster: /),
        remedy: "see: kubectl get nodes",
      },
    ]);
  });

  test("nothing is restarted where every node is in the cluster", async () => {
    const { tools, restarted, run } = await cluster({ goneFor: 0 });
    await run();
    expect([restarted(), tools.said, tools.warned]).toEqual(["", [], []]);
  });
});
