import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { findingText } from "../../cluster/rke/finding.ts";
import { type RkeRun, runRke } from "../../cluster/rke/run.ts";
import { fakeRke, linesOf, processIn } from "./fakeRke.ts";
import { afterwards, until } from "./folder.ts";

interface Ran {
  run: RkeRun;
  /** The run's problems as the operator reads them. */
  problems: string[];
  said: string[];
  folder: string;
}

interface Asked {
  silenceSeconds?: number;
  args?: string[];
  purpose?: "restore" | "up";
  /** Called for every line that the operator reads, with the cluster folder. */
  heard?: (line: string, folder: string) => void;
}

/** Runs a fake RKE, a restore where nothing else is asked for. */
export async function runFake(script: string, over: Asked = {}): Promise<Ran> {
  const { folder, clusterFile, rke } = fakeRke(script);
  const said: string[] = [];
  const finished = await runRke({
    command: [rke, ...(over.args ?? ["etcd", "snapshot-restore", "--name", "base"])],
    clusterFile,
    silenceSeconds: over.silenceSeconds ?? 60,
    purpose: over.purpose ?? "restore",
    say: (line) => {
      said.push(line);
      over.heard?.(line, folder);
    },
  });
  return { run: finished, problems: finished.problems.map(findingText), said, folder };
}

/** A module in a process of its own, which can be killed. */
export function inProcess(source: string): ChildProcess {
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: "ignore" });
  afterwards(() => child.kill("SIGKILL"));
  return child;
}

/** Kills a step while its RKE runs, which has written its process id into a file of the cluster folder. @returns that id. */
export async function killStep(step: ChildProcess, folder: string, pid = "pid"): Promise<number> {
  // Until its RKE is written down, a killed step leaves a lock that names nobody, and the next run is refused.
  const lock = join(folder, ".rancher-rollback", "rke.lock");
  await until(() => linesOf(join(folder, pid)).length > 0 && linesOf(lock).join().includes('"rke":'));
  step.kill("SIGKILL");
  await once(step, "exit");
  return processIn(join(folder, pid));
}
