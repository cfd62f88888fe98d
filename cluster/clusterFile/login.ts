import { homedir } from "node:os";
import { resolve } from "node:path";
import type { Fields } from "./fields.ts";

/** How to log in to a host, as RKE does it (RKE v1.8.0 hosts/dialer.go, hosts/tunnel.go). */
export interface Login {
  address: string;
  port: number;
  user: string;
  /**
   * The keys of the SSH agent alone are offered. Where no agent runs (SSH_AUTH_SOCK), `key` is what is left; a path is
   * never read then.
   */
  agent?: boolean;
  /** Path of the private key. */
  keyPath?: string;
  /** The private key itself, where the cluster file carries it. A secret: it never leaves the process but as a 0600 file. */
  key?: string;
  /** The certificate of the key. */
  cert?: string;
  /** Path of the certificate of the key at `keyPath`. */
  certPath?: string;
}

/** What the cluster file says for all hosts. */
export interface ClusterLogin {
  keyPath: string;
  /** A host's own ssh_agent_auth is overwritten by the cluster's (RKE v1.8.0 cluster/defaults.go). */
  agent: boolean;
  /** Where relative paths start. */
  folder: string;
}

const DEFAULT_KEY_PATH = "~/.ssh/id_rsa";

/** A node's or the bastion's own login. There is no default user. */
export function loginOf(fields: Fields, cluster: ClusterLogin): Login {
  const [key, cert] = [fields.text("ssh_key"), fields.text("ssh_cert")];
  const keyPath = fields.text("ssh_key_path") || cluster.keyPath || DEFAULT_KEY_PATH;
  const certPath = fields.text("ssh_cert_path");
  const fromPath = !key && !cluster.agent;
  return {
    address: fields.text("address"),
    port: portOf(fields.text("port")),
    user: fields.text("user"),
    ...(cluster.agent && { agent: true }),
    ...(key && { key }),
    ...(fromPath && { keyPath: expanded(keyPath, cluster.folder) }),
    ...(cert && (key || fromPath) && { cert }),
    ...(certPath && !cert && fromPath && { certPath: expanded(certPath, cluster.folder) }),
  };
}

/** NaN where it is no number. */
function portOf(text: string): number {
  if (text === "") return 22;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** `~/` is the operator's home at the start only; RKE expands nothing else. */
function expanded(path: string, folder: string): string {
  return resolve(folder, path.replace(/^~(?=\/)/, homedir()));
}
