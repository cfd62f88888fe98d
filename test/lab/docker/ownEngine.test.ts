import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { otherEngineRuns } from "../../../lab/docker/ownEngine.ts";

let folder: string;
const stops: (() => void)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rancher-rollback-test-"));
  await copyFile("/bin/sleep", join(folder, "dockerd"));
});

afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  await rm(folder, { recursive: true });
});

test("a docker engine that is not the lab's is seen while it runs", async () => {
  const engine = spawn(join(folder, "dockerd"), ["60"]);
  stops.push(() => engine.kill("SIGKILL"));
  await once(engine, "spawn");
  expect(otherEngineRuns()).toBe(true);
});

test("one that has ended but whose parent has not heard of it yet runs no more", async () => {
  const before = otherEngineRuns();
  // The shell turns into a program that never waits for its child, before that child ends.
  const parent = spawn("sh", ["-c", `"$0/dockerd" 0.5 & echo $!; exec sleep 60`, folder]);
  stops.push(() => parent.kill("SIGKILL"));
  const pid = Number(String((await once(parent.stdout, "data"))[0]));
  await expect.poll(() => stateOf(pid), { timeout: 10_000 }).toBe("Z");
  expect(otherEngineRuns()).toBe(before);
});

async function stateOf(pid: number): Promise<string | undefined> {
  return (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.[0];
}
