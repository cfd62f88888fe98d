import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { readRkeVersion } from "../../cluster/rke/readVersion.ts";
import { restoreCall } from "../../cluster/rke/restore.ts";
import { runRke } from "../../cluster/rke/run.ts";
import {
  freezeNode,
  type LabCluster,
  onEveryNode,
  ssh,
  startNode,
  stopNode,
  thawNode,
} from "../../lab/cluster/cluster.ts";
import type { Engine } from "../../lab/engine/engine.ts";
import { waitFor } from "../../lab/machine/progress.ts";
import type { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import { killEngineAndStep } from "../../lab/rehearsals/killEngine.ts";
import type { RollbackStack } from "../../lab/rehearsals/rollbackStack.ts";
import { answerOf, etcdCreated, failure, folderElsewhere, marks, ran, Scene } from "./support.ts";

describe("a failure is a state, not an end", () => {
  const scene = new Scene("failures");
  const { snapshot } = scene;
  let cluster: LabCluster;
  let engine: Engine;
  let stack: RollbackStack;
  let rollback: CommandLine;

  beforeAll(async () => {
    ({ cluster, engine, stack, rollback } = await scene.prepare());
  });
  afterEach(async () => {
    await thawNode(cluster, "node3").catch(() => {});
    await startNode(cluster, "node3");
    await untilEveryEtcdAnswers(cluster);
  });

  test("with a node that is off, up stops before anything is touched and says so", async () => {
    const before = await etcdCreated(cluster);
    await stopNode(cluster, "node3");
    const message = await failure(stack.up(console.log));
    expect(message).toContain("node3 (198.18.0.13): cannot be reached over SSH");
    expect(message).toContain("not reached; nothing was wiped");
    expect(message).toContain("pulumi up --stack test");
    await startNode(cluster, "node3");
    await untilEveryEtcdAnswers(cluster);
    expect(await etcdCreated(cluster)).toEqual(before);
    expect(await marks(cluster)).toEqual(["after", "before"]);
  });

  test("with a node that is frozen, up stops within a minute or so before anything is touched", async () => {
    const before = await etcdCreated(cluster);
    await freezeNode(cluster, "node3");
    const message = await failure(stack.up(console.log));
    await thawNode(cluster, "node3");
    expect(message).toContain("node3 (198.18.0.13)");
    expect(message).toContain("not reached; nothing was wiped");
    expect(await etcdCreated(cluster)).toEqual(before);
  });

  test("RKE that drops a node is stopped before it wipes the others", async () => {
    const before = await etcdCreated(cluster);
    // RKE drops a node that refuses its login as one that is off, of which it would hear only after two minutes.
    await ssh(cluster, "node3", "pkill -x sshd");
    const run = await restore(300);
    await stopNode(cluster, "node3");
    expect(run.problems).toContainEqual(expect.objectContaining({ kind: "unreachable", host: "198.18.0.13" }));
    expect(run.wipedAt).toBeUndefined();
    await startNode(cluster, "node3");
    await untilEveryEtcdAnswers(cluster);
    expect(await etcdCreated(cluster)).toEqual(before);
  });

  test("RKE that hangs on a frozen node is stopped when it has been silent for too long", async () => {
    const before = await etcdCreated(cluster);
    await freezeNode(cluster, "node3");
    const run = await restore(15);
    await thawNode(cluster, "node3");
    expect(run.problems).toMatchObject([{ kind: "silent", seconds: 15 }]);
    expect(run.wipedAt).toBeUndefined();
    expect(await etcdCreated(cluster)).toEqual(before);
  });

  test("after the engine and the step were killed in the middle of the wipe, another machine starts nothing, and the next up waits for RKE and does the whole rollback", async () => {
    const killed = stack.up((line) => {
      console.log(line);
      if (line.includes("the point of no return is passed")) killEngineAndStep(engine, cluster);
    });
    await failure(killed);
    await stack.cancel();

    const elsewhere = ["--config", `clusterFile=${folderElsewhere(cluster)}`];
    const abort = async () => {
      const { code, stdout } = await rollback.type(["abort", "--json", ...elsewhere]);
      return { code, ...answerOf({ stdout }, "abort") };
    };
    const held = await abort();
    expect(held).toMatchObject({ code: 1, refused: { remedy: { command: `unlock --of ${held.lock}` } }, hosts: [] });
    expect((await rollback.type(["unlock", "--of", String(held.lock)])).code).toBe(0);
    const nodes = [{ node: "node1" }, { node: "node2" }, { node: "node3" }];
    const message = expect.stringContaining("was started on no node");
    expect(await abort()).toMatchObject({ code: 1, notStarted: { message }, hosts: nodes });

    const lines: string[] = [];
    const resumed = await stack.up((line) => {
      lines.push(line);
      console.log(line);
    });
    expect(lines.join("\n")).toContain("an earlier run was killed, but its RKE still runs");
    expect(ran(resumed)).toContain("etcd-restore");
    expect(await marks(cluster)).toEqual(["before"]);
    expect(ran(await stack.up())).toEqual([]);
  });

  function restore(silenceSeconds: number) {
    const { rke, clusterFile } = cluster;
    const call = restoreCall({ rke, version: readRkeVersion(rke), snapshot, clusterFile });
    return runRke({ ...call, clusterFile, silenceSeconds, say: console.log });
  }
});

async function untilEveryEtcdAnswers(cluster: LabCluster): Promise<void> {
  const healthy = "docker exec etcd etcdctl endpoint health --cluster";
  const answers = async () => (await onEveryNode(cluster, healthy)).every(({ code }) => code === 0);
  if (!(await waitFor(answers, 180_000, 1000)))
    throw new Error("etcd did not come back on every node within 3 minutes");
}
