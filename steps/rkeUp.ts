import { upCommand } from "../cluster/rke/commandLine.ts";
import type { StepInput, StepReport } from "./contract.ts";
import { runOrFail, usableVersion } from "./runRke.ts";
import type { Tools } from "./step.ts";

/** The runbook's `rke up`. */
export async function rkeUp(input: StepInput<"rke-up">, tools: Tools): Promise<StepReport<"rke-up">> {
  const { clusterFile } = tools;
  const about = {
    title: "rke up",
    done: "the etcd restore",
    notDone: "the rest of rke up, the restarts, the Rancher image and the verification",
    pointOfNoReturn: () => ({ state: "passed earlier" }) as const,
  };
  const version = usableVersion(input.rke, about);
  const command = upCommand(input.rke, clusterFile);
  const { silenceSeconds } = input;
  const run = await runOrFail({ command, purpose: "up", silenceSeconds }, tools, about);
  return { rke: version.text, warnings: run.warnings, log: run.log };
}
