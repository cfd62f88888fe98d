import { cpSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { type LabCluster, ssh } from "../cluster/cluster.ts";
import type { Engine } from "../engine/engine.ts";
import { folders } from "../machine/folders.ts";
import { attempt, run } from "../machine/process.ts";
import { BROKEN, PRIOR } from "../rehearsals/failedUpgrade.ts";
import type { Results } from "./results.ts";
import { WORKING } from "./startState.ts";

const PROJECT = join(import.meta.dirname, "../..");

export function load(): number {
  return loadavg()[0] ?? 0;
}

export async function commitOf(): Promise<Results["commit"]> {
  const git = (...words: string[]) => run("git", ["-C", PROJECT, ...words]);
  return { id: (await git("rev-parse", "HEAD")).trim(), changed: (await git("status", "--porcelain")).trim() !== "" };
}

export function machine(): Results["machine"] {
  const [, system = "Linux"] = /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync("/etc/os-release", "utf8")) ?? [];
  return {
    processor: cpus()[0]?.model.trim() || "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system,
    kernel: release(),
  };
}

export function productVersion(): string {
  return (JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as { version: string }).version;
}

/** Of all that takes part, as far as it says so itself. */
export async function versions(cluster: LabCluster, engine: Engine): Promise<Record<string, string>> {
  const [node = { name: "" }] = cluster.nodes;
  const onNode = async (command: string) => (await ssh(cluster, node.name, command)).stdout;
  const [rke, etcd, docker, pulumi] = await Promise.all([
    attempt(cluster.rke, ["--version"]).then(({ stdout }) => stdout),
    onNode("docker exec etcd etcd --version"),
    onNode("docker version --format '{{.Server.Version}}'"),
    attempt(engine.pulumi, ["version"], { env: { ...process.env, ...engine.env } }).then(({ stdout }) => stdout),
  ]);
  const [, kubernetes] = /^kubernetes_version: (.+)$/m.exec(readFileSync(cluster.clusterFile, "utf8")) ?? [];
  const found = {
    "rancher-rollback": productVersion(),
    RKE: /v\d\S*/.exec(rke)?.[0],
    Kubernetes: kubernetes,
    etcd: /etcd Version: (\S+)/.exec(etcd)?.[1],
    Docker: docker.trim(),
    "Rancher before": PRIOR,
    "Rancher failed": BROKEN,
    "Rancher working": WORKING,
    Pulumi: `${/v?\d\S*/.exec(pulumi)?.[0]} (${engine.cliFrom})`,
    ...Object.fromEntries(Object.entries(engine.pluginsFrom).map(([name, from]) => [`Pulumi plugin ${name}`, from])),
    Node: process.version,
  };
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

/** Without the names of folders on this machine. */
export function neutral(text: string): string {
  return text.replaceAll(folders.cache, "LAB").replaceAll(PROJECT, ".");
}

/** Keeps what is beside the cluster file, logs and records of runs, before the cluster is rebuilt. @returns where. */
export function keepTraces(cluster: LabCluster, name: string): string {
  const kept = join(folders.cache, "bench", "failed", name);
  rmSync(kept, { recursive: true, force: true });
  cpSync(cluster.dir, kept, { recursive: true });
  return kept;
}
