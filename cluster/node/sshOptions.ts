import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterNode, Login } from "../clusterFile/clusterFile.ts";
import { shellCommand } from "../shell.ts";

/** Which host keys are trusted (design law 10). */
export interface HostKeyPolicy {
  /** A known_hosts file; undefined means the operator's own files. */
  knownHostsFile?: string;
  /** Take a host key that is not known yet and remember it. A changed key is refused all the same. */
  allowUnknown: boolean;
}

/** The options of `ssh` for a node: never a prompt, never a hang, host keys as the policy says. */
export function sshOptions(node: ClusterNode, hostKeys: HostKeyPolicy, keys: KeyFiles): string[] {
  const { bastion } = node;
  const common = [
    "-oBatchMode=yes",
    // RKE knows no other: what logs in here logs in there.
    "-oPreferredAuthentications=publickey",
    "-oConnectTimeout=10",
    "-oServerAliveInterval=5",
    "-oServerAliveCountMax=6",
    "-oLogLevel=ERROR",
    `-oStrictHostKeyChecking=${hostKeys.allowUnknown ? "accept-new" : "yes"}`,
    ...knownHostsOption(hostKeys),
  ];
  // ssh replaces % in a proxy command; of ours only the node's address and port are meant so.
  const words = (list: string[]) => shellCommand(list).replaceAll("%", "%%");
  const jump = bastion && [
    words(["ssh", ...common, ...loginOptions(bastion, keys)]),
    "-W %h:%p",
    words(destination(bastion)),
  ];
  return [...common, ...(jump ? [`-oProxyCommand=${jump.join(" ")}`] : []), ...loginOptions(node, keys)];
}

/** Behind `--`, so that no user's name is read as an option. */
export function destination({ user, address }: Login): string[] {
  return ["--", `${user}@${address}`];
}

export function knownHostsOption({ knownHostsFile }: HostKeyPolicy): string[] {
  return knownHostsFile ? [fileOption("UserKnownHostsFile", knownHostsFile)] : [];
}

/** ssh splits the values of these options at spaces and replaces % in them. */
export function fileOption(name: string, path: string): string {
  const quoted = `"${path.replaceAll("%", "%%").replaceAll(/["\\]/g, "\\$&")}"`;
  return `-o${name}=${/^[\w./@+-]+$/.test(path) ? path : quoted}`;
}

/** Secrets that a cluster file contains inline, as files that only this user can read, for as long as they are needed. */
export class KeyFiles {
  private folder: string | undefined;
  private count = 0;

  write(secret: string): string {
    this.folder ??= mkdtempSync(join(tmpdir(), "rancher-rollback-"));
    const path = join(this.folder, `key${this.count++}`);
    writeFileSync(path, secret.endsWith("\n") ? secret : `${secret}\n`, { mode: 0o600 });
    return path;
  }

  remove(): void {
    if (this.folder) rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Offers what RKE would: the agent's keys alone, or one key and its certificate without the agent (RKE v1.8.0
 * hosts/dialer.go). Keys that `~/.ssh/config` names come in addition.
 */
function loginOptions(login: Login, keys: KeyFiles): string[] {
  const { port, agent, key, keyPath, cert, certPath } = login;
  if (agent && process.env.SSH_AUTH_SOCK) {
    return [`-p${port}`, "-oIdentityAgent=SSH_AUTH_SOCK", "-oIdentitiesOnly=no", "-oIdentityFile=none"];
  }
  const path = key ? keys.write(key) : (keyPath ?? "none");
  const certificate = cert ? keys.write(cert) : certPath;
  return [
    `-p${port}`,
    "-oIdentityAgent=none",
    "-oIdentitiesOnly=yes",
    fileOption("IdentityFile", path),
    ...(certificate ? [fileOption("CertificateFile", certificate)] : []),
  ];
}
