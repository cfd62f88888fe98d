import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type RunRecord, recordSchema } from "../../run/record.ts";
import { type Engine, environmentOf } from "../engine/engine.ts";
import { attempt, type CommandResult } from "../machine/process.ts";

const MAIN = join(import.meta.dirname, "../../bin/rancher-rollback.cjs");

/** `rancher-rollback` as an operator types it, for stacks on a file backend in `folder` (RollbackStack). */
export class CommandLine {
  private readonly options: string[];
  private readonly env: NodeJS.ProcessEnv;
  private readonly folder: string;
  private readonly main: string;

  /** @param main what Node runs: the entry of the clone, which runs its sources, or of an installed package. */
  constructor(stacks: string | string[], folder: string, engine: Engine, main = MAIN) {
    this.folder = folder;
    this.main = main;
    this.options = [...[stacks].flat().flatMap((stack) => ["--stack", stack]), "--config-folder", folder];
    this.env = { ...process.env, ...environmentOf(engine, folder) };
  }

  /** A command as a process. */
  process(words: string[]): { command: string; args: string[]; env: NodeJS.ProcessEnv } {
    return { command: process.execPath, args: [this.main, ...words, ...this.options], env: this.env };
  }

  /** Types a command; its lines go to `say` as they come. */
  async type(words: string[], say: (line: string) => void = () => {}): Promise<CommandResult> {
    const { command, args, env } = this.process(words);
    return await attempt(command, args, { env, onLine: say });
  }

  /** Types `plan`, `apply` or `undo`; with the report that it left. */
  async roll(words: string[], say?: (line: string) => void): Promise<CommandResult & { record: RunRecord }> {
    const report = join(this.folder, "report");
    const result = await this.type([...words, "--report", report], say);
    return { ...result, record: recordSchema.parse(JSON.parse(readFileSync(join(report, "report.json"), "utf8"))) };
  }
}
