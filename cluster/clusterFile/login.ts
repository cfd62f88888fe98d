import { homedir } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import type { Fields } from "./fields.ts";

/** How to log in to a host, as RKE does it (RKE v1.8.0 hosts/dialer.go, hosts/tunnel.go). */
export const loginSchema = z.object({
  address: z.string(),
  port: z.int(),
  user: z.string(),
  /**
   * The keys of the SSH agent alone are offered. Where no agent runs (SSH_AUTH_SOCK), `key` is what is left; a path is
   * never read then.
   */
  agent: z.boolean().exactOptional(),
  keyPath: z.string().exactOptional(),
  /** The private key itself, where the cluster file contains it. A secret: it never leaves the process but as a 0600 file. */
  key: z.string().exactOptional(),
  cert: z.string().exactOptional(),
  /** Path of the certificate of the key at `keyPath`. */
  certPath: z.string().exactOptional(),
});
export type Login = z.infer<typeof loginSchema>;

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

/** Why RKE cannot log in to a node or its bastion by the agent that it asks for, as the end of a sentence. */
export function agentMistake(node: Login & { bastion?: Login }, env: { SSH_AUTH_SOCK?: string }): string | undefined {
  const lost = [node, node.bastion].some((login) => login?.agent && !login.key);
  return lost && !env.SSH_AUTH_SOCK
    ? "is to be logged in to by the SSH agent (ssh_agent_auth), but SSH_AUTH_SOCK names none; RKE reads no key then"
    : undefined;
}

/** Whether a private key has a passphrase: RKE then knows it through the agent only (RKE v1.8.0 hosts/dialer.go). */
export function isEncryptedKey(key: string): boolean {
  if (/^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(key)) return true;
  const [, body = ""] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*)-----END/.exec(key) ?? [];
  // "openssh-key-v1", a NUL, and the cipher's name behind its length (OpenSSH PROTOCOL.key).
  const bytes = Buffer.from(body, "base64");
  return bytes.length > 19 && bytes.toString("latin1", 19, 19 + bytes.readUInt32BE(15)) !== "none";
}

/** NaN where it is no number. */
function portOf(text: string): number {
  if (text === "") return 22;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** An absolute path; `~/` is the operator's home at the start only, and RKE expands nothing else. Relative to this process' folder by default. */
export function expanded(path: string, folder = ""): string {
  return resolve(folder, path.replace(/^~(?=\/)/, homedir()));
}
