import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import type { Failure } from "../../messages/failure.ts";
import { knownToRun } from "../../messages/pointOfNoReturn.ts";
import type { SkipReason, StepEvent } from "../../messages/stepEvents.ts";
import { RESTORE } from "../../messages/steps.ts";
import type { Operation } from "../../run/events.ts";
import { phaseOf } from "../../run/phases.ts";
import type { SavedCopy } from "../outcome.ts";
import { cutOffFailure } from "./cutOff.ts";
import type { UntimedEvent } from "./runKeeper.ts";

/** What is known of a step beside the engine's events. */
interface StepState {
  lines: string[];
  started: boolean;
  failed: boolean;
  failure?: Failure;
  skipped?: SkipReason;
}

/** What a run is on, for what it says of a failed step. */
interface Translated {
  clusterFile: string;
  /** ISO 8601. */
  startedAt: string;
  /** When a rollback that is not finished passed the point of no return, ISO 8601. */
  wipedBefore: () => string | undefined;
}

/** The engine's events of one preview or update, and what its steps say of themselves, as events of the run. */
export class Translator {
  /** What happens to each step, by name; those to which nothing happens are left out. */
  readonly changes = new Map<string, Operation>();
  /** What the engine says of failures that are no step's. */
  readonly errors: string[] = [];
  /** The last safety copy that was completed. */
  safetyCopy: SavedCopy | undefined;
  private readonly steps = new Map<string, StepState>();
  private readonly began = new Map<string, { operation: Operation; at: number }>();
  private readonly tell: (event: UntimedEvent) => void;
  private readonly run: Translated;
  private readonly now: () => number;
  /** When this run passed the point of no return, ISO 8601. */
  private wipedAt: string | undefined;
  private restored = false;

  constructor(tell: (event: UntimedEvent) => void, run: Translated, now: () => number = Date.now) {
    this.tell = tell;
    this.run = run;
    this.now = now;
  }

  takeOwn(event: StepEvent): void {
    const known = this.known(event.resource);
    switch (event.event) {
      case "started":
        known.started = true;
        break;
      case "warning": {
        const { message: text, remedy } = event;
        this.tell({ event: "note", level: "warning", text, ...(remedy !== undefined && { remedy }) });
        break;
      }
      case "wiping":
        this.wipedAt = event.at;
        this.tell({ event: "wiping", step: event.resource });
        break;
      case "rancher-stopping":
      case "rancher-serving":
        this.tell({ event: event.event, step: event.resource });
        break;
      case "rke-log":
        this.tell({ event: "rke-log", step: event.resource, path: event.path });
        break;
      case "safety-copy":
        this.safetyCopy = { name: event.name, nodes: event.nodes, bytes: event.bytes };
        break;
      case "skipped":
        known.skipped = event.reason;
        break;
      case "failure":
        known.failure = event.failure;
        break;
    }
  }

  /** Why the update failed, as data; undefined where no step of ours has. */
  get failure(): Failure | undefined {
    const failure = this.failureOfStep();
    if (!failure) return undefined;
    const { wipedAt, restored, run } = this;
    const wipedBefore = run.wipedBefore();
    const point = knownToRun(failure.pointOfNoReturn, { startedAt: run.startedAt, wipedAt, restored, wipedBefore });
    return { ...failure, pointOfNoReturn: point };
  }

  /**
   * The first step that failed; one that could not say why was cut off. Of steps side by side, one that was only
   * stopped on request does not hide how another one ended.
   */
  private failureOfStep(): Failure | undefined {
    const { wipedAt } = this;
    const { clusterFile } = this.run;
    const failed = [...this.steps].filter(([, { failed, started }]) => failed && started);
    const owns = failed.flatMap(([, { failure }]) => failure ?? []);
    const cutOff = failed.find(([, { failure }]) => failure === undefined);
    const phase = cutOff && phaseOf(cutOff[0]);
    return (
      owns.find(({ kind }) => kind !== "stopped") ??
      (phase && cutOffFailure({ step: phase.id, node: phase.node, lines: cutOff[1].lines, wipedAt, clusterFile })) ??
      owns[0]
    );
  }

  private known(resource: string): StepState {
    const known = this.steps.get(resource) ?? { lines: [], started: false, failed: false };
    this.steps.set(resource, known);
    return known;
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
    if (failed) this.known(step).failed = true;
    else if (step === RESTORE) this.restored = true;
    const { started, skipped } = this.known(step);
    // Our commands say that they are started, the providers' other resources do not.
    const unstarted = failed && typeOf(metadata.urn).startsWith("command:") && !started;
    const how = { failed, ...(unstarted && { unstarted }), ...(skipped && !failed && { skipped }) };
    const seconds = Math.round((this.now() - begun.at) / 100) / 10;
    const { operation } = begun;
    this.tell({ event: "step-ended", step, operation, ...how, seconds });
  }

  private said(severity: string, message: string, urn: string | undefined): void {
    const text = message.replaceAll(/<\{%.*?%\}>/g, "").trimEnd();
    const step = urn && stepOf(urn);
    if (severity === "error") {
      this.errors.push(text);
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
    this.known(step).lines.push(text);
    this.tell({ event: "line", step, text });
  }
}

function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** `urn:…$kubernetes:apps/v1:DeploymentPatch::rancher-image` → `rancher-image`; undefined for what is no step. */
function stepOf(urn: string): string | undefined {
  const [, , , name = ""] = urn.split("::");
  const type = typeOf(urn);
  if (type.startsWith("aws:")) return `machine-${name}`;
  return /^(command|kubernetes):/.test(type) && phaseOf(name) ? name : undefined;
}

/**
 * The engine reports a replacement as three steps, of which one does the work; undefined for what does nothing: a step that is only
 * taken out of the state runs nothing, and a machine stays.
 */
function operationOf(op: string): Operation | undefined {
  if (op === "create" || op === "update") return op;
  return op === "create-replacement" ? "replace" : undefined;
}
