import { basename } from "node:path";
import { besideClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { KubernetesReader } from "../cluster/kubernetes/reader.ts";
import type { Problem } from "../cluster/problem.ts";
import { otherRancherInAddons } from "../cluster/rke/addons.ts";
import { deployedNow, remadeAddons, removedAddons } from "../cluster/rke/removedAddons.ts";
import type { RkeVersion } from "../cluster/rke/version.ts";
import { stepFailure } from "../messages/failure.ts";
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
  const { rke, skip, rancher, verify: expected, silenceSeconds, lock } = input;
  if (skip !== undefined) {
    tools.tell({ event: "skipped", reason: skip });
    tools.say(
      skip === "comes-last"
        ? "the restore has built the cluster: rke up comes last"
        : "rke up has run in this rollback",
    );
    return { skipped: skip };
  }
  const about = { step: expected ? "rke-up-last" : "rke-up" } as const;
  const version = usableVersion(rke, about, tools);
  // Checked before the restore: a run that goes on with what is restored, or a file that was edited since, was not.
  const problems = [
    ...remadeAddons(tools.clusterFile, version),
    ...(rancher ? otherRancherInAddons(tools.clusterFile, rancher) : []),
    ...(await addonsToDelete(version, tools)),
  ];
  if (problems.length > 0) throw stepFailure(tools, { ...about, kind: "check", problems });
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

/** What the API is asked for is of use, but not needed, s. */
const API_SECONDS = 5;

/** The snapshot may not have been opened: then nobody knew what RKE has deployed in it. */
async function addonsToDelete(version: RkeVersion, { clusterFile }: Tools): Promise<Problem[]> {
  const { kubeconfig } = besideClusterFile(clusterFile);
  try {
    const deployed = await deployedNow(new KubernetesReader(kubeconfig), API_SECONDS);
    return removedAddons({ path: clusterFile, kubeconfig }, version, { where: "the restored cluster", deployed });
  } catch {
    return [];
  }
}
