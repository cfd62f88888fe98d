import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { otherEngineRuns } from "../../../lab/docker/ownEngine.ts";
import { folders } from "../../../lab/machine/folders.ts";
import { processes } from "../../../lab/machine/processes.ts";
import { afterwards } from "../../support/folder.ts";

test("a docker engine that is not the lab's is seen while it runs", () => {
  const running = (...exes: string[]) => exes.map((exe) => ({ pid: 1, parent: 0, exe, args: "dockerd" }));
  const own = `${folders.engine}/programs/usr/sbin/dockerd`;
  expect(otherEngineRuns(running(own, "/usr/sbin/dockerd"))).toBe(true);
  expect(otherEngineRuns(running(own, "/usr/bin/docker", ""))).toBe(false);
});

test("a program that has ended but whose parent has not heard of it yet runs no more", async () => {
  // The shell turns into a program that never waits for its child, before that child ends.
  const parent = spawn("sh", ["-c", "sleep 0.5 & echo $!; exec sleep 60"]);
  afterwards(() => parent.kill("SIGKILL"));
  const pid = Number(String((await once(parent.stdout, "data"))[0]));
  await expect.poll(() => processes().find((one) => one.pid === pid)?.exe, { timeout: 10_000 }).toBe("");
});
