import { rmSync } from "node:fs";
import { join } from "node:path";
import type { RestoreWith, Way } from "../../cluster/inPlace/way.ts";
import { reasonText } from "../../messages/restoreReasons.ts";
import { eventSchema, type RunEvent } from "../../run/events.ts";
import type { LabCluster } from "../cluster/cluster.ts";
import type { Engine } from "../engine/engine.ts";
import { Problem } from "../machine/problem.ts";
import { attempt } from "../machine/process.ts";
import { CommandLine } from "../rehearsals/commandLine.ts";
import { PRIOR } from "../rehearsals/failedUpgrade.ts";
import { accessConfig, RollbackStack } from "../rehearsals/rollbackStack.ts";
import { secondsSince, type Timed } from "./measure.ts";
import { phasesOf, verifiedAt } from "./steps.ts";

const STACK = "bench";
const TIMEOUT_MS = 20 * 60_000;

/** `rancher-rollback` as an operator types it, with a stack of its own that has done nothing yet. */
export class Rollback {
  private readonly commandLine: CommandLine;

  private constructor(commandLine: CommandLine) {
    this.commandLine = commandLine;
  }

  static async begin(
    cluster: LabCluster,
    engine: Engine,
    snapshot: string,
    restoreWith: RestoreWith,
  ): Promise<Rollback> {
    const folder = join(cluster.dir, "bench", "stack");
    rmSync(folder, { recursive: true, force: true });
    const stack = await RollbackStack.open(STACK, folder, engine);
    await stack.configure({ ...accessConfig(cluster), snapshot, rancherVersion: PRIOR, restoreWith });
    return new Rollback(new CommandLine(STACK, folder, engine));
  }

  /** Rolls back. @throws Problem where it fails, or goes another way than `way`. */
  async roll(
    words: ["apply" | "undo", "--accept-data-loss-of", string],
    way: Way,
    began: number,
  ): Promise<Timed & { safetyCopy: string }> {
    const { code, events, rest } = await this.type(words);
    const whole = secondsSince(began);
    const end = events.findLast((event) => event.event === "run-ended");
    if (code !== 0 || !end) throw new Problem(`${words[0]} ended with exit code ${code}: ${end?.error ?? rest}`);
    if (end.restore?.way !== way) {
      throw new Problem(
        `${words[0]} restored by ${end.restore?.way}, not ${way}: ${end.restore?.reasons.map(reasonText).join("; ")}`,
      );
    }
    const total = verifiedAt(events, began);
    if (total === undefined) throw new Problem(`${words[0]} has no verification among its events`);
    const moments = events.filter((one) => one.event === "step-started" || one.event === "step-ended");
    return { total, whole, steps: phasesOf(moments, began), safetyCopy: end.safetyCopy ?? "" };
  }

  /** How long a command takes that restores nothing. @throws Problem where it ends with another exit code. */
  async dryRun(words: string[], codes: number[]): Promise<number> {
    const began = Date.now();
    const { code, events, rest } = await this.type(words);
    const end = events.findLast((event) => event.event === "run-ended");
    if (codes.includes(code)) return secondsSince(began);
    throw new Problem(`${words[0]} ended with exit code ${code}: ${end?.error ?? rest}`);
  }

  private async type(words: string[]): Promise<{ code: number; events: RunEvent[]; rest: string }> {
    const { command, args, env } = this.commandLine.process([...words, "--json"]);
    const events: RunEvent[] = [];
    let rest = "";
    const onLine = (line: string) => {
      // Only plan, apply and undo tell events.
      if (line.startsWith('{"event')) events.push(eventSchema.parse(JSON.parse(line)));
      else rest = `${rest}${line}\n`.slice(-600);
    };
    const { code } = await attempt(command, args, { env, timeout: TIMEOUT_MS, onLine });
    return { code, events, rest };
  }
}
