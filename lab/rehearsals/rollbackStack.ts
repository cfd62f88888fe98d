import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type EngineEvent,
  type InlineProgramArgs,
  LocalWorkspace,
  type OutputMap,
  type ProjectSettings,
  PulumiCommand,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { parse } from "yaml";
import type { RollbackPlan } from "../../plan/plan.ts";
import { program } from "../../program.ts";
import type { LabCluster } from "../cluster/cluster.ts";
import { type Engine, environmentOf } from "../engine/engine.ts";

/** What one preview or update did, as the engine reported it. */
export interface EngineRun {
  /** What happens to each custom resource, by name: create, update, replace or same. */
  operations: Record<string, string>;
  announced: RollbackPlan | undefined;
  outputs: OutputMap;
}

/** Settings as they are in a stack's file; `{ secret }` is one that is encrypted. */
export type Config = { [key: string]: ConfigValue };
type ConfigValue = string | string[] | { secret: string } | Record<string, string | string[]>[];

/** The program as a stack against a cluster of the lab, driven as a pipeline drives it. */
export class RollbackStack {
  private readonly stack: Stack;
  private announced: RollbackPlan | undefined;
  private constructor(stack: Stack) {
    this.stack = stack;
  }

  /** Opens the stack `name` on a file backend in `folder`. */
  static async open(name: string, folder: string, engine: Engine): Promise<RollbackStack> {
    let opened: RollbackStack | undefined;
    const onPlan = (plan: RollbackPlan) => {
      if (opened) opened.announced = plan;
    };
    const { name: projectName, config } = parse(readFileSync(join(import.meta.dirname, "../../Pulumi.yaml"), "utf8"));
    const inline = { stackName: name, projectName, program: async () => program({ onPlan }) };
    opened = new RollbackStack(await openStack(inline, folder, engine, { config }));
    return opened;
  }

  async configure(config: Config): Promise<void> {
    const entries = Object.entries(config).flatMap(([key, value]) => configPaths(key, value));
    await this.stack.setAllConfig(Object.fromEntries(entries), true);
  }

  preview(): Promise<EngineRun> {
    return this.run(async (options) => {
      await this.stack.preview(options);
      return {};
    });
  }

  /** @throws the engine's error, with the failed step's own words in it. */
  up(say: (line: string) => void = () => {}): Promise<EngineRun> {
    return this.run(async (options) => (await this.stack.up(options)).outputs, say);
  }

  async destroy(): Promise<void> {
    await this.stack.destroy();
  }

  /** Lifts the lock that a killed update leaves behind. */
  async cancel(): Promise<void> {
    await this.stack.cancel();
  }

  private async run(
    act: (options: { onEvent: (event: EngineEvent) => void }) => Promise<OutputMap>,
    say: (line: string) => void = () => {},
  ): Promise<EngineRun> {
    const operations: Record<string, string> = {};
    this.announced = undefined;
    const outputs = await act({
      onEvent: (event) => {
        noteOperation(event, operations);
        for (const line of linesOf(event)) say(line);
      },
    });
    return { operations, announced: this.announced, outputs };
  }
}

/** Opens a stack with an inline program on a file backend in `folder`, which is made if it is not there. */
export async function openStack(
  inline: InlineProgramArgs,
  folder: string,
  engine: Engine,
  settings: Partial<ProjectSettings> = {},
): Promise<Stack> {
  mkdirSync(folder, { recursive: true });
  return await LocalWorkspace.createOrSelectStack(inline, {
    workDir: folder,
    pulumiCommand: await PulumiCommand.get({ root: dirname(dirname(engine.pulumi)) }),
    envVars: environmentOf(engine, folder),
    projectSettings: { name: inline.projectName, runtime: "nodejs", ...settings },
  });
}

/** The settings that roll a lab cluster back, by RKE's own restore. */
export function labConfig(cluster: LabCluster, snapshot: string, rancherVersion: string): Config {
  return { ...accessConfig(cluster), snapshot, acceptDataLossOf: snapshot, rancherVersion, restoreWith: "rke" };
}

export function accessConfig(cluster: LabCluster): Config {
  return {
    clusterFile: cluster.clusterFile,
    rancherUrl: cluster.rancherUrl,
    rancherCaFile: cluster.rancherCaFile,
    rkePath: cluster.rke,
    knownHostsFile: cluster.knownHosts,
  };
}

/** The paths by which `pulumi config set --path` knows the parts of a value. */
function configPaths(path: string, value: unknown): [path: string, value: { value: string; secret?: boolean }][] {
  if (typeof value === "string") return [[path, { value }]];
  if (Array.isArray(value)) return value.flatMap((item, at) => configPaths(`${path}[${at}]`, item));
  const parts = value as Record<string, unknown>;
  if (typeof parts.secret === "string") return [[path, { value: parts.secret, secret: true }]];
  return Object.entries(parts).flatMap(([key, part]) => configPaths(`${path}.${key}`, part));
}

function noteOperation(event: EngineEvent, operations: Record<string, string>): void {
  const step = event.resourcePreEvent?.metadata;
  if (!step || step.type.startsWith("rancher-rollback:") || step.type.startsWith("pulumi:")) return;
  const name = step.urn.split("::").at(-1) ?? step.urn;
  // The engine reports a replacement as three steps.
  operations[name] = /replace/.test(step.op) ? "replace" : step.op;
}

function linesOf(event: EngineEvent): string[] {
  const said = event.diagnosticEvent;
  // The SDK's own debug messages come along, which its types do not say.
  if (!said || !["info", "warning", "error"].includes(said.severity)) return [];
  const name = said.urn?.split("::").at(-1) ?? "";
  return said.message
    .replaceAll(/<\{%.*?%\}>/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => `${name.padEnd(18)} ${line}`);
}
