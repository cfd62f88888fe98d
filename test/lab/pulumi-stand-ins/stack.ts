import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent, OutputMap, PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import type { Engine } from "../../../lab/engine/engine.ts";
import { killStartedHere } from "../../../lab/rehearsals/killEngine.ts";
import { openStack } from "../../../lab/rehearsals/rollbackStack.ts";

interface Run {
  /** What happened to each resource, by name, in order. */
  steps: Record<string, string[]>;
  /** Lines of the log that belong to a resource: its name, then the text. */
  lines: string[];
  outputs: OutputMap;
}

/** A stack with an inline program on a file backend of its own. */
export class TestStack {
  /** May be changed between runs. */
  program: PulumiFn = async () => {};
  readonly folder: string;
  readonly stack: Stack;
  private readonly pulumi: string;

  private constructor(folder: string, stack: Stack, pulumi: string) {
    this.folder = folder;
    this.stack = stack;
    this.pulumi = pulumi;
  }

  static async open(engine: Engine, project = "test"): Promise<TestStack> {
    const folder = await mkdtemp(join(tmpdir(), "engine-test-"));
    let opened: TestStack | undefined;
    const program = async () => await opened?.program();
    const stack = await openStack({ stackName: "test", projectName: project, program }, folder, engine);
    opened = new TestStack(folder, stack, engine.pulumi);
    return opened;
  }

  preview(): Promise<Run> {
    return this.run(async (onEvent) => {
      await this.stack.preview({ onEvent });
      return {};
    });
  }

  /** @param say gets each line of the log that belongs to a resource, as it comes. */
  up(say?: (line: string) => void): Promise<Run> {
    return this.run(async (onEvent) => (await this.stack.up({ onEvent })).outputs, say);
  }

  /** What the state says was under way when an engine was killed. */
  async pending(): Promise<string[]> {
    const { deployment } = await this.stack.exportStack();
    const operations: { type: string; resource: StateOfResource }[] = deployment.pending_operations ?? [];
    return operations.map(({ type, resource }) => `${type} ${nameOf(resource.urn)}`);
  }

  /** The run of an `up` that fails, and what it failed with. */
  async failingUp(): Promise<{ run: Run; message: string }> {
    let message: string | undefined;
    const run = await this.run(async (onEvent) => {
      await this.stack.up({ onEvent }).catch((error: Error) => {
        message = error.message;
      });
      return {};
    });
    if (message === undefined) throw new Error("the update was expected to fail and did not");
    return { run, message };
  }

  killEngine(): void {
    killStartedHere(this.pulumi);
  }

  /** What the state says about each resource, by name. */
  async state(): Promise<Record<string, StateOfResource>> {
    const { deployment } = await this.stack.exportStack();
    const resources: StateOfResource[] = deployment.resources ?? [];
    return Object.fromEntries(resources.map((resource) => [nameOf(resource.urn), resource]));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async run(
    act: (onEvent: (event: EngineEvent) => void) => Promise<OutputMap>,
    say: (line: string) => void = () => {},
  ): Promise<Run> {
    const steps: Record<string, string[]> = {};
    const lines: string[] = [];
    const outputs = await act((event) => {
      const step = event.resourcePreEvent?.metadata;
      if (step && step.type !== "pulumi:pulumi:Stack") {
        steps[nameOf(step.urn)] ??= [];
        steps[nameOf(step.urn)]?.push(step.op);
      }
      const said = event.diagnosticEvent;
      if (!said?.urn) return;
      const line = `${nameOf(said.urn)}: ${said.message.replaceAll(/<\{%.*?%\}>/g, "").trimEnd()}`;
      lines.push(line);
      say(line);
    });
    return { steps, lines, outputs };
  }
}

interface StateOfResource {
  urn: string;
  pendingReplacement?: boolean;
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
