import { tmpdir } from "node:os";
import * as pulumi from "@pulumi/pulumi";
import { kubeconfigCopies } from "./cluster/kubernetes/kubeconfigCopies.ts";
import { markRun } from "./cluster/stateFolder/runMark.ts";
import type { Announce } from "./components/announcement.ts";
import { paintFor } from "./output/display/paint.ts";
import { planScreen } from "./output/display/planScreen.ts";
import type { RollbackPlan } from "./plan/plan.ts";
import type { Settings } from "./settings/settings.ts";

/** What begins a run in a process that `pulumi` has started, which lives as long as the preview or update does. */
export function underPulumi({ cluster }: Settings): void {
  if (!pulumi.runtime.isDryRun()) markRun(cluster.path, pulumi.getStack());
  // Unlike `rancher-rollback`, it cannot give the engine, which has started it, a temporary folder of its own.
  process.once("exit", kubeconfigCopies(cluster.kubeconfig, tmpdir(), Date.now() - process.uptime() * 1000));
}

/** Prints the plan. Why it is refused, the engine shows. */
export function announceOnTerminal(): Announce {
  const text = planMessage();
  return (announced) => {
    if (announced.kind === "plan") console.log(text(announced.plan));
  };
}

/**
 * What makes a plan's text. Under `pulumi` that is no terminal: the engine shows it indented, as one message. To be called
 * by the program itself: in a hook, an inline program's stack is not known.
 */
export function planMessage(): (plan: RollbackPlan) => string {
  const width = 80 - ENGINE_INDENT;
  const audience = { stack: pulumi.getStack(), program: "pulumi" } as const;
  return (plan) => planScreen(plan, { width, paint: paintFor(process.stdout), audience }).join("\n");
}

const ENGINE_INDENT = 4;
