import { consentFor } from "../../cluster/history/restores.ts";
import { shellWord } from "../../cluster/shell.ts";
import { rerunCommand, undoCommand } from "../../messages/commands.ts";
import { SAFETY_COPY } from "../../messages/steps.ts";
import type { RunRecord } from "../../run/record.ts";
import { oldDataText } from "./restored.ts";
import type { Verdict } from "./verdict.ts";

/** The title of the data loss: data is lost only where the wipe has started. */
export function lostTitle({ command }: RunRecord, { pointOfNoReturn: { wiped } }: Verdict): string {
  if (wiped) return "What was lost";
  if (wiped === undefined) return "What may be lost";
  return command === "plan" ? "What would be lost" : "What a restore would lose";
}

/** How to undo a run: a text, and the commands to run. `quoted` marks a name within the text. */
export function wayBack(
  record: RunRecord,
  { pointOfNoReturn: { wiped } }: Verdict,
  quoted: (name: string) => string,
): { text: string; commands: string[] } | undefined {
  const { safetyCopy, canBeUndone, steps, command, stack } = record;
  if (canBeUndone) {
    const kept = oldDataText(record, quoted);
    const old = kept ? `${sentence(kept)} As long as they are there, undo renames them back. ` : "";
    const copy = safetyCopy
      ? `The safety copy ${quoted(safetyCopy)} has etcd's data as they were right before the ${kept ? "exchange" : "wipe"}. `
      : "";
    return {
      text: `${old}${copy}To undo this rollback, with the same preview and checks, run:`,
      commands: [undoCommand({ stack: nameOf(stack) })],
    };
  }
  const told = (text: string) => ({ text, commands: [] });
  const untouched = wiped === false ? "Nothing was wiped, so there is nothing to undo. " : "";
  if (safetyCopy)
    return told(`${untouched}The safety copy ${quoted(safetyCopy)} has etcd's data from when it was saved.`);
  if (command === "plan") return undefined;
  const saved = steps.some(({ step, endedAt, failed }) => step === SAFETY_COPY && endedAt && !failed);
  if (saved) return told("A safety copy was saved; its name is in .rancher-rollback/safety beside the cluster file.");
  return told(untouched.trim() || "This run saved no safety copy: only earlier snapshots have etcd's old data.");
}

/** The command that confirms a previewed rollback and runs it; undefined where it is confirmed already, or would be refused. */
export function confirmCommand({ plan, stack }: RunRecord): string | undefined {
  if (!plan || plan.accepted || plan.failedChecks.length > 0) return undefined;
  const consent = consentFor({ snapshot: plan.snapshot.name, run: plan.snapshot.run });
  const apply = rerunCommand({ stack: nameOf(stack), program: "rancher-rollback" });
  return `${apply} --accept-data-loss-of ${shellWord(nameOf(consent))}`;
}

/** A record is read from a file, which may contain anything; no name has a NUL. */
function nameOf(text: string): string {
  return text.replaceAll("\0", "");
}

/** A text as a sentence of its own. @param end its last character. */
export function sentence(text: string, end = "."): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${end}`;
}
