import { dirname, join } from "node:path";
import { consentFor } from "../../cluster/history/restores.ts";
import { duration } from "../../cluster/time.ts";
import { confirmInstruction } from "../../messages/commands.ts";
import type { RollbackPlan } from "../../plan/plan.ts";
import { planScreen } from "../../plan/screen.ts";
import type { RunEvent } from "../../run/events.ts";
import { PHASES, phaseOf } from "../../run/phases.ts";

/** An event as lines of text; none where there is nothing to say. */
export function wordsOf(event: RunEvent): string[] {
  switch (event.event) {
    case "run-started":
      return [];
    case "plan":
      return planOf(event.plan, event.stack).split("\n");
    case "changes":
      return event.steps.length === 0 ? [] : [`planned: ${titles(event.steps.map(({ step }) => step)).join(", ")}`];
    case "note":
      return event.text.split("\n");
    case "step-started": {
      const { number, title, node } = phaseOf(event.step) ?? {};
      return [`[${number}/${PHASES.length}] ${title}${node === undefined ? "" : ` on ${node}`}`];
    }
    case "line":
      return [`    ${event.text}`];
    case "wiping":
      return [];
    case "step-ended": {
      const { number, title, node } = phaseOf(event.step) ?? {};
      const how = event.failed ? "FAILED after" : "done in";
      return [
        `[${number}/${PHASES.length}] ${title}${node === undefined ? "" : ` on ${node}`}: ${how} ${duration(event.seconds)}`,
      ];
    }
    case "run-ended":
      return endOf(event);
  }
}

/** How a run ended, and what to type if it was a mistake. */
export function endOf({
  result,
  error,
  after,
  safetyCopy,
  undo,
  report,
}: Extract<RunEvent, { event: "run-ended" }>): string[] {
  const facts = Object.entries(after).map(([what, fact]) => `${what} ${fact}`);
  return [
    "",
    ...(error ? error.split("\n") : []),
    {
      succeeded: "done",
      unchanged: "nothing to do: the cluster is what the settings say",
      planned: "changes are planned; nothing was done",
      failed: "FAILED",
      refused: "REFUSED",
      interrupted: "STOPPED on request",
    }[result] + (facts.length > 0 ? `: ${facts.join(", ")}` : ""),
    ...(safetyCopy
      ? [`${undo.length > 0 ? "the way back" : "a safety copy"}: ${[safetyCopy, ...undo].join("; ")}`]
      : []),
    ...(report ? [`the report: ${report}`] : []),
  ];
}

function titles(steps: string[]): string[] {
  const numbers = [...new Set(steps.flatMap((step) => phaseOf(step)?.number ?? []))].sort((one, other) => one - other);
  return numbers.map((number) => PHASES[number - 1] ?? "");
}

function planOf(plan: RollbackPlan, stack: string): string {
  const json = join(dirname(plan.cluster.file), ".rancher-rollback", "plan.json");
  const audience = { stack, program: "rancher-rollback" } as const;
  return planScreen(plan, audience, {
    json,
    confirm: confirmInstruction(audience, consentFor({ snapshot: plan.snapshot.name, run: plan.snapshot.run })),
  });
}
