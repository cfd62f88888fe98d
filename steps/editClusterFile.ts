import { chmodSync, chownSync, existsSync, readFileSync, realpathSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { besideClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { ClusterEditError, editClusterFile, type NodeReplacement } from "../cluster/clusterFile/edit.ts";
import { keepFiles, sync, writeSynced } from "../cluster/stateFolder/keep.ts";
import { StepFailure } from "../messages/failure.ts";
import { goOn } from "../messages/goOn.ts";
import { notReached } from "../messages/pointOfNoReturn.ts";
import type { StepOptions } from "./main.ts";

/** What the program hands to this step on standard input. */
export interface EditInput {
  replacements: NodeReplacement[];
}

/** What the step did; nothing was kept where nothing was changed. */
export interface EditReport {
  changed: boolean;
  /** Where the files are kept as they were. */
  kept?: { folder: string; clusterFile: string; stateFile?: string };
  warnings: string[];
}

/** The runbook's edit of `rancher-cluster.yml`: all of it or nothing, and what was there is kept beside it. */
export async function editClusterFileStep(options: StepOptions): Promise<EditReport> {
  const { clusterFile, say } = options;
  const { replacements } = JSON.parse(await options.input()) as EditInput;
  try {
    const source = readText(clusterFile);
    const { text, changed, warnings } = editClusterFile(source, replacements);
    const { stateFile } = besideClusterFile(clusterFile);
    if (!existsSync(stateFile)) {
      warnings.push(`${stateFile} is not there: RKE keeps the cluster's certificates in it, which a new node needs`);
    }
    for (const warning of warnings) say(`WARNING ${warning}`);
    if (!changed) {
      say(`${clusterFile} names the new nodes already`);
      return { changed, warnings };
    }
    const kept = keepAndReplace(clusterFile, text);
    for (const { unresponsive, node } of replacements) say(`${node.address} takes the place of ${unresponsive}`);
    say(`the cluster file as it was is kept: ${kept.clusterFile}`);
    return { changed, kept, warnings };
  } catch (error) {
    if (error instanceof ClusterEditError) throw new StepFailure(failure(error.mistakes, MEND, options));
    const { code, syscall, path } = error as NodeJS.ErrnoException;
    if (!code || !syscall) throw error;
    throw new StepFailure(failure([`${syscall} ${path ?? ""}: ${code}`], [`ls -la ${dirname(clusterFile)}`], options));
  }
}

const MEND = ["mend the replaced nodes in the settings, or the cluster file"];

/** @throws ClusterEditError when the file is no UTF-8, which would not survive being read as such. */
function readText(path: string): string {
  const bytes = readFileSync(path);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ClusterEditError(["is not written in UTF-8; it must be, for RKE too"]);
  }
}

/** Nothing is left behind when any of it fails, and the file is the old one or the new one at every moment. */
function keepAndReplace(clusterFile: string, text: string): NonNullable<EditReport["kept"]> {
  // A link goes on pointing to where it did.
  const real = realpathSync(clusterFile);
  const { mode, uid, gid } = statSync(real);
  const temporary = join(dirname(real), `.${basename(real)}.${process.pid}.tmp`);
  const { stateFile } = besideClusterFile(clusterFile);
  const folder = keepFiles(clusterFile, `before-${new Date().toISOString().replaceAll(":", "")}`, [
    clusterFile,
    stateFile,
  ]);
  try {
    writeSynced(temporary, text);
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

function failure(mistakes: string[], next: string[], { clusterFile, stack }: StepOptions) {
  return {
    step: "the edit of the cluster file",
    happened: mistakes.map((mistake) => `${clusterFile}: ${mistake}`),
    done: "the new nodes are there; the cluster file and all beside it are as they were",
    notDone: "the edit, the etcd restore and everything after it",
    pointOfNoReturn: notReached(clusterFile),
    next: [...next, goOn(stack)],
  };
}
