import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { clusterDown, clusterUp, isHealthy, type LabCluster } from "../../lab/cluster/cluster.ts";
import { containerName } from "../../lab/cluster/nodes.ts";
import { buildFolder } from "../../lab/docker/builds.ts";
import { engineNow } from "../../lab/docker/dockerEngine.ts";
import { engineProcesses } from "../../lab/docker/ownEngine.ts";
import { exists } from "../../lab/machine/files.ts";
import { rejectedPackets } from "../../lab/machine/firewall.ts";
import { folders } from "../../lab/machine/folders.ts";
import { removeTree } from "../../lab/machine/mounts.ts";
import { attempt, run } from "../../lab/machine/process.ts";
import { waitFor } from "../../lab/machine/progress.ts";

let cluster: LabCluster;
let said: string[];
const progress = (line: string) => said.push(line);

beforeEach(() => {
  said = [];
});

beforeAll(async () => {
  said = [];
  cluster = await clusterUp("b", progress);
});

afterAll(() => clusterDown("b", progress));

test("a cluster that is up is left as it is", async () => {
  const before = await containerOf("node1");
  await clusterUp("b", progress);
  expect(await containerOf("node1")).toBe(before);
});

test("nodes run on when their engine is killed, and the next up finds them", async () => {
  await killEngine();
  await clusterUp("b", progress);
  expect(await isHealthy(cluster)).toBe(true);
  expect(await rejectedPackets()).toBeDefined();
});

test("after engine and nodes died together, as in a crash of the machine, the next up switches all on again", async () => {
  const before = await containerOf("node1");
  const engine = await engineNow();
  const pid = await engine?.docker(["container", "inspect", "--format", "{{.State.Pid}}", containerName("b", "node1")]);
  await killEngine();
  for (const containerd of engineProcesses("containerd")) kill(containerd);
  // Each shim holds one container: only this node's dies, another cluster lives on.
  for (const shim of engineProcesses("containerd-shim-runc-v2")) {
    const commandLine = await readFile(`/proc/${shim}/cmdline`, "utf8").catch(() => "");
    if (commandLine.includes(before.trim())) kill(shim);
  }
  kill(Number(pid));
  await clusterUp("b", progress);
  expect(await isHealthy(cluster)).toBe(true);
  expect(await containerOf("node1")).toBe(before);
});

test("a rule that someone took away is put back before anything else runs", async () => {
  await run("sh", ["-c", "iptables -w -F DOCKER-USER && iptables -w -A DOCKER-USER -j RETURN"]);
  await clusterUp("b", progress);
  expect(await rejectedPackets()).toBeDefined();
});

test("a cluster of which a node is half removed is rebuilt", async () => {
  const engine = await engineNow();
  await engine?.docker(["rm", "--force", containerName("b", "node1")]);
  await clusterUp("b", progress);
  expect(said.join("\n")).toContain("starting 1 nodes");
  expect(await isHealthy(cluster)).toBe(true);
});

test("a build that was cut off is done again, and never taken for a whole one", async () => {
  const pause = await buildFolder("pause");
  await removeTree(pause);
  await mkdir(join(folders.bin, ".building-pause/out"), { recursive: true });
  await writeFile(join(folders.bin, ".building-pause/out/pause"), "half a program");
  await clusterUp("b", progress);
  expect((await readFile(join(pause, "pause"))).subarray(1, 4).toString()).toBe("ELF");
  expect(await exists(join(folders.bin, ".building-pause"))).toBe(false);
});

async function containerOf(node: string): Promise<string> {
  return (await engineNow())?.docker(["container", "inspect", "--format", "{{.Id}}", containerName("b", node)]) ?? "";
}

async function killEngine(): Promise<void> {
  const pid = Number(await readFile(join(folders.machine, "docker.pid"), "utf8"));
  kill(pid);
  await waitFor(async () => (await attempt("kill", ["-0", String(pid)])).code !== 0, 10_000, 100);
}

function kill(pid: number): void {
  process.kill(pid, "SIGKILL");
}
