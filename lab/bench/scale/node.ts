import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { attempt, type CommandResult } from "../../machine/process.ts";

/** Of the nodes of a cluster the first three are `server`: etcd and the control plane; the others are workers. */
type NodeRole = "server" | "worker";
export const SERVERS = 3;

export interface SimulatedNode {
  name: string;
  address: string;
  role: NodeRole;
}

/** How long a node takes for any answer, ms: less than a real one, and the same for all. */
export const ANSWER_MS = 100;

/** What the folder of a role holds in the place of these of a node; a member of a snapshot's zip has such a path, too. */
const FOLDERS = /\/(opt\/rke|etc\/kubernetes(?!\/\$name)|var\/lib\/etcd)(?![\w-])/g;

/** Answers the product's scripts on simulated nodes, in a folder of files that their shells see as a node's. */
export class NodeShell {
  private readonly folder: string;
  /** What each script has printed, by role and text: nodes of one role differ in nothing but time. */
  private readonly printed = new Map<string, Promise<CommandResult>>();
  /** When containers have started that did not start with their node, ms since 1970, by address. */
  private readonly started = new Map<string, Map<string, number>>();
  /** When all containers of a node have started that were not restarted, ms since 1970, by name. */
  private startOf: (container: string) => number = () => Date.now();
  private running = 0;
  /** The most commands that were answered at once. */
  most = 0;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(join(folder, "bin"), { recursive: true });
    for (const program of ["docker", "date"]) this.install(program, join(import.meta.dirname, `${program}.sh`));
    // Whoever runs the benchmark need not be root, and asks nobody to be: the files are the user's own.
    const sudo = join(folder, "sudo.sh");
    writeFileSync(sudo, '#!/bin/sh\nshift\nexec "$@"\n');
    this.install("sudo", sudo);
  }

  /** Where the files of a role lie. */
  rootOf(role: NodeRole): string {
    return join(this.folder, role);
  }

  /** All containers are as they were at first; `startOf` says when each of them started, ms since 1970. */
  reset(startOf: (container: string) => number): void {
    this.started.clear();
    this.startOf = startOf;
    this.most = 0;
  }

  async answer({ address, role }: Pick<SimulatedNode, "address" | "role">, command: string, input: string) {
    // What opens a connection that is shared.
    if (command === "exit") return { code: 0, stdout: "", stderr: "" };
    if (command !== "sh -s") return { code: 127, stdout: "", stderr: `simulated nodes run no ${command}\n` };
    this.most = Math.max(this.most, ++this.running);
    const key = `${role} ${input}`;
    const printing = this.printed.get(key) ?? this.run(role, input);
    this.printed.set(key, printing);
    const [{ code, stdout, stderr }] = await Promise.all([printing, sleep(ANSWER_MS)]);
    this.running--;
    const own = this.started.get(address) ?? new Map<string, number>();
    this.started.set(address, own);
    for (const name of restartedIn(stdout)) own.set(name, Date.now());
    return { code, stdout: filled(stdout, (name) => own.get(name) ?? this.startOf(name), Date.now()), stderr };
  }

  private install(program: string, from: string): void {
    const path = join(this.folder, "bin", program);
    copyFileSync(from, path);
    chmodSync(path, 0o755);
  }

  private async run(role: NodeRole, script: string): Promise<CommandResult> {
    const text = script.replaceAll(FOLDERS, `${this.rootOf(role)}$&`);
    const env = { ...process.env, role, PATH: `${join(this.folder, "bin")}:${process.env.PATH}` };
    return await attempt("sh", ["-s"], { env, input: text });
  }
}

/** The containers that a script says to have restarted, or stopped so that kubelet starts them anew. */
function restartedIn(printed: string): string[] {
  return [...printed.matchAll(/^(?:restarted|stopped) \/?(\S+)$/gm)].map(([, name = ""]) => name);
}

/** What docker.sh and date.sh leave open: when a container has started, and what time it is; ms since 1970. */
function filled(printed: string, startOf: (container: string) => number, now: number): string {
  return printed
    .replaceAll(/@started:(\S+?)@/g, (_, name: string) => new Date(startOf(name)).toISOString())
    .replaceAll(/@now:(.*?)@/g, (_, format: string) =>
      format === "+%s" ? String(Math.floor(now / 1000)) : new Date(now).toISOString().replace(/\.\d+Z$/, "Z"),
    );
}
