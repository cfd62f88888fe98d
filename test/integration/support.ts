import { copyFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "vitest";
import { type Answer, answerSchema } from "../../cli/answers.ts";
import { besideClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import { SNAPSHOT_FOLDER } from "../../cluster/snapshot/proof.ts";
import { clusterUp, kubectl, type LabCluster, onEveryNode, saveSnapshot } from "../../lab/cluster/cluster.ts";
import type { RancherForm } from "../../lab/cluster/rancherManifest.ts";
import { freshRancher, namespaces } from "../../lab/cluster/users.ts";
import { type Engine, getEngine } from "../../lab/engine/engine.ts";
import { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import { type Config, type EngineRun, labConfig, RollbackStack } from "../../lab/rehearsals/rollbackStack.ts";
import { eventSchema, type RunEvent } from "../../run/events.ts";
import { afterwards, tempFolder } from "../support/folder.ts";

export const PRIOR = "v2.5.8";

const say = (line: string) => console.log(line);

/** A cluster of the lab with a healthy Rancher, by default at the prior version, whatever the test before has left. */
export async function healthyCluster(
  name = "a",
  { version = PRIOR, form }: { version?: string; form?: RancherForm } = {},
): Promise<{ cluster: LabCluster; engine: Engine }> {
  const engine = await getEngine(say);
  const cluster = await clusterUp(name, say);
  await freshRancher(cluster, version, say, form);
  return { cluster, engine };
}

/** What a scene is made with. */
interface SceneOptions {
  /** Settings beside the lab's own. */
  config?: Config;
  /** Whether the settings confirm the loss of data, by default they do. */
  isConfirmed?: boolean;
  /** What happens to the cluster right before the snapshot and after it, by default a mark each, `before` and `after`. */
  before?: (cluster: LabCluster) => Promise<void>;
  after?: (cluster: LabCluster) => Promise<void>;
}

/**
 * What a rollback in the lab begins with: a healthy cluster, a snapshot of it, and the stack `test` that restores it. All but
 * the cluster is removed afterwards.
 */
export class Scene {
  readonly folder = tempFolder();
  readonly snapshot: string;
  private cluster: LabCluster | undefined;

  constructor(name: string) {
    this.snapshot = `${name}-${process.pid}`;
    afterwards(() => this.remove());
  }

  /** Takes minutes. */
  async prepare({
    config = {},
    isConfirmed = true,
    before = async (cluster) => await mark(cluster, "before"),
    after = async (cluster) => await mark(cluster, "after"),
  }: SceneOptions = {}): Promise<{ cluster: LabCluster; engine: Engine; stack: RollbackStack; rollback: CommandLine }> {
    const { cluster, engine } = await healthyCluster();
    this.cluster = cluster;
    const stack = await RollbackStack.open("test", this.folder, engine);
    const { acceptDataLossOf, ...unconfirmed } = labConfig(cluster, this.snapshot, PRIOR);
    await stack.configure({ ...unconfirmed, ...(isConfirmed && { acceptDataLossOf }), ...config });
    await removeMarks(cluster);
    await before(cluster);
    await saveSnapshot(cluster, this.snapshot, say);
    await after(cluster);
    return { cluster, engine, stack, rollback: new CommandLine("test", this.folder, engine) };
  }

  private async remove(): Promise<void> {
    const { cluster } = this;
    if (!cluster) return;
    await removeMarks(cluster);
    await onEveryNode(cluster, `rm -f ${SNAPSHOT_FOLDER}/${this.snapshot}*`);
  }
}

/** A mark in the cluster: a namespace that says when it was made. */
export async function mark(cluster: LabCluster, name: string): Promise<void> {
  await kubectl(cluster, ["create", "namespace", `mark-${name}`]);
}

/** The marks that are there, sorted. */
export async function marks(cluster: LabCluster): Promise<string[]> {
  return (await namespaces(cluster, /^mark-/)).map((name) => name.slice("mark-".length));
}

export async function removeMarks(cluster: LabCluster): Promise<void> {
  const names = (await marks(cluster)).map((name) => `mark-${name}`);
  if (names.length > 0) await kubectl(cluster, ["delete", "namespace", ...names]);
}

/** What another machine has of a cluster: its file and RKE's, and nothing of this program's. @returns the path of its cluster file. */
export function folderElsewhere({ clusterFile }: LabCluster): string {
  const folder = tempFolder();
  const { kubeconfig, stateFile } = besideClusterFile(clusterFile);
  for (const path of [clusterFile, kubeconfig, stateFile]) copyFileSync(path, join(folder, basename(path)));
  return join(folder, basename(clusterFile));
}

/** When each node's etcd container was made, which a restore changes and nothing else does. */
export async function etcdCreated(cluster: LabCluster): Promise<string[]> {
  return await printedOn(cluster, "docker inspect --format '{{.Created}}' etcd");
}

/** The nodes that carry a lock. */
export async function lockedNodes(cluster: LabCluster): Promise<string[]> {
  const asked = await onEveryNode(cluster, "cat /opt/rke/rancher-rollback/lock");
  return cluster.nodes.map(({ name }) => name).filter((_, at) => asked[at]?.code === 0);
}

/** What a command prints on each node. */
export async function printedOn(cluster: LabCluster, command: string): Promise<string[]> {
  return (await onEveryNode(cluster, command)).map(({ stdout }) => stdout.trim());
}

/** The steps that were run, of those there are. */
export function ran({ operations }: EngineRun): string[] {
  return Object.entries(operations)
    .filter(([, operation]) => operation !== "same")
    .map(([name]) => name)
    .sort();
}

/** Every step of a rollback without replacement nodes, sorted. */
export function wholeRollback(): string[] {
  return [
    ...["lock", "preflight", "safety-copy", "etcd-restore", "rke-up", "restart"],
    ...["rancher-image-api", "verification", "rke-up-last", "unlock"],
  ].sort();
}

/** The message of what `work` throws. */
export async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as Error).message;
  }
  return expect.fail("it was expected to fail, and did not");
}

/** What a command has printed with --json, as the schema says. */
export function answerOf<C extends Answer["command"]>(
  { stdout }: { stdout: string },
  command: C,
): Extract<Answer, { command: C }> {
  const answered = answerSchema.parse(JSON.parse(stdout));
  expect(answered.command).toBe(command);
  return answered as Extract<Answer, { command: C }>;
}

/** What a run has told with --json, every line as the schema says. */
export function eventsOf(stdout: string): RunEvent[] {
  const lines = stdout.trim().split("\n");
  return lines.map((line) => eventSchema.parse(JSON.parse(line)));
}

/** How a run of these events has ended. */
export function endOf(events: RunEvent[]): Extract<RunEvent, { event: "run-ended" }> {
  const end = events.at(-1);
  if (end?.event === "run-ended") return end;
  return expect.fail(`the run has not ended: ${JSON.stringify(end)}`);
}
