import { spawn } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LabCluster } from "../../../lab/cluster/labCluster.ts";
import type { Engine } from "../../../lab/engine/engine.ts";
import { processes, signal } from "../../../lab/machine/processes.ts";
import { killEngineAndStep, killStartedHere } from "../../../lab/rehearsals/killEngine.ts";
import { afterwards, tempFolder } from "../../support/folder.ts";

/** An engine whose step runs RKE, each a program of its own name. */
async function started() {
  const folder = tempFolder();
  const [pulumi, step, rke] = ["pulumi", "step", "rke"].map((name) => join(folder, name)) as [string, string, string];
  for (const program of [pulumi, step]) copyFileSync("/bin/sh", program);
  copyFileSync("/bin/sleep", rke);
  spawn(pulumi, ["-c", `${step} -c '${rke} 60 & wait' & wait`]);
  afterwards(() => {
    for (const { pid, exe } of processes()) if (exe.startsWith(folder)) signal(pid, "SIGKILL");
  });
  const running = () => [pulumi, step, rke].filter((program) => processes().some(({ exe }) => exe === program));
  await expect.poll(running).toEqual([pulumi, step, rke]);
  return { engine: { pulumi } as Engine, cluster: { rke } as LabCluster, step, running, pulumi, rke };
}

test("the engine and its step are killed, and RKE goes on", async () => {
  const { engine, cluster, running, rke } = await started();
  killEngineAndStep(engine, cluster);
  await expect.poll(running).toEqual([rke]);
});

test("what this process has started itself is killed alone", async () => {
  const { step, pulumi, running, rke } = await started();
  killStartedHere(step);
  expect(running()).toEqual([pulumi, step, rke]);
  killStartedHere(pulumi);
  await expect.poll(running).toEqual([step, rke]);
});
