import { shellWord } from "../../cluster/shell.ts";
import type { RunRecord } from "../../run/record.ts";
import type { Verdict } from "./verdict.ts";

/** What a run took away is lost only where its wipe began. */
export function lostTitle({ command }: RunRecord, { pointOfNoReturn: { state } }: Verdict): string {
  if (state === "passed") return "What was lost";
  if (state === "not known") return "What may be lost";
  return command === "plan" ? "What would be lost" : "What a restore would lose";
}

/** How to take a run back, in words and in what to type; `quoted` makes a name fit to stand among the words. */
export function wayBack(
  record: RunRecord,
  { pointOfNoReturn: { state } }: Verdict,
  quoted: (name: string) => string,
): { words: string; commands: string[] } | undefined {
  const { safetyCopy, undo, steps, command } = record;
  if (undo.length > 0) {
    const holds = safetyCopy ? `The safety copy ${quoted(safetyCopy)} holds what etcd had right before the wipe. ` : "";
    return { words: `${holds}To take this rollback back, with the same preview and proofs, type:`, commands: undo };
  }
  const untouched = state === "not passed" ? "Nothing was wiped, so there is nothing to take back. " : "";
  if (safetyCopy) {
    const words = `${untouched}The safety copy ${quoted(safetyCopy)} holds what etcd had when it was saved.`;
    return { words, commands: [] };
  }
  if (command === "plan") return undefined;
  const saved = steps.some(({ step, endedAt, failed }) => step === "safety-copy" && endedAt && !failed);
  if (saved)
    return {
      words: "A safety copy was saved; its name is in .rancher-rollback/safety beside the cluster file.",
      commands: [],
    };
  if (untouched) return { words: untouched.trim(), commands: [] };
  return {
    words: "This run saved no safety copy: what etcd had before the wipe is only in earlier snapshots.",
    commands: [],
  };
}

/** What the operator has to type before a previewed rollback is done, if that was not yet said. */
export function confirmCommand({ plan, stack }: RunRecord): string | undefined {
  if (!plan || plan.accepted) return undefined;
  // A record is read from a file, where there may be anything; no name has a NUL.
  const [ofStack, ofSnapshot] = [stack, plan.snapshot.name].map((name) => shellWord(name.replaceAll("\0", "")));
  return `npx rancher-rollback apply --stack ${ofStack} --accept-data-loss-of ${ofSnapshot}`;
}

export function sentence(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;
}
