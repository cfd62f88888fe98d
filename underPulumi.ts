import { tmpdir } from "node:os";
import * as pulumi from "@pulumi/pulumi";
import { kubeconfigCopies } from "./cluster/kubernetes/kubeconfigCopies.ts";
import { markRun } from "./cluster/stateFolder/runMark.ts";
import type { Announced } from "./components/announcement.ts";
import { audienceOf } from "./messages/commands.ts";
import { mistakesText } from "./messages/mistakes.ts";
import { paintFor } from "./output/display/paint.ts";
import { planScreen } from "./output/display/planScreen.ts";
import type { RollbackPlan } from "./plan/plan.ts";
import { type Settings, SettingsError } from "./settings/settings.ts";

/** What begins a run in a process that `pulumi` has started, which lives as long as the preview or update does. */
export function underPulumi({ cluster }: Settings): void {
  if (!pulumi.runtime.isDryRun()) markRun(cluster.path, pulumi.getStack());
  // Unlike `rancher-rollback`, it cannot give the engine, which has started it, a temporary folder of its own.
  process.once("exit", kubeconfigCopies(cluster.kubeconfig, tmpdir(), Date.now() - process.uptime() * 1000));
}

/** Under `pulumi` this is no terminal: the engine shows the text indented, as one message. */
export function announceOnTerminal(announced: Announced): void {
  // Why it is refused, the engine shows.
  if (announced.kind === "plan") console.log(announcement(announced.plan));
}

/** A plan as the engine shows it. */
export function announcement(plan: RollbackPlan): string {
  const options = {
    width: 80 - ENGINE_INDENT,
    paint: paintFor(process.stdout),
    audience: audienceOf(pulumi.getStack()),
  };
  return planScreen(plan, options).join("\n");
}

const ENGINE_INDENT = 4;

/**
 * A mistake in the config is for the operator to fix: a RunError is shown without a stack trace.
 * @throws pulumi.RunError with every mistake that `read` finds.
 */
export function orRunError(read: () => Settings): Settings {
  try {
    return read();
  } catch (error) {
    if (error instanceof SettingsError)
      throw new pulumi.RunError(mistakesText(error.mistakes, audienceOf(pulumi.getStack()).stack));
    throw error;
  }
}
