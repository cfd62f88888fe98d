import { consentFor } from "../../cluster/history/restores.ts";
import { RESTORE } from "../../messages/steps.ts";
import type { Confirmed } from "../../run/events.ts";
import type { Settings } from "../../settings/settings.ts";
import type { Answer, FromWorker, Job } from "../job.ts";
import { Refusal } from "../refusal.ts";
import { type Change, runs } from "./changes.ts";
import type { RollWorkspace } from "./rollTarget.ts";

export interface Caller {
  tell: (said: FromWorker) => void;
  answer: () => Promise<Answer>;
}

/** The stack's settings, with the consent of the command line where it is for this restore. */
export async function settingsWithConsent({ accepted }: Job, workspace: RollWorkspace): Promise<Settings> {
  const settings = await workspace.settings();
  const consent = consentFor(settings);
  if (!accepted.includes(consent)) return settings;
  workspace.set({ acceptDataLossOf: consent });
  return { ...settings, acceptDataLossOf: consent };
}

/**
 * Asks whether what was previewed shall be done. Consent that is given now is for this run alone.
 * @returns how it was confirmed.
 * @throws Refusal where it was not.
 */
export async function confirm(
  { job, caller, workspace }: { job: Job; caller: Caller; workspace: RollWorkspace },
  settings: Settings,
  changes: Change[],
): Promise<Confirmed> {
  const consent = consentFor(settings);
  const restores = runs(changes, RESTORE);
  const isOpen = settings.acceptDataLossOf !== consent && restores;
  caller.tell({ kind: "previewed", ...(isOpen && { consent }) });
  const answer = await caller.answer();
  if (answer.kind === "no") throw Refusal.of(answer.problem, job.stack);
  if (answer.accept !== undefined) {
    workspace.set({ acceptDataLossOf: answer.accept });
    return "terminal";
  }
  if (!restores) return "nothing-to-confirm";
  const isTyped = job.accepted.includes(consent) || job.config.acceptDataLossOf === consent;
  return isTyped ? "command-line" : "settings";
}
