import { beforeAll, describe, expect, test } from "vitest";
import { type LabCluster, rancherVersion } from "../../lab/cluster/cluster.ts";
import type { Engine } from "../../lab/engine/engine.ts";
import type { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import { killEngineAndStep } from "../../lab/rehearsals/killEngine.ts";
import type { RollbackStack } from "../../lab/rehearsals/rollbackStack.ts";
import { etcdCreated, failure, lockedNodes, marks, PRIOR, ran, Scene } from "./support.ts";

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
});
