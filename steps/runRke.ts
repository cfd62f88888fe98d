import { type Remedy, setRemedy } from "../cluster/problem.ts";
import { busy } from "../cluster/rke/earlierRke.ts";
import { inWords } from "../cluster/rke/finding.ts";
import { readRkeVersion } from "../cluster/rke/readVersion.ts";
import { RkeNotStarted, type RkeRun, type RkeRunArgs, runRke } from "../cluster/rke/run.ts";
import { silenceBound } from "../cluster/rke/silence.ts";
import type { RkeVersion } from "../cluster/rke/version.ts";
import { type Failure, StepFailure } from "../messages/failure.ts";
import type { PointOfNoReturn } from "../messages/pointOfNoReturn.ts";
import type { Tools } from "./step.ts";

/** What a failure of a run of RKE says besides what happened. */
export interface About {
  title: string;
  done: string;
  notDone: string;
  /** `run` is absent where RKE did not run. */
  pointOfNoReturn: (run?: RkeRun) => PointOfNoReturn;
  /** What a run that failed has done, and the remedy. */
  ended?: (run: RkeRun) => { done: string; remedy: string };
}

const NO_RKE = setRemedy("put RKE back where it was, or set its path", "rkePath", "./rke_linux-amd64");

/** @throws StepFailure when the binary is not there or no release that can restore. */
export function usableVersion(binary: string, about: About): RkeVersion {
  try {
    return readRkeVersion(binary);
  } catch (error) {
    throw failure("system", about, [(error as Error).message], NO_RKE);
  }
}

/** What RKE is run with; the rest comes from the step's tools. */
type RkeCall = Pick<RkeRunArgs, "command" | "purpose" | "copy" | "folder" | "around" | "silenceSeconds">;

/** Runs RKE. @throws StepFailure when it does not do all it was asked, whatever its exit code (design law 8). */
export async function runOrFail(
  call: RkeCall,
  { clusterFile, say, warn, wiping, logging }: Tools,
  about: About,
): Promise<RkeRun> {
  const silenceSeconds = silenceBound(clusterFile, call.silenceSeconds);
  const run = await runRke({ ...call, silenceSeconds, clusterFile, say, wiping, logging }).catch((error: unknown) => {
    if (error instanceof RkeNotStarted) throw failure("system", about, [error.message], NO_RKE);
    const { message, remedy } = busy(error);
    throw failure("busy", about, [message], remedy);
  });
  for (const flaw of run.flaws) warn({ message: inWords(flaw) });
  if (run.succeeded) return run;
  const { done, remedy } = about.ended?.(run) ?? { done: about.done, remedy: "correct what RKE names" };
  throw failure("rke", { ...about, done }, [...run.problems.map(inWords), `RKE's whole log: ${run.log}`], remedy, run);
}

function failure(
  kind: Failure["kind"],
  { title, done, notDone, pointOfNoReturn }: About,
  happened: string[],
  remedy: Remedy,
  run?: RkeRun,
): StepFailure {
  return new StepFailure({
    kind,
    step: title,
    happened,
    done,
    notDone,
    pointOfNoReturn: pointOfNoReturn(run),
    remedies: [remedy],
    rerun: "continues from this step",
  });
}
