import { basename } from "node:path";
import { aloneInFolder } from "./clusterFolder.ts";
import type { StepInput, StepReport } from "./contract.ts";
import { ensureLockAfterRestore } from "./heldLock.ts";
import { runOrFail, usableVersion } from "./runRke.ts";
import type { Tools } from "./step.ts";
import { verify } from "./verify.ts";

/**
 * The runbook's `rke up`: right after the restore, which it builds the cluster on, or last, after a restore that has
 * built the cluster by itself. What it does last is to bring RKE's state and the recurring snapshots up to the cluster
 * file; the cluster must be as it was verified before.
 */
export async function rkeUp(input: StepInput<"rke-up">, tools: Tools): Promise<StepReport<"rke-up">> {
  const { rke, skip, verify: expected, silenceSeconds, lock } = input;
  if (skip !== undefined) {
    tools.skipped(skip);
    tools.say(
      skip === "comes-last"
        ? "the restore has built the cluster: rke up comes last"
        : "rke up has run in this rollback",
    );
    return { skipped: skip };
  }
  const about = { step: expected ? "rke-up-last" : "rke-up" } as const;
  const version = usableVersion(rke, about, tools);
  const command = [rke, "up", "--config", basename(tools.clusterFile)];
  const run = await aloneInFolder({ command: "rke up", ...about, silenceSeconds }, tools, async (folder) => {
    await ensureLockAfterRestore(lock, about.step, tools);
    return await runOrFail({ command, purpose: "up", silenceSeconds, folder }, tools, about);
  });
  if (expected) {
    tools.say("verifying that the cluster is as it was before rke up");
    await verify(expected, tools);
  }
  return { rke: version.text, warnings: run.warnings, log: run.log };
}
