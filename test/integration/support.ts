import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type Answer, answerSchema } from "../../cli/answers.ts";
import { SNAPSHOT_FOLDER } from "../../cluster/snapshot/proof.ts";
import { clusterUp, kubectl, type LabCluster, saveSnapshot, ssh } from "../../lab/cluster/cluster.ts";
import type { RancherForm } from "../../lab/cluster/rancherManifest.ts";
import { freshRancher } from "../../lab/cluster/users.ts";
import { type Engine, getEngine } from "../../lab/engine/engine.ts";
import { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import { type Config, type EngineRun, labConfig, RollbackStack } from "../../lab/rehearsals/rollbackStack.ts";

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

/** A folder for a stack's state, removed by `remove`. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "rancher-rollback-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export async function openStack(folder: string, engine: Engine, name = "test"): Promise<RollbackStack> {
  return await RollbackStack.open(name, folder, engine);
}

/** What a scene is made with. */
interface SceneOptions {
  /** The lab's cluster, by default a. */
  cluster?: string;
  /** Settings beside the lab's own. */
  config?: Config;
  /** Whether the settings confirm the loss of data, by default they do. */
  isConfirmed?: boolean;
  /** What happens to the cluster right before the snapshot and after it, by default a mark each, `before` and `after`. */
  before?: (cluster: LabCluster) => Promise<void>;
  after?: (cluster: LabCluster) => Promise<void>;
}

/** What a rollback in the lab begins with: a healthy cluster, a snapshot of it, and the stack `test` that restores it. */
export class Scene {
  readonly folder = temporaryFolder();
  readonly snapshot: string;
  private cluster: LabCluster | undefined;

  constructor(name: string) {
    this.snapshot = `${name}-${process.pid}`;
  }

  /** Takes minutes. */
  async prepare({
    cluster: name = "a",
    config = {},
    isConfirmed = true,
    before = async (cluster) => await mark(cluster, "before"),
    after = async (cluster) => await mark(cluster, "after"),
  }: SceneOptions = {}): Promise<{ cluster: LabCluster; engine: Engine; stack: RollbackStack; rollback: CommandLine }> {
    const { cluster, engine } = await healthyCluster(name);
    this.cluster = cluster;
    const stack = await openStack(this.folder.path, engine);
    const { acceptDataLossOf, ...unconfirmed } = labConfig(cluster, this.snapshot, PRIOR);
    await stack.configure({ ...unconfirmed, ...(isConfirmed && { acceptDataLossOf }), ...config });
    await removeMarks(cluster);
    await before(cluster);
    await saveSnapshot(cluster, this.snapshot, say);
    await after(cluster);
    return { cluster, engine, stack, rollback: new CommandLine("test", this.folder.path, engine) };
  }

  /** Leaves nothing but the cluster. */
  async remove(): Promise<void> {
    this.folder.remove();
    const { cluster } = this;
    if (!cluster) return;
    await removeMarks(cluster);
    for (const { name } of cluster.nodes) await ssh(cluster, name, `rm -f ${SNAPSHOT_FOLDER}/${this.snapshot}*`);
  }
}

/** A mark in the cluster: a namespace that says when it was made. */
export async function mark(cluster: LabCluster, name: string): Promise<void> {
  await kubectl(cluster, ["create", "namespace", `mark-${name}`]);
}

/** The marks that are there, sorted. */
export async function marks(cluster: LabCluster): Promise<string[]> {
  const names = await kubectl(cluster, ["get", "namespaces", "-o", "jsonpath={.items[*].metadata.name}"]);
  return names
    .split(/\s+/)
    .filter((name) => name.startsWith("mark-"))
    .map((name) => name.slice("mark-".length))
    .sort();
}

export async function removeMarks(cluster: LabCluster): Promise<void> {
  const names = (await marks(cluster)).map((name) => `mark-${name}`);
  if (names.length > 0) await kubectl(cluster, ["delete", "namespace", ...names]);
}

/** When each node's etcd container was made, which a restore changes and nothing else does. */
export async function etcdCreated(cluster: LabCluster): Promise<string[]> {
  const asked = cluster.nodes.map(({ name }) => ssh(cluster, name, "docker inspect --format '{{.Created}}' etcd"));
  return (await Promise.all(asked)).map(({ stdout }) => stdout.trim());
}

/** The nodes that carry a lock. */
export async function lockedNodes(cluster: LabCluster): Promise<string[]> {
  const asked = await Promise.all(
    cluster.nodes.map(async ({ name }) => [
      name,
      (await ssh(cluster, name, "cat /opt/rke/rancher-rollback/lock")).code,
    ]),
  );
  return asked.flatMap(([name, code]) => (code === 0 ? [String(name)] : []));
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
