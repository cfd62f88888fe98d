import { chmodSync, chownSync, existsSync, realpathSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { besideClusterFile, ClusterFileError } from "../cluster/clusterFile/clusterFile.ts";
import { editClusterFile } from "../cluster/clusterFile/edit.ts";
import { readText } from "../cluster/clusterFile/encoding.ts";
import { COPY_FROM_LAST_UP } from "../cluster/problem.ts";
import { keepFiles, partOf, sweepParts, sync, writeSynced } from "../cluster/stateFolder/keep.ts";
import { systemErrorText } from "../cluster/systemError.ts";
import { type Failure, stepFailure } from "../messages/failure.ts";
import type { StepInput, StepReport } from "./contract.ts";
import type { Tools } from "./step.ts";

type EditReport = StepReport<"edit-cluster-file">;

/** The runbook's edit of `rancher-cluster.yml`: all of it or nothing, and what was there is kept beside it. */
export async function editClusterFileStep(
  { replacements }: StepInput<"edit-cluster-file">,
  tools: Tools,
): Promise<EditReport> {
  const { clusterFile, say, warn } = tools;
  const failure = (kind: Failure["kind"], mistakes: string[], remedy: string) => {
    const problems = mistakes.map((mistake) => ({ message: `${clusterFile}: ${mistake}`, remedy }));
    return stepFailure(tools, { kind, step: "edit-cluster-file", problems });
  };
  try {
    const source = readText(clusterFile);
    // What a killed edit has left has the keys that the cluster file has.
    sweepParts(realpathSync(clusterFile));
    const { text, changed, warnings } = editClusterFile(source.text, replacements);
    for (const warning of warnings) warn(warning);
    const { stateFile } = besideClusterFile(clusterFile);
    if (!existsSync(stateFile)) {
      const message = `${stateFile} is not there: RKE keeps the cluster's certificates in it, which a new node needs`;
      warn({ message, remedy: COPY_FROM_LAST_UP });
    }
    if (!changed) {
      say(`${clusterFile} names the new nodes already`);
      return { changed };
    }
    const kept = keepAndReplace(clusterFile, source.encode(text));
    for (const { unresponsive, node } of replacements) say(`${node.address} takes the place of ${unresponsive}`);
    say(`the cluster file as it was is kept: ${kept.clusterFile}`);
    return { changed, kept };
  } catch (error) {
    if (error instanceof ClusterFileError)
      throw failure("cluster-file", error.mistakes, "correct the replacements in the settings, or the cluster file");
    const { code, syscall, path } = error as NodeJS.ErrnoException;
    if (!code || !syscall) throw error;
    throw failure(
      "system",
      [`${path ?? syscall}: ${systemErrorText(error)}`],
      `look at the folder: ls -la ${dirname(clusterFile)}`,
    );
  }
}

/** Nothing is left behind when any of it fails, and the file is the old one or the new one at every moment. */
function keepAndReplace(clusterFile: string, bytes: Buffer): NonNullable<EditReport["kept"]> {
  // A link goes on pointing to where it did.
  const real = realpathSync(clusterFile);
  const { mode, uid, gid } = statSync(real);
  const temporary = partOf(real);
  const { stateFile } = besideClusterFile(clusterFile);
  const folder = keepFiles(clusterFile, `before-${new Date().toISOString().replaceAll(":", "")}`, [
    clusterFile,
    stateFile,
  ]);
  try {
    writeSynced(temporary, bytes);
    const made = statSync(temporary);
    if (made.uid !== uid || made.gid !== gid) chownSync(temporary, uid, gid);
    chmodSync(temporary, mode & 0o7777);
    renameSync(temporary, real);
    sync(dirname(real));
  } catch (error) {
    rmSync(temporary, { force: true });
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    folder,
    clusterFile: join(folder, basename(clusterFile)),
    ...(existsSync(stateFile) && { stateFile: join(folder, basename(stateFile)) }),
  };
}
