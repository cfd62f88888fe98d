import { inWords } from "../../cluster/rke/finding.ts";
import { type RkeRun, runRke } from "../../cluster/rke/run.ts";
import { fakeRke } from "./fakeRke.ts";

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
    say: (line) => said.push(line),
  });
  return { run: finished, problems: finished.problems.map(inWords), said, folder };
}
