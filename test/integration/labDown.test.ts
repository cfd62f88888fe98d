import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clusterUp, labDown } from "../../lab/cluster/cluster.ts";
import { s3Up } from "../../lab/cluster/s3.ts";
import { engineNow } from "../../lab/docker/dockerEngine.ts";
import { exists } from "../../lab/machine/files.ts";
import { bridge } from "../../lab/machine/firewall.ts";
import { folders } from "../../lab/machine/folders.ts";
import { mountsBelow } from "../../lab/machine/mounts.ts";
import { attempt } from "../../lab/machine/process.ts";

let engine: Awaited<ReturnType<typeof engineNow>>;

async function firewallRules(): Promise<string> {
  const rules = await Promise.all(["filter", "nat"].map((table) => attempt("iptables", ["-w", "-t", table, "-S"])));
  return rules.map(({ stdout }) => stdout).join("");
}

test("after down nothing of the lab is left on the machine but what was built", async () => {
  await clusterUp("a", console.log);
  await s3Up(console.log);
  engine = await engineNow();
  await labDown(console.log);

  expect(await firewallRules()).not.toContain(bridge);
  expect((await attempt("ip", ["link", "show", bridge])).code).not.toBe(0);
  expect(await exists(folders.run)).toBe(false);
  expect(mountsBelow(folders.cache, await readFile("/proc/self/mountinfo", "utf8"))).toEqual([]);
  expect(await exists(folders.bin)).toBe(true);
  expect((await attempt("pgrep", ["--full", `^${folders.bin}`])).stdout).toBe("");
});

test("nor of its private engine, where it had started one", async ({ skip }) => {
  skip(engine?.kind !== "own", "an engine was there already");
  expect(await firewallRules()).not.toContain("DOCKER");
  expect((await attempt("pgrep", ["--full", folders.engine])).stdout).toBe("");
  // The tests hold the lab to their end, by this one lock.
  const left = (await attempt("pgrep", ["--full", "--list-full", folders.machine])).stdout.split("\n").filter(Boolean);
  expect(left.filter((line) => !line.includes(` flock --nonblock ${join(folders.machine, "lock")} `))).toEqual([]);
});

test("down twice is as good as once", async () => {
  await labDown(console.log);
  expect(await firewallRules()).not.toContain(bridge);
  expect(await exists(folders.run)).toBe(false);
});
