import { type Remedy, setRemedy } from "../cluster/problem.ts";
import { ClusterFolderBusy, type RkeRun } from "../cluster/rke/run.ts";
import { type RkeVersion, readRkeVersion } from "../cluster/rke/version.ts";
import { type Failure, type PointOfNoReturn, StepFailure } from "../messages/failure.ts";

/** What a failure of a run of RKE says besides what happened. */
export interface About {
  title: string;
  done: string;
  notDone: string;
  /** `run` is absent where RKE did not run. */
  pointOfNoReturn: (run?: RkeRun) => PointOfNoReturn;
  /** Of a run that failed. */
  ended?: (run: RkeRun) => { done: string; remedy: string };
}

/** @throws StepFailure when the binary is not there or no release that can restore. */
export function usableVersion(binary: string, about: About): RkeVersion {
  try {
    return readRkeVersion(binary);
  } catch (error) {
    const remedy = setRemedy("put RKE back where it was, or set its path", "rkePath", "./rke_linux-amd64");
    throw failure("system", about, [(error as Error).message], remedy);
  }
}

/** The end of a run of RKE. @throws StepFailure when it does not do all it was asked, whatever its exit code (design law 8). */
export async function succeeded(running: Promise<RkeRun>, about: About): Promise<RkeRun> {
  const run = await running.catch((error: unknown) => {
    if (!(error instanceof ClusterFolderBusy)) throw error;
    throw failure("busy", about, [error.message], "wait until that run has ended");
  });
  if (run.problems.length === 0) return run;
  const { done, remedy } = about.ended?.(run) ?? { done: about.done, remedy: "correct what RKE names" };
  throw failure("rke", { ...about, done }, [...run.problems, `RKE's whole log: ${run.log}`], remedy, run);
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
