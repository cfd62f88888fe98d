import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { flock } from "../flock.ts";
import { jsonIn } from "../json.ts";
import type { Problem } from "../problem.ts";
import { isAlive } from "../processes.ts";
import { stateFolder } from "./path.ts";

const aliveRunSchema = z.object({
  stack: z.string().describe("as the engine names it"),
  process: z.int().positive().describe("process id of the program, or of one of its steps"),
  since: z.string().describe("ISO 8601"),
});
export type AliveRun = z.infer<typeof aliveRunSchema>;

/**
 * Marks that a run of a rollback is alive, as long as this process lives or until what is returned is called: the program
 * and each of its steps do, at the same time. The kernel keeps the mark, so that a killed run leaves none. It is for
 * `abort`, and no run fails where it cannot be made.
 */
export function markRun(clusterFile: string, stack: string): () => void {
  if (!existsSync(dirname(clusterFile))) return () => {};
  try {
    const path = markOf(clusterFile);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const fd = openSync(path, "a+", 0o600);
    flock(fd, "shared");
    const marked = read(path);
    if (!marked || !isAlive(marked.process)) {
      ftruncateSync(fd);
      writeSync(fd, `${JSON.stringify({ stack, process: process.pid, since: new Date().toISOString() })}\n`);
    }
    return () => closeSync(fd);
  } catch {
    return () => {};
  }
}

/** The run of a rollback that is alive on this machine; undefined where there is none. */
export function aliveRun(clusterFile: string): AliveRun | undefined {
  const path = markOf(clusterFile);
  if (!existsSync(path)) return undefined;
  const fd = openSync(path, "r+");
  try {
    if (flock(fd)) return undefined;
  } finally {
    closeSync(fd);
  }
  return read(path) ?? { stack: "?", process: 0, since: "?" };
}

/** @param remedy what to do about a run that is alive. */
export function aliveProblem({ stack, process, since }: AliveRun, remedy: string): Problem {
  const message = `a run of stack ${stack} is alive on this machine: process ${process}, or a step of it, since ${since}`;
  return { message, remedy };
}

function markOf(clusterFile: string): string {
  return stateFolder(clusterFile, "run.lock");
}

function read(path: string): AliveRun | undefined {
  return aliveRunSchema.safeParse(jsonIn(path)).data;
}
