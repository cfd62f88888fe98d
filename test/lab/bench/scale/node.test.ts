import { expect, test } from "vitest";
import { parseRestartFacts, restartFactsScript, restartScript } from "../../../../cluster/containers/restarts.ts";
import { etcdProblems, etcdViewScript, parseEtcdAnswers } from "../../../../cluster/etcd/view.ts";
import { parseProof, snapshotProofScript } from "../../../../cluster/snapshot/proof.ts";
import { parseStatus, snapshotStatusScript } from "../../../../cluster/snapshot/status.ts";
import { furnish, RANCHER_CONTAINER, SNAPSHOT, simulatedNodes } from "../../../../lab/bench/scale/cluster.ts";
import { NodeShell, type SimulatedNode } from "../../../../lab/bench/scale/node.ts";
import { clusterNode } from "../../../support/clusterFile.ts";
import { tempFolder } from "../../../support/folder.ts";

const rancher = { namespace: "cattle-system", deployment: "cattle", container: "cattle-server" };
const SERVER: SimulatedNode = { name: "node1", address: "127.1.0.2", role: "server" };
const WORKER: SimulatedNode = { name: "node4", address: "127.1.0.5", role: "worker" };
const START = Date.parse("2026-11-27T10:00:00Z");

function someShell() {
  const shell = new NodeShell(tempFolder());
  furnish(shell, simulatedNodes(3));
  shell.reset(() => START);
  return { ask: async (node: SimulatedNode, script: string) => (await shell.answer(node, "sh -s", script)).stdout };
}

test("a simulated etcd host has a snapshot that is proven, which etcd can read, and an etcd without problems", async () => {
  const { ask } = someShell();
  const node = clusterNode({ name: SERVER.name, address: SERVER.address });
  expect(parseProof(await ask(SERVER, snapshotProofScript({ name: SNAPSHOT })))).toMatchObject({
    snapshot: { file: `${SNAPSHOT}.zip`, state: true },
  });
  expect(parseStatus(await ask(SERVER, snapshotStatusScript({ name: SNAPSHOT })))).toMatchObject({ keys: 4321 });
  const view = parseEtcdAnswers(await ask(SERVER, etcdViewScript(node)));
  expect(etcdProblems({ a: view ?? { error: "nothing" }, b: view ?? { error: "nothing" } }, 3)).toEqual([
    { message: "etcd could be asked on 2 of 3 nodes only", remedy: expect.stringContaining("docker logs") },
  ]);
});

test("its containers are those of its role, and begin when they are restarted", async () => {
  const { ask } = someShell();
  const facts = async (node: SimulatedNode) => {
    const roles = node.role === "server" ? (["etcd", "controlplane"] as const) : (["worker"] as const);
    return parseRestartFacts(await ask(node, restartFactsScript({ roles: [...roles] }, rancher)), {
      roles: [...roles],
    });
  };
  const [server, before] = [await facts(SERVER), await facts(WORKER)];
  expect(server.components).toHaveLength(5);
  expect(server.rancher.map(({ name }) => name)).toEqual([RANCHER_CONTAINER]);
  expect(before.components.map(({ startedAt }) => startedAt)).toEqual([START, START, START]);
  expect(before).toMatchObject({ rancher: [], network: [{ running: true }, { running: true }] });
  await ask(WORKER, restartScript(["kubelet"]));
  const after = await facts(WORKER);
  expect(after.components.filter(({ startedAt }) => startedAt !== START).map(({ name }) => name)).toEqual(["kubelet"]);
  expect(after.clock).toBeGreaterThan(START);
});
