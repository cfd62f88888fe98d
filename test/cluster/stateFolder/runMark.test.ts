import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { stateFolder } from "../../../cluster/stateFolder/path.ts";
import { aliveRun, markRun } from "../../../cluster/stateFolder/runMark.ts";
import { clusterFileIn } from "../../support/clusterFile.ts";
import { afterwards, tempFolder, textFile } from "../../support/folder.ts";

const MODULE = join(import.meta.dirname, "../../../cluster/stateFolder/runMark.ts");

/** Another process that marks a run until it is killed. */
async function runElsewhere(clusterFile: string, stack: string) {
  const program = `import(${JSON.stringify(MODULE)}).then(({ markRun }) => {
    markRun(${JSON.stringify(clusterFile)}, ${JSON.stringify(stack)});
    console.log("marked");
    setInterval(() => {}, 1000);
  })`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  afterwards(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return {
    pid: child.pid,
    kill: async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

describe("the mark of a run that is alive", () => {
  test("is there for others as long as one of its processes has it, and names the first of them", async () => {
    const clusterFile = clusterFileIn(tempFolder());
    expect(aliveRun(clusterFile)).toBeUndefined();
    const program = await runElsewhere(clusterFile, "prod");
    const step = await runElsewhere(clusterFile, "prod");
    expect(aliveRun(clusterFile)).toEqual({
      stack: "prod",
      process: program.pid,
      since: expect.stringMatching(/^20.*Z$/),
    });
    await program.kill();
    expect(aliveRun(clusterFile)).toMatchObject({ stack: "prod" });
    await step.kill();
    expect(aliveRun(clusterFile)).toBeUndefined();
  });

  test("is gone when its process lets go of it", () => {
    const clusterFile = clusterFileIn(tempFolder());
    const done = markRun(clusterFile, "prod");
    expect(aliveRun(clusterFile)).toMatchObject({ process: process.pid });
    done();
    expect(aliveRun(clusterFile)).toBeUndefined();
  });

  test.each(["{}", '{"stack":"prod","process":"1","since":"?"}', '["prod"]', "mine"])(
    "is there all the same where somebody has written %s into it",
    async (written) => {
      const clusterFile = clusterFileIn(tempFolder());
      await runElsewhere(clusterFile, "prod");
      textFile(stateFolder(clusterFile, "run.lock"), written);
      expect(aliveRun(clusterFile)).toEqual({ stack: "?", process: 0, since: "?" });
    },
  );

  test("names the run that is alive, not one that was killed before it", async () => {
    const clusterFile = clusterFileIn(tempFolder());
    await (await runElsewhere(clusterFile, "killed")).kill();
    markRun(clusterFile, "prod");
    expect(aliveRun(clusterFile)).toMatchObject({ stack: "prod", process: process.pid });
  });

  test.each(["flock", "perl"])("is the same where only %s can lock", async (program) => {
    const clusterFile = clusterFileIn(tempFolder());
    const other = await runElsewhere(clusterFile, "prod");
    const folder = tempFolder();
    symlinkSync(`/usr/bin/${program}`, join(folder, program));
    vi.stubEnv("PATH", folder);
    const done = markRun(clusterFile, "prod");
    expect(aliveRun(clusterFile)).toMatchObject({ process: other.pid });
    done();
    await other.kill();
    expect(aliveRun(clusterFile)).toBeUndefined();
  });

  test("makes no run fail: not without a program that locks, not without the folder", () => {
    const clusterFile = clusterFileIn(tempFolder());
    vi.stubEnv("PATH", tempFolder());
    markRun(clusterFile, "prod")();
    const nowhere = join(dirname(clusterFile), "not/there/rancher-cluster.yml");
    markRun(nowhere, "prod")();
    expect(existsSync(dirname(nowhere))).toBe(false);
  });
});
