import { readFileSync } from "node:fs";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { unreadableNote } from "../cluster/history/note.ts";
import type { Notice, Problem } from "../cluster/problem.ts";
import { earlierWipe } from "../cluster/rke/earlierWipe.ts";
import { markRun } from "../cluster/stateFolder/runMark.ts";
import type { Announced } from "../components/announcement.ts";
import { pendingMachine } from "../messages/pendingMachine.ts";
import type { Refused } from "../messages/refusal.ts";
import { RESTORE } from "../messages/steps.ts";
import type { RollbackPlan } from "../plan/plan.ts";
import type { Settings } from "../settings/settings.ts";
import type { Job } from "./job.ts";
import { runVersions, whyFailed, whyRefused } from "./outcome.ts";
import { Refusal } from "./refusal.ts";
import { type Change, refusingChecks } from "./roll/changes.ts";
import { type Caller, confirm, settingsWithConsent } from "./roll/consent.ts";
import { endOfFailure, endOfSuccess } from "./roll/ending.ts";
import { checkSameCluster, checkSameStack, isFresh } from "./roll/freshness.ts";
import type { RollTarget, RollWorkspace } from "./roll/rollTarget.ts";
import { RunKeeper, type UntimedEvent } from "./roll/runKeeper.ts";
import { StepFolder } from "./roll/stepFolder.ts";
import { Translator } from "./roll/translator.ts";
import { undoSettings } from "./roll/undo.ts";
import { update } from "./roll/update.ts";
import type { StackState } from "./stackState.ts";

const STOPPED: Problem = { message: "stopped on request", remedy: "To continue, run the command again" };

/** One stack's preview and, once it is answered, its update: only what was previewed is done. */
export class Roll {
  private readonly job: Job;
  private readonly caller: Caller;
  private readonly target: RollTarget;
  private readonly keeper: RunKeeper;
  private readonly steps = new StepFolder();
  private stopAsked = false;
  private isCutOff = false;
  private isUpdating = false;
  private read: RollbackPlan | undefined;
  /** The stack's state before anything was done. */
  private before: StackState | undefined;
  /** Why the program refuses what it is asked to run. */
  private refused: Refused | undefined;

  constructor(job: Job, caller: Caller, target: RollTarget) {
    this.job = job;
    this.caller = caller;
    this.target = target;
    this.keeper = new RunKeeper(job, (event) => caller.tell({ kind: "event", event }));
  }

  /** @returns the exit code: 0 done or nothing to do, 1 failed or refused; of a plan, see endPlan. */
  async run(): Promise<number> {
    let workspace: RollWorkspace | undefined;
    try {
      this.phase("opening the stack");
      const environment = this.steps.environment(this.job.stack);
      workspace = await this.target.open(
        this.job,
        (announced) => this.announced(announced),
        environment,
        () => this.before?.isUnverified === true,
      );
      return await this.roll(workspace);
    } catch (error) {
      const isRefused = error instanceof Refusal || !this.keeper.record;
      const result = this.stopAsked ? "interrupted" : isRefused ? "refused" : "failed";
      const left = { restore: this.before?.report(RESTORE, "restore") };
      await this.keeper.end(endOfFailure(result, whyRefused(error, this.job.stack), left, this.known));
      return 1;
    } finally {
      workspace?.close();
      this.steps.remove();
    }
  }

  stop(): void {
    this.stopAsked = true;
    if (this.steps.askToStop()) this.warn("stopping after the current step; interrupt again to stop now");
  }

  /** Says that what runs is cut off now. */
  stopNow(): void {
    this.isCutOff = true;
    this.warn("stopping now; a running RKE finishes what it started, and the next run waits for it");
  }

  private phase(text: string): void {
    this.caller.tell({ kind: "phase", text });
  }

  private warn(text: string): void {
    this.keeper.tell({ event: "note", level: "warning", text });
  }

  private async roll(workspace: RollWorkspace): Promise<number> {
    const { state, settings, undone } = await this.readStack(workspace);
    const { path } = settings.cluster;
    const noted = earlierWipe(path);
    this.keeper.begin(settings, runVersions(workspace.stack, settings), {
      wipedBefore: state.wipedBefore(path),
      unreadableNote: noted.state === "unknown" ? noted.unreadable : undefined,
    });
    const from = { stack: this.job.stack, state, clusterFile: readFileSync(path, "utf8") };
    const changes = await this.preview(workspace);
    this.warnUnreadable(path, changes);
    for (const machine of state.pendingMachines) this.warnOf(pendingMachine(machine));
    if (this.stopAsked) throw Refusal.of(STOPPED, this.job.stack);
    if (this.job.command === "plan") return await this.endPlan(changes);
    if (changes.length === 0) {
      await this.keeper.end({ result: "unchanged", canBeUndone: false });
      return 0;
    }
    this.refuseFailedChecks(changes);
    const asked = Date.now();
    const { job, caller } = this;
    const how = await confirm({ job, caller, workspace }, settings, changes);
    this.keeper.tell({ event: "confirmed", how });
    const answeredAfterMs = Date.now() - asked;
    await checkSameStack(from, workspace, path);
    await this.checkSameCluster(settings, answeredAfterMs);
    if (undone) workspace.keep(undone);
    return await this.up(workspace, path);
  }

  /** The stack before anything is done. @returns `undone`, what an undo changes in its settings. */
  private async readStack(workspace: RollWorkspace) {
    const { job } = this;
    const state = workspace.state();
    const isUndo = job.command === "undo";
    // Each is a process of Pulumi's, and they run at once, unless the state decides on the settings.
    const read = isUndo ? undefined : settingsWithConsent(job, workspace);
    await Promise.allSettled([state, read]);
    this.before = await state;
    const undone = isUndo ? await undoSettings(job, workspace, this.before) : undefined;
    return { state: this.before, settings: await (read ?? settingsWithConsent(job, workspace)), undone };
  }

  /** A plan in an update is none that anybody has read; what the settings give reason to warn of, the preview has told. */
  private announced(announced: Announced): void {
    if (announced.kind === "refused") this.refused = announced;
    else if (announced.kind === "warned") {
      const { notice } = announced;
      if (!this.keeper.record?.notes.some(({ text }) => text === notice.message)) this.warnOf(notice);
    } else if (!this.isUpdating) {
      this.read = announced.plan;
      this.keeper.tell({ event: "plan", plan: announced.plan });
    }
  }

  private refusal(refused: Refused): Refusal {
    return Refusal.by(refused, this.job.stack);
  }

  private translator(tell: (event: UntimedEvent) => void): Translator {
    const { clusterFile = "", startedAt = "" } = this.keeper.record ?? {};
    return new Translator(tell, { clusterFile, startedAt, wipedBefore: () => this.before?.wipedBefore(clusterFile) });
  }

  /** A restore is refused for it, by its plan; what restores nothing goes on, maybe on a cluster that is not whole. */
  private warnUnreadable(clusterFile: string, changes: Change[]): void {
    const problem = changes.some(({ step }) => step === RESTORE) ? undefined : unreadableNote(clusterFile);
    if (problem) this.warnOf(problem);
  }

  private warnOf({ message, remedy }: Notice): void {
    this.keeper.tell({ event: "note", level: "warning", text: message, remedy });
  }

  private async preview(workspace: RollWorkspace): Promise<Change[]> {
    // Of a preview, the steps are no news one by one.
    const translator = this.translator((event) => event.event === "note" && this.keeper.tell(event));
    this.phase("previewing: the engine starts, then the cluster is read");
    try {
      await workspace.stack.preview({ onEvent: (event: EngineEvent) => translator.take(event) });
    } catch (error) {
      if (this.refused) throw this.refusal(this.refused);
      throw translator.errors[0] === undefined ? error : new Refusal(translator.errors[0]);
    }
    const steps = [...translator.changes].map(([step, operation]) => ({ step, operation }));
    this.keeper.tell({ event: "changes", steps });
    return steps;
  }

  /** @returns 0 nothing to do, 2 changes are planned, 3 changes that `apply` would refuse. */
  private async endPlan(changes: Change[]): Promise<number> {
    const failed = refusingChecks(this.read, changes).length;
    if (failed > 0)
      this.warn(`apply would be refused: ${failed === 1 ? "a check" : `${failed} checks`} failed, see above`);
    await this.keeper.end({ result: changes.length > 0 ? "planned" : "unchanged", canBeUndone: false });
    if (failed > 0) return 3;
    return changes.length > 0 ? 2 : 0;
  }

  /** What the pre-flight checks would refuse, once the cluster is locked, is refused before. @throws Refusal */
  private refuseFailedChecks(changes: Change[]): void {
    const failed = refusingChecks(this.read, changes);
    if (failed.length > 0) throw this.refusal({ what: "a pre-flight check failed", problems: failed });
  }

  /** @throws Refusal when the cluster is not any more what was read for the preview. */
  private async checkSameCluster(settings: Settings, answeredAfterMs: number): Promise<void> {
    if (!this.read || isFresh(this.read, answeredAfterMs)) return;
    this.phase("checking that nothing has changed since the preview");
    checkSameCluster(this.read, await this.target.readPlan(settings));
  }

  private async up(workspace: RollWorkspace, clusterFile: string): Promise<number> {
    this.isUpdating = true;
    const translator = this.translator((event) => this.keeper.tell(event));
    this.phase("the engine starts");
    const unmark = markRun(clusterFile, this.job.stack);
    try {
      const outputs = await update(workspace.stack, this.steps.channel, translator);
      await this.keeper.end(endOfSuccess(outputs, this.known));
      return 0;
    } catch (error) {
      const audience = { stack: this.job.stack, program: "rancher-rollback" } as const;
      const why = whyFailed(translator, this.refused ? this.refusal(this.refused) : error, audience);
      const result = this.isCutOff || why.failure?.kind === "stopped" ? "interrupted" : "failed";
      // The outputs of a run that failed are those of the run before.
      const state = await workspace.state().catch(() => undefined);
      const left = {
        safetyCopy: translator.safetyCopy ?? state?.openCopy,
        restore: state?.report(RESTORE, "restore"),
      };
      await this.keeper.end(endOfFailure(result, why, left, this.known));
      return 1;
    } finally {
      unmark();
    }
  }

  private get known() {
    return { record: this.keeper.record, before: this.before };
  }
}
