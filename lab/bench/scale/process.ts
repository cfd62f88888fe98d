import { readFileSync, rmSync } from "node:fs";
import { extname, join } from "node:path";
import { Problem } from "../../machine/problem.ts";
import { attempt } from "../../machine/process.ts";
import type { Used } from "../results.ts";

const PROJECT = join(import.meta.dirname, "../../..");
const USAGE = join(import.meta.dirname, `usage${extname(import.meta.filename)}`);

/** Starts processes of the product as the engine does, and knows what they have used. */
export class Processes {
  private readonly usage: string;
  private readonly env: NodeJS.ProcessEnv;

  constructor(folder: string) {
    this.usage = join(folder, "usage");
    // As the command sets it for its worker and the steps (bin/compileCache.cjs).
    this.env = { ...process.env, SCALE_USAGE: this.usage, NODE_COMPILE_CACHE: join(folder, "compiled") };
  }

  /** A program of the project to its end. @returns what it printed. @throws Problem where it failed. */
  async run(file: string, words: string[], input = ""): Promise<string> {
    const args = ["--import", USAGE, join(PROJECT, file), ...words];
    const { code, stdout, stderr } = await attempt(process.execPath, args, { env: this.env, input });
    if (code === 0) return stdout;
    throw new Problem(`${file} ended with exit code ${code}: ${stderr.trim().slice(-1000)}`);
  }

  /** What a piece of work takes, with all the processes that it has run. */
  async used(work: () => Promise<unknown>): Promise<Used> {
    rmSync(this.usage, { force: true });
    const began = performance.now();
    await work();
    const seconds = (performance.now() - began) / 1000;
    return { seconds, ...sumOf(readFileSync(this.usage, "utf8")) };
  }
}

/** The lines of usage.ts → the largest process, and the time of all. */
export function sumOf(lines: string): Pick<Used, "peakMiB" | "cpuSeconds"> {
  const all = lines
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Pick<Used, "peakMiB" | "cpuSeconds">);
  return {
    peakMiB: Math.max(...all.map(({ peakMiB }) => peakMiB)),
    cpuSeconds: all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
  };
}
