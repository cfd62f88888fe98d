import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import type { RunEvent } from "../run/events.ts";
import { phaseOf } from "../run/phases.ts";
import type { UntimedEvent } from "./runKeeper.ts";
import { storyOf } from "./story.ts";

type Operation = Extract<RunEvent, { event: "step-started" }>["operation"];

/** What the step says when RKE begins to wipe (cluster/rke/run.ts). */
const WIPING = "the point of no return is passed";

/** The engine's events of one preview or update in this program's own words. */
export class Translator {
  /** What happens to each step, by name; those to which nothing happens are left out. */
  readonly changes = new Map<string, Operation>();
  /** What was said of failures, the story of the failed step first. */
  readonly errors: string[] = [];
  /** The step that has passed the point of no return. */
  private wiping: string | undefined;
  private readonly began = new Map<string, { operation: Operation; at: number }>();
  private readonly tell: (event: UntimedEvent) => void;
  private readonly now: () => number;

  constructor(tell: (event: UntimedEvent) => void, now: () => number = Date.now) {
    this.tell = tell;
    this.now = now;
  }

  take(event: EngineEvent): void {
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent } = event;
    if (resourcePreEvent) this.begin(resourcePreEvent.metadata);
    if (resOutputsEvent) this.end(resOutputsEvent.metadata, false);
    if (resOpFailedEvent) this.end(resOpFailedEvent.metadata, true);
    if (diagnosticEvent) this.said(diagnosticEvent.severity, diagnosticEvent.message, diagnosticEvent.urn);
  }

  private begin(metadata: StepEventMetadata): void {
    const step = stepOf(metadata.urn);
    const operation = operationOf(metadata.op);
    if (!step || !operation) return;
    this.changes.set(step, operation);
    this.began.set(step, { operation, at: this.now() });
    this.tell({ event: "step-started", step, operation });
  }

  private end(metadata: StepEventMetadata, failed: boolean): void {
    const step = stepOf(metadata.urn);
    const begun = step && this.began.get(step);
    if (!step || !begun || !operationOf(metadata.op)) return;
    this.began.delete(step);
    const seconds = Math.round((this.now() - begun.at) / 100) / 10;
    this.tell({ event: "step-ended", step, operation: begun.operation, failed, seconds });
  }

  private said(severity: string, message: string, urn: string | undefined): void {
    const text = message.replaceAll(/<\{%.*?%\}>/g, "").trimEnd();
    const step = urn && stepOf(urn);
    if (severity === "error") {
      const stack = urn?.split(":")[2] ?? "";
      this.errors.push(step ? storyOf({ name: step, stack, message: text, wiping: this.wiping === step }) : text);
      return;
    }
    // The SDK's own debug messages come along, which its types do not say.
    if (severity !== "info" && severity !== "warning" && severity !== "info#err") return;
    for (const line of text.split("\n").filter((one) => one.trim() !== "")) {
      if (step) this.line(step, line);
      else this.tell({ event: "note", level: severity === "warning" ? "warning" : "info", text: line });
    }
  }

  private line(step: string, text: string): void {
    this.tell({ event: "line", step, text });
    // RKE warns of much that is nothing, and what of it matters its step has in its story.
    const [, warning] = isOfRke(step) ? [] : (/^WARNING (.*)$/.exec(text) ?? []);
    if (warning !== undefined) this.tell({ event: "note", level: "warning", text: warning });
    if (text.includes(WIPING)) {
      this.wiping = step;
      this.tell({ event: "wiping", step });
    }
  }
}

function isOfRke(step: string): boolean {
  return step === "etcd-restore" || step === "rke-up";
}

/** `urn:…$kubernetes:apps/v1:DeploymentPatch::rancher-image` → `rancher-image`; undefined for what is no step. */
function stepOf(urn: string): string | undefined {
  const [, , types = "", name = ""] = urn.split("::");
  const type = types.split("$").at(-1) ?? "";
  if (type.startsWith("aws:")) return `machine-${name}`;
  return /^(command|kubernetes):/.test(type) && phaseOf(name) ? name : undefined;
}

/**
 * A replacement is told in three steps, of which one does the work; undefined for what does nothing: a step that is only
 * taken out of the state runs nothing, and a machine stays.
 */
function operationOf(op: string): Operation | undefined {
  if (op === "create" || op === "update") return op;
  return op === "create-replacement" ? "replace" : undefined;
}
