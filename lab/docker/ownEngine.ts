import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { lacksSysResource } from "../machine/capability.ts";
import { installPrograms, unpackPackages } from "../machine/debian.ts";
import { exists } from "../machine/files.ts";
import { bridge, removeFirewallRules } from "../machine/firewall.ts";
import { folders } from "../machine/folders.ts";
import { removeTree, unmountBelow } from "../machine/mounts.ts";
import { Problem } from "../machine/problem.ts";
import { attempt, launchDetached, run } from "../machine/process.ts";
import { processes, signal } from "../machine/processes.ts";
import { type Progress, timed, waitFor } from "../machine/progress.ts";
import { type Engine, engineAt } from "./docker.ts";

const programs = join(folders.engine, "programs");
const data = join(folders.engine, "docker");
const execRoot = join(folders.machine, "exec");
const socket = join(folders.machine, "docker.sock");
const settingsFile = join(folders.machine, "daemon.json");
const pidFile = join(folders.machine, "docker.pid");
const log = join(folders.engine, "dockerd.log");
const forwarding = "/proc/sys/net/ipv4/ip_forward";
const forwardingBefore = join(folders.machine, "ip_forward.before");

/** The lab's own engine, whether it runs or not. */
export async function ownEngine(): Promise<Engine> {
  return engineAt("own", join(programs, "usr/bin/docker"), { DOCKER_HOST: `unix://${socket}`, PATH: searchPath() });
}

export async function answers(engine: Engine): Promise<boolean> {
  const asked = await engine
    .try(["version", "--format", "{{.Server.Version}}"], { timeout: 10_000 })
    .catch(() => undefined);
  return asked?.code === 0;
}

/** Whether an engine of the lab's own was started since the last reboot or `down`, dead or alive. */
export async function wasOwnEngineStarted(): Promise<boolean> {
  return exists(settingsFile);
}

/** Starts the private engine; what a killed one left behind is swept away, a data folder beyond repair is started over. */
export async function startOwnEngine(progress: Progress): Promise<Engine> {
  await getPrograms(progress);
  const engine = await ownEngine();
  await timed(progress, "docker engine: starting", async () => {
    await rememberForwarding();
    for (const prepare of [removePidFiles, sweep, beginAnew]) {
      await prepare();
      await launch();
      if (await waitFor(() => answers(engine), 30_000, 200)) return;
      progress("docker engine: did not start, sweeping away what an earlier one left");
      await endProcesses();
    }
    throw new Problem(`the private docker engine does not start: its log is ${log}`);
  });
  return engine;
}

/** Ends the private engine and takes away what it put on the machine, but not its data. */
export async function stopOwnEngine(): Promise<void> {
  await endProcesses();
  await sweep();
  const before = await readFile(forwardingBefore, "utf8").catch(() => undefined);
  await attempt("ip", ["link", "delete", bridge]);
  const other = otherEngineRuns();
  await removeFirewallRules(other, before?.trim() === "0");
  if (before !== undefined && !other) await writeFile(forwarding, before);
  for (const file of ["daemon.json", "docker.pid", "docker.sock", "ip_forward.before"]) {
    await rm(join(folders.machine, file), { force: true });
  }
}

async function getPrograms(progress: Progress): Promise<void> {
  if (await exists(programs)) return;
  await timed(progress, "docker engine: fetching (apt)", async () => {
    await unpackPackages(["docker.io", "containerd", "runc"], programs);
    const libraries = await run("ldd", [join(programs, "usr/sbin/dockerd"), join(programs, "usr/sbin/runc")]);
    const packages = { "libdevmapper.so.1.02.1": "libdevmapper1.02.1", "libseccomp.so.2": "libseccomp2" };
    const missing = Object.entries(packages).filter(([library]) => libraries.includes(`${library} => not found`));
    await installPrograms(Object.fromEntries(missing), progress);
  });
}

/** Its settings are a file in the machine folder, which also says that it was started. */
async function launch(): Promise<void> {
  await mkdir(folders.machine, { recursive: true });
  const settings: Record<string, unknown> = {
    hosts: [`unix://${socket}`],
    "data-root": data,
    "exec-root": execRoot,
    pidfile: pidFile,
    group: "root",
    "storage-driver": "overlay2",
    // Images are built with the machine's own network, nodes have a bridge of theirs: no docker0.
    bridge: "none",
    "live-restore": true,
    "log-opts": { "max-size": "10m", "max-file": "2" },
  };
  if (await lacksSysResource()) {
    settings.runtimes = { lab: { path: join(folders.sources, "images/node/runc-lab") } };
    settings["default-runtime"] = "lab";
  }
  await writeFile(settingsFile, `${JSON.stringify(settings, undefined, 2)}\n`);
  const env = { ...process.env, PATH: searchPath() };
  await launchDetached(join(programs, "usr/sbin/dockerd"), ["--config-file", settingsFile], { log, env });
}

/** Processes are known by their program: no one else runs what is in the lab's own folder. */
async function endProcesses(): Promise<void> {
  for (const pid of engineProcesses("dockerd")) signal(pid, "SIGTERM");
  await waitFor(async () => engineProcesses("dockerd").length === 0, 20_000, 200);
  for (const pid of engineProcesses("")) signal(pid, "SIGKILL");
  await waitFor(async () => engineProcesses("").length === 0, 5_000, 100);
}

/** The processes of the private engine that run a program of this name. */
export function engineProcesses(program: string): number[] {
  const runs = (exe: string) => exe.startsWith(`${programs}/`) && ["", basename(exe)].includes(program);
  return processes()
    .filter(({ exe }) => runs(exe))
    .map(({ pid }) => pid);
}

export function otherEngineRuns(all = processes()): boolean {
  return all.some(({ exe }) => basename(exe) === "dockerd" && !exe.startsWith(`${programs}/`));
}

/** A pid that belongs to no one, or meanwhile to someone else, would be waited for. */
async function removePidFiles(): Promise<void> {
  if (engineProcesses("dockerd").length === 0) await rm(pidFile, { force: true });
  const containerd = join(execRoot, "containerd/containerd.pid");
  if (engineProcesses("containerd").length === 0) await rm(containerd, { force: true });
}

async function sweep(): Promise<void> {
  // Containers outlive an engine that was killed, and no new one would know of them.
  await waitFor(async () => (await killContainers()) === 0, 10_000, 200);
  await unmountBelow(data);
  await removeTree(execRoot);
  await rm(pidFile, { force: true });
  await removeTree(join(data, "network"));
}

/** Kills every process whose root file system is a container of this engine; says how many there were. */
async function killContainers(): Promise<number> {
  const inContainer = async ({ pid }: { pid: number }) => {
    const mounts = await readFile(`/proc/${pid}/mountinfo`, "utf8").catch(() => "");
    return mounts.split("\n").some((mount) => mount.split(" ")[4] === "/" && mount.includes(`upperdir=${data}/`));
  };
  const found = await Promise.all(processes().map(async (one) => ((await inContainer(one)) ? [one.pid] : [])));
  for (const pid of found.flat()) signal(pid, "SIGKILL");
  return found.flat().length;
}

async function beginAnew(): Promise<void> {
  await sweep();
  const broken = `${data}.broken`;
  await removeTree(broken);
  if (await exists(data)) await rename(data, broken);
  await removeTree(broken);
}

async function rememberForwarding(): Promise<void> {
  await mkdir(folders.machine, { recursive: true });
  if (!(await exists(forwardingBefore))) await writeFile(forwardingBefore, await readFile(forwarding, "utf8"));
}

function searchPath(): string {
  return `${join(programs, "usr/sbin")}:${join(programs, "usr/bin")}:${process.env.PATH}:/usr/sbin:/sbin`;
}
