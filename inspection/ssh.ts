import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterNode, Login } from "../rke/clusterFile.ts";
import { shellCommand } from "../rke/shell.ts";

/** Which host keys are trusted (design law 10). */
export interface HostKeyPolicy {
  /** A known_hosts file; undefined means the operator's own files. */
  knownHostsFile?: string;
  /** Take a host key that is not known yet and remember it. A changed key is refused all the same. */
  allowUnknown: boolean;
}

export interface SshArgs {
  node: ClusterNode;
  /** A POSIX shell script; it travels on standard input, so nothing of it is ever quoted. */
  script: string;
  hostKeys: HostKeyPolicy;
  timeoutSeconds: number;
  /** Called for each line the script writes to standard error. */
  say?: (line: string) => void;
}

/** A node that could not be asked, in words an operator can act on. */
export class SshError extends Error {
  readonly node: string;
  /** What to type to mend it. */
  readonly next: string;
  constructor(node: ClusterNode, happened: string, next: string) {
    super(`${node.name} (${node.address}): ${happened}`);
    this.node = node.name;
    this.next = next;
  }
}

/**
 * Runs a script on a node through the operator's own OpenSSH, so that agents, hardware keys and `~/.ssh/config` work
 * as they do by hand. Standard output is returned whole.
 * @throws SshError when the node cannot be reached, is not trusted, times out, or the script fails.
 */
export async function ssh({ node, script, hostKeys, timeoutSeconds, say }: SshArgs): Promise<string> {
  const keys = new KeyFiles();
  try {
    const args = [...sshOptions(node, hostKeys, keys), `${node.user}@${node.address}`, "sh -s"];
    const { code, stdout, stderr } = await run(args, script, timeoutSeconds, say);
    if (code === 0) return stdout;
    throw explain(node, code, stderr, timeoutSeconds);
  } finally {
    keys.remove();
  }
}

/** The options of `ssh` for a node: never a prompt, never a hang, host keys as the policy says. */
export function sshOptions(node: ClusterNode, hostKeys: HostKeyPolicy, keys: KeyFiles): string[] {
  const { bastion } = node;
  const common = [
    "-oBatchMode=yes",
    "-oConnectTimeout=10",
    "-oServerAliveInterval=5",
    "-oServerAliveCountMax=6",
    "-oLogLevel=ERROR",
    `-oStrictHostKeyChecking=${hostKeys.allowUnknown ? "accept-new" : "yes"}`,
    ...(hostKeys.knownHostsFile ? [`-oUserKnownHostsFile=${hostKeys.knownHostsFile}`] : []),
  ];
  const jump = bastion && [
    "ssh",
    ...common,
    ...loginOptions(bastion, keys),
    "-W",
    "%h:%p",
    `${bastion.user}@${bastion.address}`,
  ];
  return [...common, ...(jump ? [`-oProxyCommand=${shellCommand(jump)}`] : []), ...loginOptions(node, keys)];
}

/** Private keys that a cluster file carries inline, as files that only this user can read, for as long as they are needed. */
export class KeyFiles {
  private folder: string | undefined;
  private count = 0;

  write(key: string): string {
    this.folder ??= mkdtempSync(join(tmpdir(), "rancher-rollback-"));
    const path = join(this.folder, `key${this.count++}`);
    writeFileSync(path, key.endsWith("\n") ? key : `${key}\n`, { mode: 0o600 });
    return path;
  }

  remove(): void {
    if (this.folder) rmSync(this.folder, { recursive: true, force: true });
  }
}

function loginOptions({ port, key, keyPath }: Login, keys: KeyFiles): string[] {
  const path = key ? keys.write(key) : keyPath;
  return [`-p${port}`, ...(path ? ["-oIdentitiesOnly=yes", "-i", path] : [])];
}

interface Ended {
  /** undefined: it was stopped for taking too long. */
  code: number | null | undefined;
  stdout: string;
  stderr: string;
}

function run(args: string[], script: string, timeoutSeconds: number, say?: (line: string) => void): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn("ssh", args, { stdio: "pipe" });
    let [stdout, stderr, timedOut] = ["", "", false];
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, timeoutSeconds * 1000);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      for (const line of text.split("\n").filter(Boolean)) say?.(line);
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code: timedOut ? undefined : code, stdout, stderr });
    });
    // A node that hangs up early is reported by its exit code, not by a broken pipe.
    child.stdin.on("error", () => {});
    child.stdin.end(script);
  });
}

function explain(node: ClusterNode, code: number | null | undefined, stderr: string, timeoutSeconds: number): SshError {
  const said = stderr.trim().split("\n").filter(Boolean).at(-1) ?? "nothing";
  const login = `ssh -p ${node.port} ${node.user}@${node.address}`;
  if (code === undefined) {
    return new SshError(node, `did not answer within ${timeoutSeconds} s`, `look at the node: ${login}`);
  }
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(stderr)) {
    return new SshError(
      node,
      "shows another host key than the known one",
      `if the node was rebuilt on purpose: ssh-keygen -R ${node.address}; else find out who answers there`,
    );
  }
  if (/Host key verification failed/.test(stderr)) {
    return new SshError(
      node,
      "has a host key that is not known here",
      `log in once and compare its fingerprint: ${login}; or: pulumi config set allowUnknownHostKeys true`,
    );
  }
  if (code === 255) return new SshError(node, `cannot be reached over SSH: ${said}`, `look at the node: ${login}`);
  return new SshError(node, `a command failed with exit code ${code}: ${said}`, `look at the node: ${login}`);
}
