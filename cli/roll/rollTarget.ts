import type { EngineEvent, PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import type { Announce } from "../../components/announcement.ts";
import type { RollbackPlan } from "../../plan/plan.ts";
import type { Guard } from "../../plan/restoreGuard.ts";
import type { Settings } from "../../settings/settings.ts";
import type { Job } from "../job.ts";
import { type Environment, Workspace } from "../workspace.ts";

/** What a roll needs of a stack; a Workspace is one. */
export interface RollWorkspace extends Pick<Workspace, "settings" | "set" | "keep" | "state" | "close"> {
  stack: {
    workspace: { pulumiVersion: string };
    preview: (options: { onEvent: (event: EngineEvent) => void }) => Promise<unknown>;
    up: (options: {
      onEvent: (event: EngineEvent) => void;
    }) => Promise<{ outputs: Record<string, { value: unknown }> }>;
  };
}

/** What a roll works on. */
export interface RollTarget {
  /**
   * Opens the stack; its program tells what it has read, and why it refuses.
   * @param environment what its steps have in their environment beside that of this process.
   * @param isUnverified whether the stack's last restore was not verified before this run.
   */
  open: (job: Job, announce: Announce, environment: Environment, isUnverified: () => boolean) => Promise<RollWorkspace>;
  readPlan: (settings: Settings) => Promise<RollbackPlan>;
}

/** A run's plan has what the guard checks, and Roll refuses by it. Where no plan is read of the cluster, it is read now. */
export function guardBesidePlan(planned: () => RollbackPlan | undefined): Guard {
  return async (settings) => {
    if (settings.readCluster) return { problems: [], warnings: [], way: planned()?.restore?.way };
    const { readGuard } = await import("../../plan/restoreGuard.ts");
    return await readGuard(settings);
  };
}

/** The operator's stack and cluster. @param pulumi the CLI, which is asked for its version while the rest is loaded. */
export function realTarget(pulumi: Promise<PulumiCommand>): RollTarget {
  return {
    open: async (job, announce, environment, isUnverified) => {
      let planned: RollbackPlan | undefined;
      const take: Announce = (announced) => {
        if (announced.kind === "plan") planned = announced.plan;
        announce(announced);
      };
      const guard = guardBesidePlan(() => planned);
      const audience = { stack: job.stack, program: "rancher-rollback" } as const;
      const program = async () => (await loaded).stackProgram({ announce: take, audience, guard, isUnverified });
      const opened = Workspace.open(job, { program, environment, pulumi });
      // The resources' SDKs and the Kubernetes client, which nothing needs before the preview: loaded while the CLI works.
      const loaded = import("../../components/stackProgram.ts");
      return await opened;
    },
    readPlan: async (settings) => await (await import("../../plan/readPlan.ts")).readPlan(settings),
  };
}
