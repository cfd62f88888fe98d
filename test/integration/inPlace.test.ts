import { rmSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { HISTORY_FOLDER } from "../../cluster/history/restores.ts";
import { LOCK_FILE } from "../../cluster/lock/lock.ts";
import { stateFolder } from "../../cluster/stateFolder/path.ts";
import { type LabCluster, rancherVersion } from "../../lab/cluster/cluster.ts";
import type { Engine } from "../../lab/engine/engine.ts";
import type { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import { killEngineAndStep } from "../../lab/rehearsals/killEngine.ts";
import type { RollbackStack } from "../../lab/rehearsals/rollbackStack.ts";
import { restart } from "../../steps/restart.ts";
import { afterwards } from "../support/folder.ts";
import { CATTLE } from "../support/rancher.ts";
import { failureOf, stepTools } from "../support/steps.ts";
import {
  answerOf,
  etcdCreated,
  failure,
  folderElsewhere,
  lockedNodes,
  marks,
  PRIOR,
  printedOn,
  ran,
  Scene,
} from "./support.ts";

// Each from where the one before has ended.
describe("a restore in place", () => {
  const scene = new Scene("in-place");
  let cluster: LabCluster;
  let engine: Engine;
  let stack: RollbackStack;
  let rollback: CommandLine;
  let safetyCopy = "";

  beforeAll(async () => {
    ({ cluster, engine, stack, rollback } = await scene.prepare({ config: { restoreWith: "in-place" } }));
  });

  test("is previewed as one, and nothing is changed", async () => {
    const { code, record, stdout } = await rollback.roll(["plan"], console.log);
    expect(code).toBe(2);
    expect(record.plan?.restore).toMatchObject({ way: "in-place", oldDataKeptDays: 7 });
    expect(stdout).toContain("old data are kept");
    expect(await marks(cluster)).toEqual(["after", "before"]);
  });

  test("is finished by the next up when the engine and the step were killed while data were exchanged", async () => {
    const before = await etcdCreated(cluster);
    const killed = stack.up((line) => {
      console.log(line);
      if (line.includes("exchanging the data of etcd")) killEngineAndStep(engine, cluster);
    });
    await failure(killed);
    await stack.cancel();
    const { outputs } = await stack.up(console.log);
    safetyCopy = outputs.rollback?.value.safetyCopy.name;
    // RKE recreates each container.
    expect(await etcdCreated(cluster)).toEqual(before);
    expect(await marks(cluster)).toEqual(["before"]);
    expect(await rancherVersion(cluster)).toBe(PRIOR);
    expect(await lockedNodes(cluster)).toEqual([]);
    expect(ran(await stack.up())).toEqual([]);
  });

  test("is undone by renaming the old data back", async () => {
    const { record } = await rollback.roll(["undo", "--accept-data-loss-of", safetyCopy], console.log);
    expect(record.error).toBeUndefined();
    expect(record).toMatchObject({ result: "succeeded", plan: { restore: { way: "rename-back" } } });
    expect(await marks(cluster)).toEqual(["after", "before"]);
    expect(await rancherVersion(cluster)).toBe(PRIOR);
  });

  test("that was killed on one machine is refused on another until its lock is released, is finished there, and the first machine stops", async () => {
    const here = { clusterFile: cluster.clusterFile };
    // Only a restore from here would clear what the killed one notes here.
    afterwards(() => rmSync(stateFolder(cluster.clusterFile, "restore.json"), { force: true }));
    const elsewhere = { clusterFile: folderElsewhere(cluster) };
    const consent = `${scene.snapshot}#2`;
    await stack.configure({ snapshot: scene.snapshot, rancherVersion: PRIOR, run: "2", acceptDataLossOf: consent });
    const killed = stack.up((line) => {
      console.log(line);
      if (line.includes("exchanging the data of etcd")) killEngineAndStep(engine, cluster);
    });
    await failure(killed);
    await stack.cancel();
    const left = await standing(cluster);

    const words = ["apply", "--accept-data-loss-of", consent, "--config", `clusterFile=${elsewhere.clusterFile}`];
    const { record } = await rollback.roll(words, console.log);
    expect(record).toMatchObject({ result: "refused", steps: [] });
    expect(record.error).toContain("is not known to have ended it: its run, or its RKE, may be alive");
    const [, id = ""] = /rancher-rollback unlock --of ([0-9a-f]{8}) --stack test/.exec(record.error ?? "") ?? [];
    expect(id, record.error).not.toBe("");
    // The step itself asks the hosts, too: `pulumi up` has no preview that must pass.
    await stack.configure(elsewhere);
    expect(await failure(stack.up(console.log))).toContain(`rancher-rollback unlock --of ${id} --stack test`);
    // Nor is it given up there, as kubelet would start the newer Rancher on data that may be half exchanged.
    const abort = async () => answerOf(await rollback.type(["abort", "--json"]), "abort");
    const command = `unlock --of ${id}`;
    expect(await abort()).toMatchObject({ lock: id, refused: { remedy: { command } }, hosts: [] });
    expect(await standing(cluster)).toEqual(left);

    expect((await rollback.type(["unlock", "--of", id])).code).toBe(0);
    const unlocked = await standing(cluster);
    const begun = expect.stringMatching(/^a restore in place began at .* has begun to exchange etcd's data on node/);
    expect(await abort()).toMatchObject({ lock: id, refused: { message: begun }, hosts: [] });
    expect(await standing(cluster)).toEqual(unlocked);
    let first: Promise<unknown> | undefined;
    const continued = await stack.up((line) => {
      console.log(line);
      // From here on it has the lock.
      if (line.includes("locked again by this stack"))
        first ??= restartHere(cluster, id, scene.snapshot).catch((e: unknown) => e);
    });
    expect(ran(continued)).toContain("etcd-restore");
    expect(await marks(cluster)).toEqual(["before"]);
    expect(await rancherVersion(cluster)).toBe(PRIOR);
    expect(await lockedNodes(cluster)).toEqual([]);
    const taken = expect.stringMatching(/^node[123]: .*@.* has taken over the lock of this rollback while it ran$/);
    expect(await first).toMatchObject({ kind: "locked", step: "restart", happened: [taken, taken, taken] });

    const restored = await standing(cluster);
    await stack.configure(here);
    expect(ran(await stack.up())).toEqual([]);
    // What it had left unfinished here is finished.
    const nothing = { lock: id, hosts: ["node1", "node2", "node3"].map((node) => ({ node })) };
    expect(await abort()).toEqual({ command: "abort", stack: "test", ...nothing });
    expect(await standing(cluster)).toEqual(restored);
  });
});

/** What each node has of locks and restores, and since when its etcd and its kubelet run. */
async function standing(cluster: LabCluster): Promise<string[]> {
  const running = "docker inspect --format '{{.Name}} {{.State.Running}} {{.State.StartedAt}}' etcd kubelet";
  return await printedOn(cluster, `cat ${LOCK_FILE} ${HISTORY_FOLDER}/*; ${running}`);
}

/** The restart of the components as this machine's run would do it, had it lived, with the lock that it had taken. */
async function restartHere({ clusterFile, knownHosts }: LabCluster, id: string, snapshot: string) {
  const hosts = ["node1", "node2", "node3"];
  const tools = { ...stepTools(clusterFile), hostKeys: { allowUnknown: false, knownHostsFile: knownHosts } };
  const asked = {
    rancher: CATTLE,
    order: "parallel",
    restarts: "auto",
    timeoutSeconds: 60,
    silenceSeconds: 60,
  } as const;
  return await failureOf(restart({ ...asked, lock: { id, hosts, taken: hosts, snapshot } }, tools));
}
