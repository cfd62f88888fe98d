import { busy, takeSettledFolder } from "../cluster/rke/earlierRke.ts";
import type { ClusterFolderLock } from "../cluster/rke/folderLock.ts";
import { silenceBound } from "../cluster/rke/silence.ts";
import { type Failure, stepFailure } from "../messages/failure.ts";
import type { Tools } from "./step.ts";

interface LockedStep extends Pick<Failure, "step" | "snapshot"> {
  /** What a run that is refused during this step is told of it. */
  command: string;
  /** The setting; see silenceBound. */
  silenceSeconds: number;
}

/**
 * Works while no other run uses the cluster folder, nor an RKE that a killed one has left. An engine that is killed leaves
 * its step at work, and the next run must not work beside it (design law 6). The steps of one run follow each other: each
 * has released the folder before the next one takes it, and none takes it inside another.
 * @throws StepFailure while another run that lives holds it.
 */
export async function aloneInFolder<T>(
  { command, silenceSeconds: setting, ...about }: LockedStep,
  tools: Tools,
  work: (folder: ClusterFolderLock) => Promise<T>,
): Promise<T> {
  const { clusterFile, say } = tools;
  const silenceSeconds = silenceBound(clusterFile, setting);
  const folder = await takeSettledFolder(command, { clusterFile, silenceSeconds, say }).catch((error: unknown) => {
    throw stepFailure(tools, { ...about, kind: "busy", problems: [busy(error)] });
  });
  try {
    return await work(folder);
  } finally {
    folder.release();
  }
}
