import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { consentFor } from "../cluster/history/restores.ts";
import { markRun } from "../cluster/stateFolder/runMark.ts";
import { ownTempFolder } from "../cluster/tempFolder.ts";
import type { Announced } from "../components/announcement.ts";
import type { RollbackReport } from "../components/rancherRollback.ts";
import { STACK_VARIABLE } from "../messages/commands.ts";
import type { Failure } from "../messages/failure.ts";
import { hasWiped, nothingWiped } from "../messages/pointOfNoReturn.ts";
import { type Refused, refusalText } from "../messages/refusal.ts";
import { EVENTS_VARIABLE } from "../messages/stepEvents.ts";
import { RESTORE } from "../messages/steps.ts";
import { planDifferences } from "../plan/difference.ts";
import type { RollbackPlan } from "../plan/plan.ts";
import type { Result, RunEvent } from "../run/events.ts";
import { pointOfNoReturn } from "../run/pointOfNoReturn.ts";
import type { Settings } from "../settings/settings.ts";
import type { StepReport } from "../steps/contract.ts";
import { STOP_VARIABLE } from "../steps/stop.ts";
import type { Answer, FromWorker, Job } from "./job.ts";
import {
  confirmedBefore,
  factsOf,
  runVersions,
  type SavedCopy,
  type WhyFailed,
  whyFailed,
  whyRefused,
} from "./outcome.ts";
import { Refusal } from "./refusal.ts";
import type { RollTarget, RollWorkspace } from "./rollTarget.ts";
import { RunKeeper, type UntimedEvent } from "./runKeeper.ts";
import type { StackState } from "./stackState.ts";
import { StepChannel } from "./stepChannel.ts";
import { Translator } from "./translator.ts";
import { undoSettings } from "./undo.ts";

/** For how long what a preview has read is what is there, ms, from the beginning of its reading. */
const FRESH_MS = 20_000;
/** Nobody reads a preview in that time, ms: whoever answers within it had answered before. */
export const AT_ONCE_MS = 1000;

type Change = Extract<RunEvent, { event: "changes" }>["steps"][number];
type RestoreReport = StepReport<"restore">;

/** What a roll needs of whoever started it. */
interface Caller {
  tell: (said: FromWorker) => void;
  answer: () => Promise<Answer>;
}

/** One stack's preview and, once it is answered, its update: only what was previewed is done. */
export class Roll {
  private readonly job: Job;
  private readonly caller: Caller;
  private readonly target: RollTarget;
  private readonly keeper: RunKeeper;
  // In a folder that nobody else can write to: there is no link to follow.
  private readonly ownFolder = ownTempFolder();
  private readonly stopFile = join(this.ownFolder.path, "stop");
  private readonly channel = new StepChannel(join(this.ownFolder.path, "events"));
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
      const environment = {
        [STOP_VARIABLE]: this.stopFile,
        [STACK_VARIABLE]: this.job.stack,
        [EVENTS_VARIABLE]: this.channel.file,
      };
      workspace = await this.target.open(this.job, (announced) => this.announced(announced), environment);
      return await this.roll(workspace);
    } catch (error) {
      const isRefused = error instanceof Refusal || !this.keeper.record;
      const result = this.stopAsked ? "interrupted" : isRefused ? "refused" : "failed";
      await this.end(result, whyRefused(error, this.job.stack));
      return 1;
    } finally {
      workspace?.close();
      this.ownFolder.remove();
    }
  }

  /** Ends the run before its next step. */
  stop(): void {
    this.stopAsked = true;
    // The run may just have ended.
    if (!existsSync(this.ownFolder.path)) return;
    writeFileSync(this.stopFile, "");
    this.warn("stopping after the current step; interrupt again to stop now");
  }

  /** Says that what runs is cut off now. */
  stopNow(): void {
    this.isCutOff = true;
    this.warn("stopping now; a running RKE finishes what it started, and the next run waits for it");
  }

  /** Says what is done while there is nothing else to show. */
  private phase(text: string): void {
    this.caller.tell({ kind: "phase", text });
  }

  private warn(text: string): void {
    this.keeper.tell({ event: "note", level: "warning", text });
  }

  private async roll(workspace: RollWorkspace): Promise<number> {
    const state = workspace.state();
    const isUndo = this.job.command === "undo";
    // Each is a process of Pulumi's, and they run at once, unless the state decides on the settings.
    const read = isUndo ? undefined : this.settings(workspace);
    await Promise.allSettled([state, read]);
    this.before = await state;
    const undone = isUndo ? await undoSettings(this.job, workspace, this.before) : undefined;
    const settings = await (read ?? this.settings(workspace));
    const { path } = settings.cluster;
    const noted = nothingWiped(path);
    this.keeper.begin(settings, runVersions(workspace.stack, settings), {
      wipedBefore: this.before.wipedBefore(path),
      unreadableNote: noted.state === "unknown" ? noted.unreadable : undefined,
    });
    const clusterFile = readFileSync(path, "utf8");
    const changes = await this.preview(workspace);
    if (this.stopAsked) throw new Refusal("stopped on request; nothing was done");
    if (this.job.command === "plan") return await this.endPlan(changes);
    if (changes.length === 0) {
      await this.keeper.end({ result: "unchanged", undo: [] });
      return 0;
    }
    this.checkProofs(changes);
    const asked = Date.now();
    await this.goAhead(workspace, settings, changes);
    const isAtOnce = Date.now() - asked < AT_ONCE_MS;
    if ((await workspace.state()).text !== this.before.text || readFileSync(path, "utf8") !== clusterFile) {
      const message = "the stack or the cluster file has changed since the preview; nothing was done";
      throw Refusal.of({ message, remedy: "Run the command again" }, this.job.stack);
    }
    await this.checkUnchanged(settings, isAtOnce);
    if (undone) workspace.keep(undone);
    return await this.up(workspace, path);
  }

  /** With the consent of the command line, where it is for this restore. */
  private async settings(workspace: RollWorkspace): Promise<Settings> {
    const settings = await workspace.settings();
    const consent = consentFor(settings);
    if (!this.job.accepted.includes(consent)) return settings;
    workspace.set({ acceptDataLossOf: consent });
    return { ...settings, acceptDataLossOf: consent };
  }

  /** A plan in an update is none that anybody has read. */
  private announced(announced: Announced): void {
    if (announced.kind === "refused") this.refused = announced;
    else if (!this.isUpdating) {
      this.read = announced.plan;
      this.keeper.tell({ event: "plan", plan: announced.plan });
    }
  }

  private refusal(refused: Refused): Refusal {
    return new Refusal(refusalText(refused, this.audience), refused.problems);
  }

  private translator(tell: (event: UntimedEvent) => void): Translator {
    const { clusterFile = "", startedAt = "" } = this.keeper.record ?? {};
    return new Translator(tell, { clusterFile, startedAt, wipedBefore: () => this.before?.wipedBefore(clusterFile) });
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
    const failed = this.failedChecks(changes).length;
    if (failed > 0)
      this.warn(`apply would be refused: ${failed === 1 ? "a check" : `${failed} checks`} failed, see above`);
    await this.keeper.end({ result: changes.length > 0 ? "planned" : "unchanged", undo: [] });
    if (failed > 0) return 3;
    return changes.length > 0 ? 2 : 0;
  }

  /** The failed checks of a restore that will run. One that continues an earlier run waits for what that run has left. */
  private failedChecks(changes: Change[]): RollbackPlan["failedChecks"] {
    const runs = (name: string) => changes.some(({ step }) => step === name);
    if (!runs(RESTORE)) return [];
    return (this.read?.failedChecks ?? []).filter(({ passes }) => !passes || runs("preflight"));
  }

  /** What the pre-flight checks would refuse, once the cluster is locked, is refused before. @throws Refusal */
  private checkProofs(changes: Change[]): void {
    const failed = this.failedChecks(changes);
    if (failed.length === 0) return;
    throw this.refusal({ what: "a pre-flight check failed", problems: failed });
  }

  private async goAhead(workspace: RollWorkspace, settings: Settings, changes: Change[]): Promise<void> {
    const consent = consentFor(settings);
    const restores = changes.some(({ step }) => step === RESTORE);
    const isOpen = settings.acceptDataLossOf !== consent && restores;
    this.caller.tell({ kind: "previewed", changes: changes.length, ...(isOpen && { consent }) });
    const answer = await this.caller.answer();
    if (answer.kind === "no") throw new Refusal(answer.why);
    if (answer.accept !== undefined) workspace.set({ acceptDataLossOf: answer.accept });
    const how = answer.accept === undefined ? confirmedBefore(this.job, consent, restores) : "terminal";
    this.keeper.tell({ event: "confirmed", how });
  }

  /** @throws Refusal when the cluster is not any more what was read for the preview. */
  private async checkUnchanged(settings: Settings, isAtOnce: boolean): Promise<void> {
    // Where nobody had to be asked, nothing has grown old meanwhile.
    if (isAtOnce && this.read && Date.now() - Date.parse(this.read.readAt) < FRESH_MS) return;
    this.phase("checking that nothing has changed since the preview");
    const differences = this.read ? planDifferences(this.read, await this.target.readPlan(settings)) : [];
    if (differences.length === 0) return;
    throw Refusal.changed(differences);
  }

  private async up(workspace: RollWorkspace, clusterFile: string): Promise<number> {
    this.isUpdating = true;
    const translator = this.translator((event) => this.keeper.tell(event));
    const listen = () => {
      for (const own of this.channel.drain()) translator.takeOwn(own);
    };
    // Steps say more than the engine passes on, and not only when it does.
    const timer = setInterval(listen, 250);
    this.phase("the engine starts");
    const unmark = markRun(clusterFile, this.job.stack);
    try {
      const onEvent = (event: EngineEvent) => {
        listen();
        translator.take(event);
      };
      const { outputs } = await workspace.stack.up({ onEvent });
      listen();
      const { safetyCopy, verification, restore } = (outputs.rollback?.value ?? {}) as Partial<RollbackReport>;
      // Where a run set the image alone, the outputs have the restore and the safety copy of a rollback before.
      const left = { verification, ...(this.hasWiped() && { safetyCopy, restore }) };
      await this.keeper.end({ result: "succeeded", ...factsOf(left, this.job.stack) });
      return 0;
    } catch (error) {
      listen();
      const why = whyFailed(translator, this.refused ? this.refusal(this.refused) : error, this.audience);
      const result = this.isCutOff || why.failure?.kind === "stopped" ? "interrupted" : "failed";
      // The outputs of a run that failed are those of the run before.
      const left = await workspace.state().catch(() => undefined);
      const safetyCopy = translator.safetyCopy ?? left?.openCopy;
      const restore = left?.report(RESTORE, "restore");
      await this.end(result, { ...why, safetyCopy, restore });
      return 1;
    } finally {
      clearInterval(timer);
      unmark();
    }
  }

  /** The end of a run that did not succeed. */
  private async end(
    result: Result,
    {
      safetyCopy = this.before?.openCopy,
      restore,
      ...why
    }: WhyFailed & { safetyCopy?: SavedCopy | undefined; restore?: RestoreReport | undefined },
  ): Promise<void> {
    const hasWiped = this.hasWiped(why.failure);
    const wiped = hasWiped ? restore : undefined;
    const facts = factsOf({ safetyCopy: safetyCopy ?? wiped?.safetyCopy, restore: wiped }, this.job.stack);
    await this.keeper.end({ result, ...why, ...facts, ...(hasWiped ? {} : { undo: [] }) });
  }

  private get audience() {
    return { stack: this.job.stack, program: "rancher-rollback" } as const;
  }

  /** Only where this run has wiped, or one that it goes on with, there is something to take back. */
  private hasWiped(failure?: Failure): boolean {
    const { record } = this.keeper;
    return record !== undefined && hasWiped(pointOfNoReturn({ ...record, ...(failure && { failure }) })) !== false;
  }
}
