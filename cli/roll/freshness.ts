import { readFileSync } from "node:fs";
import { planDifferences } from "../../plan/difference.ts";
import type { RollbackPlan } from "../../plan/plan.ts";
import { Refusal } from "../refusal.ts";
import type { StackState } from "../stackState.ts";
import type { RollWorkspace } from "./rollTarget.ts";

/** For how long what a preview has read is what is there, ms, from the beginning of its reading. */
const FRESH_MS = 20_000;
/** An answer within this time, ms, was given without reading the preview. */
export const AT_ONCE_MS = 1000;

/** What a preview was made from, except the cluster. */
export interface PreviewedFrom {
  stack: string;
  state: StackState;
  clusterFile: string;
}

/** @throws Refusal when the stack or the cluster file is not any more what the preview was made from. */
export async function checkSameStack(from: PreviewedFrom, workspace: RollWorkspace, path: string): Promise<void> {
  const { text } = await workspace.state();
  if (text === from.state.text && readFileSync(path, "utf8") === from.clusterFile) return;
  const message = "the stack or the cluster file has changed since the preview";
  throw Refusal.of({ message, remedy: "Run the command again" }, from.stack);
}

/** Whether a plan needs no second reading: nothing was asked, and what was read is not out of date. */
export function isFresh({ readAt }: RollbackPlan, answeredAfterMs: number): boolean {
  return answeredAfterMs < AT_ONCE_MS && Date.now() - Date.parse(readAt) < FRESH_MS;
}

/** @throws Refusal when the cluster is not any more what was read for the preview. */
export function checkSameCluster(previewed: RollbackPlan, now: RollbackPlan): void {
  const differences = planDifferences(previewed, now);
  if (differences.length > 0) throw Refusal.changed(differences);
}
