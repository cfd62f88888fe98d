import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  clusterDown,
  clusterUp,
  deployRancher,
  existingCluster,
  type LabCluster,
  labDown,
  Problem,
  rancherVersion,
  startNode,
  stopNode,
} from "./cluster/cluster.ts";
import type { RancherForm } from "./cluster/rancherManifest.ts";
import { sshArguments } from "./cluster/ssh.ts";
import { status } from "./cluster/status.ts";
import { exitCodeOf } from "./machine/problem.ts";
import { printWithTime as progress } from "./machine/progress.ts";
import { purge } from "./machine/purge.ts";

const usage = `usage: npm run lab -- [--cluster NAME] COMMAND
  up                      build and start what is missing, until the cluster is healthy
  rancher [VERSION [chart]]  install Rancher at a version, as the RKE add-on or the Helm chart does, or say which answers
  status                  what runs, and how it is
  ssh NODE [COMMAND ...]  a shell, or one command, on a node
  kubectl ARGUMENT ...    kubectl on the cluster
  stop NODE | start NODE  pull a node's plug, switch it on again
  down [--purge]          remove everything that was started; with --purge what was built, too
NAME is a (three nodes, the default), b (one node), c (three nodes as unpleasant as the world) or d (what a
rehearsal with --from has left).`;

process.exitCode = await exitCodeOf(() => main(process.argv.slice(2)));

async function main(words: string[]): Promise<number> {
  const named = words[0] === "--cluster" ? words[1] : undefined;
  const [command, ...rest] = named ? words.slice(2) : words;
  const name = named ?? "a";
  const [first = "", ...others] = rest;
  switch (command) {
    case "up":
      return await up(name);
    case "status":
      return await status(console.log);
    case "rancher":
      return await rancher(await existingCluster(name), first, others[0] === "chart" ? "chart" : "add-on");
    case "ssh":
      return await shell(await existingCluster(name), first, others);
    case "kubectl":
      return await kubectl(await existingCluster(name), rest);
    case "stop":
      await stopNode(await existingCluster(name), first);
      return 0;
    case "start":
      await startNode(await existingCluster(name), first, progress);
      return 0;
    case "down":
      if (named) await clusterDown(named, progress);
      else await labDown(progress);
      if (first === "--purge") await purge(progress);
      return 0;
    default:
      console.error(usage);
      return command === "help" || command === "--help" ? 0 : 2;
  }
}

async function up(name: string): Promise<number> {
  const cluster = await clusterUp(name, progress);
  progress(`cluster ${name} is up: ${cluster.nodes.map((node) => `${node.name} ${node.address}`).join(", ")}`);
  console.log(`
  npm run lab -- rancher v2.5.8      install Rancher
  npm run lab -- kubectl get nodes   look at the cluster
  npm run lab -- ssh node1           go to a node
  npm run lab -- down                remove it all

  cluster file  ${cluster.clusterFile}
  kubeconfig    ${cluster.kubeconfig}
  rke           ${cluster.rke}`);
  return 0;
}

async function rancher(cluster: LabCluster, version: string, form: RancherForm): Promise<number> {
  if (version) await deployRancher(cluster, version, progress, form);
  const answer = await rancherVersion(cluster);
  console.log(
    answer ? `Rancher ${answer} answers on ${cluster.rancherUrl}` : `Rancher does not answer on ${cluster.rancherUrl}`,
  );
  return answer ? 0 : 1;
}

async function shell(cluster: LabCluster, name: string, command: string[]): Promise<number> {
  const node = cluster.nodes.find((member) => member.name === name || member.address === name);
  if (!node) throw new Problem(`name one of the nodes: ${cluster.nodes.map((member) => member.name).join(", ")}`);
  const terminal = command.length === 0 ? ["-t"] : [];
  return await foreground("ssh", [...terminal, ...sshArguments(node), ...command]);
}

function kubectl(cluster: LabCluster, args: string[]): Promise<number> {
  return foreground(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, ...args]);
}

async function foreground(command: string, args: string[]): Promise<number> {
  const child = spawn(command, args, { stdio: "inherit" });
  const [code] = await once(child, "exit");
  return code ?? 130;
}
