import { type Problem, setRemedy } from "../cluster/problem.ts";
import { busy } from "../cluster/rke/earlierRke.ts";
import { findingText } from "../cluster/rke/finding.ts";
import { readRkeVersion } from "../cluster/rke/readVersion.ts";
import { RkeNotStarted, type RkeRun, type RkeRunArgs, runRke } from "../cluster/rke/run.ts";
import { silenceBound } from "../cluster/rke/silence.ts";
import type { RkeVersion } from "../cluster/rke/version.ts";
import { type Failure, stepFailure } from "../messages/failure.ts";
import type { Tools } from "./step.ts";

/** What a failure says of the step that runs RKE. */
export interface About extends Pick<Failure, "step" | "snapshot"> {
  /** What a run that failed has done, and the remedy. */
  ended?: (run: RkeRun) => Partial<Pick<Failure, "progress" | "pointOfNoReturn">> & Pick<Problem, "remedy">;
}

const NO_RKE = setRemedy("put RKE back where it was, or set its path", "rkePath", "./rke_linux-amd64");

/** @throws StepFailure when the binary is not there or no release that can restore. */
export function usableVersion(binary: string, { step, snapshot }: About, tools: Tools): RkeVersion {
  try {
    return readRkeVersion(binary);
  } catch (error) {
    const problems = [{ message: (error as Error).message, remedy: NO_RKE }];
    throw stepFailure(tools, { kind: "system", step, ...(snapshot && { snapshot }), problems });
  }
}

/** What RKE is run with; the rest comes from the step's tools. */
type RkeCall = Pick<RkeRunArgs, "command" | "purpose" | "copy" | "folder" | "around" | "silenceSeconds">;

/** Runs RKE. @throws StepFailure when it does not do all it was asked, whatever its exit code (design law 8). */
export async function runOrFail(call: RkeCall, tools: Tools, { ended, ...about }: About): Promise<RkeRun> {
  const { clusterFile, say, warn, tell } = tools;
  const silenceSeconds = silenceBound(clusterFile, call.silenceSeconds);
  const heard = {
    wiping: (at: string) => tell({ event: "wiping", at }),
    logging: (path: string) => tell({ event: "rke-log", path }),
  };
  const run = await runRke({ ...call, silenceSeconds, clusterFile, say, ...heard }).catch((error: unknown) => {
    const isMissing = error instanceof RkeNotStarted;
    const problem = isMissing ? { message: error.message, remedy: NO_RKE } : busy(error);
    throw stepFailure(tools, { ...about, kind: isMissing ? "system" : "busy", problems: [problem] });
  });
  for (const flaw of run.flaws) warn({ message: findingText(flaw) });
  if (run.succeeded) return run;
  const { remedy, ...came } = ended?.(run) ?? { remedy: "correct what RKE names" };
  const happened = [...run.problems.map(findingText), `RKE's whole log: ${run.log}`];
  throw stepFailure(tools, { ...about, ...came, kind: "rke", problems: [], happened, remedies: [remedy] });
}
