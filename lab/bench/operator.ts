import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabCluster } from "../cluster/cluster.ts";
import { labToken } from "../cluster/rancherApi.ts";
import { sshOptions } from "../cluster/ssh.ts";
import { folders } from "../machine/folders.ts";
import { Problem } from "../machine/problem.ts";
import { attempt, run } from "../machine/process.ts";
import { PRIOR } from "../rehearsals/failedUpgrade.ts";
import { secondsSince, type Timed } from "./measure.ts";
import { AnnouncedSteps } from "./steps.ts";

const ANSIBLE = "2.19.14";
/** Neither takes longer than 4 minutes where nothing is wrong. */
const TIMEOUT_MS = 15 * 60_000;

/** The runbook by hand: a script that does one thing after the other. */
export async function byHand(cluster: LabCluster, snapshot: string, began: number): Promise<Timed> {
  const env = {
    ...process.env,
    RKE: cluster.rke,
    KUBECTL: cluster.kubectl,
    FOLDER: cluster.dir,
    SNAPSHOT: snapshot,
    VERSION: PRIOR,
    NODES: cluster.nodes.map(({ name }) => name).join(" "),
    SSH_CONFIG: sshConfigFile(cluster),
    URL: cluster.rancherUrl,
    CA: cluster.rancherCaFile,
    TOKEN: labToken,
  };
  const command = ["sh", join(import.meta.dirname, "byHand.sh")];
  return await followed(cluster, command, env, /^step: (.*)$/, began);
}

/** Gets Ansible into a folder of its own, unless it is there. @throws Problem where it cannot be had. */
export async function getAnsible(): Promise<string> {
  const folder = join(folders.cache, "bench", `ansible-core-${ANSIBLE}`);
  const program = join(folder, "bin/ansible-playbook");
  const isThere = await attempt(program, ["--version"], { env: ansibleEnv() }).catch(() => undefined);
  if (isThere?.code === 0) return program;
  await run("python3", ["-m", "venv", "--clear", folder], { timeout: 2 * 60_000 });
  const install = ["install", "--quiet", "--disable-pip-version-check", `ansible-core==${ANSIBLE}`];
  await run(join(folder, "bin/pip"), install, { timeout: 5 * 60_000 });
  await run(program, ["--version"], { env: ansibleEnv() });
  return program;
}

export const ANSIBLE_VERSION = `ansible-core ${ANSIBLE}`;

/** The runbook as a playbook, all nodes side by side. */
export async function byAnsible(program: string, cluster: LabCluster, snapshot: string, began: number): Promise<Timed> {
  const { inventory, variables } = ansibleFiles(cluster, snapshot);
  const playbook = join(import.meta.dirname, "playbook.yml");
  const command = [program, "--inventory", inventory, "--extra-vars", `@${variables}`, playbook];
  return await followed(cluster, command, ansibleEnv(), /^TASK \[(.*?)\]/, began);
}

export function ansibleFiles(cluster: LabCluster, snapshot: string): { inventory: string; variables: string } {
  const [inventory, variables] = [join(benchFolder(cluster), "inventory.ini"), join(benchFolder(cluster), "vars.json")];
  const ssh = `ansible_ssh_common_args='-F ${sshConfigFile(cluster)}'`;
  const hosts = cluster.nodes.map(({ name }) => name).join("\n");
  writeFileSync(inventory, `[nodes]\n${hosts}\n[nodes:vars]\n${ssh}\n`);
  const { rke, kubectl, dir: folder, rancherUrl: url, rancherCaFile: ca } = cluster;
  writeFileSync(variables, JSON.stringify({ rke, kubectl, folder, snapshot, version: PRIOR, url, ca }));
  return { inventory, variables };
}

function ansibleEnv(): NodeJS.ProcessEnv {
  const own = { ANSIBLE_NOCOLOR: "1", PYTHONUNBUFFERED: "1", LC_ALL: "C.UTF-8" };
  return { ...process.env, ...own, TOKEN: labToken };
}

/** An operator's ~/.ssh/config for the nodes: by their names, with the lab's key. */
function sshConfigFile(cluster: LabCluster): string {
  const file = join(benchFolder(cluster), "ssh_config");
  const hosts = cluster.nodes.map(({ name, address, user }) => `Host ${name}\n  HostName ${address}\n  User ${user}\n`);
  writeFileSync(file, `${hosts.join("")}Host *\n${sshOptions.map((option) => `  ${option}\n`).join("")}`);
  return file;
}

function benchFolder(cluster: LabCluster): string {
  const folder = join(cluster.dir, "bench");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Runs a command whose end is the confirmation; its output goes to operator.log beside the cluster file. */
async function followed(
  cluster: LabCluster,
  [command = "", ...args]: string[],
  env: NodeJS.ProcessEnv,
  announcement: RegExp,
  began: number,
): Promise<Timed> {
  const steps = new AnnouncedSteps(announcement);
  const log = join(cluster.dir, "operator.log");
  const last: string[] = [];
  const errors: string[] = [];
  const onLine = (line: string) => {
    steps.line(line, secondsSince(began));
    appendFileSync(log, `${secondsSince(began).toFixed(1)} ${line}\n`);
    for (const kept of /\b(fatal|error)\b/i.test(line) ? [last, errors] : [last]) {
      if (kept.push(line) > 3) kept.shift();
    }
  };
  appendFileSync(log, `--- ${command}, ${new Date(began).toISOString()}\n`);
  const { code } = await attempt(command, args, { env, cwd: cluster.dir, timeout: TIMEOUT_MS, onLine });
  const whole = secondsSince(began);
  const done = steps.end(whole);
  if (code === 0) return { total: whole, whole, steps: done };
  // Ansible ends with a table that says nothing about it.
  const said = errors.length > 0 ? errors : last;
  throw new Problem(`"${done.at(-1)?.title ?? command}" ended with exit code ${code}: ${said.join(" ").slice(-600)}`);
}
