import { AsyncLocalStorage } from "node:async_hooks";
import { tmpdir } from "node:os";
import * as pulumi from "@pulumi/pulumi";
import { kubeconfigCopies } from "./cluster/kubernetes/kubeconfigCopies.ts";
import type { Notice } from "./cluster/problem.ts";
import { markRun } from "./cluster/stateFolder/runMark.ts";
import type { Announce } from "./components/announcement.ts";
import { problemLines } from "./messages/commands.ts";
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

/**
 * Prints the plan and logs warnings. Why it is refused, the engine shows.
 * @param resource whose warnings they are, where there is one.
 */
export function announceOnTerminal(resource?: pulumi.Resource): Announce {
  const text = planMessage();
  const warn = warningLog(resource);
  return (announced) => {
    if (announced.kind === "plan") console.log(text(announced.plan));
    if (announced.kind === "warned") warn(announced.notice);
  };
}

/**
 * What logs a warning. To be called by the program itself: in a hook, an inline program knows neither its stack nor the
 * engine that it logs to.
 */
export function warningLog(resource?: pulumi.Resource): (notice: Notice) => void {
  const inContext = AsyncLocalStorage.snapshot();
  const stack = pulumi.getStack();
  return (notice) =>
    void inContext(async () => await pulumi.log.warn(problemLines([notice], { stack }).join("\n"), resource));
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
