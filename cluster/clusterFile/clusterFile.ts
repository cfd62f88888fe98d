import { readdirSync, readFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { basename, dirname, extname, join, resolve } from "node:path";
import { type Document, parseDocument } from "yaml";
import { z } from "zod";

export type Role = "controlplane" | "etcd" | "worker";

/** How to log in to a host: what RKE reads from the cluster file, with RKE's own defaults filled in. */
export interface Login {
  address: string;
  port: number;
  user: string;
  /** Path of the private key; undefined means the agent or SSH's own defaults. */
  keyPath?: string;
  /** The private key itself, where the cluster file carries it. A secret: it never leaves the process but as a 0600 file. */
  key?: string;
}

/** A node of the cluster. `name` is the one Kubernetes knows it by. */
export interface ClusterNode extends Login {
  name: string;
  roles: Role[];
  bastion?: Login;
}

export interface ClusterFile {
  path: string;
  clusterName: string;
  nodes: ClusterNode[];
  kubeconfig: string;
  stateFile: string;
}

type WithRoles = { roles: readonly string[] };

/** Whether a node has a role. */
export function hasRole({ roles }: WithRoles, role: Role): boolean {
  return roles.includes(role);
}

/** The nodes that run etcd, in the order of the cluster file. */
export function etcdNodes<N extends WithRoles>({ nodes }: { nodes: readonly N[] }): N[] {
  return nodes.filter((node) => hasRole(node, "etcd"));
}

/** All that is wrong with a cluster file, a sentence each. */
export class ClusterFileError extends Error {
  readonly mistakes: string[];
  constructor(mistakes: string[]) {
    super(mistakes.join("; "));
    this.mistakes = mistakes;
  }
}

const text = z.union([z.string(), z.number()]).transform(String);
const login = {
  address: text.refine((address) => address !== "", "is empty"),
  port: text.nullish(),
  user: text.nullish(),
  ssh_key: z.string().nullish(),
  ssh_key_path: z.string().nullish(),
};
const schema = z.object({
  cluster_name: text.nullish(),
  ssh_key_path: z.string().nullish(),
  bastion_host: z.object({ ...login, address: text.nullish() }).nullish(),
  nodes: z
    .array(
      z.object({
        ...login,
        hostname_override: text.nullish(),
        role: z.union([z.array(z.string()), z.string().transform((roles) => roles.split(","))]),
      }),
    )
    .min(1, "has no nodes"),
});

/**
 * Reads `rancher-cluster.yml` as RKE does (types/rke_types.go v1.8.0). Nothing is changed.
 * @throws ClusterFileError with every mistake found.
 */
export function readClusterFile(path: string): ClusterFile {
  const absolute = resolve(path);
  let source: string;
  try {
    source = readFileSync(absolute, "utf8");
  } catch (error) {
    throw new ClusterFileError([`cannot be read: ${(error as NodeJS.ErrnoException).code}`]);
  }
  return { path: absolute, ...besideClusterFile(absolute), ...parseClusterFile(source, dirname(absolute)) };
}

/** Where RKE keeps the state and the kubeconfig of a cluster file (cluster/state.go, pki/constants.go v1.8.0). */
export function besideClusterFile(path: string): { kubeconfig: string; stateFile: string } {
  const [folder, file] = [dirname(path), basename(path)];
  return {
    kubeconfig: join(folder, `kube_config_${file}`),
    stateFile: join(folder, `${file.slice(0, file.length - extname(file).length)}.rkestate`),
  };
}

/** Cluster files in the same folder that RKE has a state of, too, by name. */
export function otherClustersBeside(path: string): string[] {
  const files = readdirSync(dirname(path));
  return files.filter((file) => {
    const other = join(dirname(path), file);
    return /\.ya?ml$/.test(file) && other !== path && files.includes(basename(besideClusterFile(other).stateFile));
  });
}

/** The nodes out of a cluster file's text. `folder` is where relative key paths start, since RKE runs there. */
export function parseClusterFile(source: string, folder: string): { clusterName: string; nodes: ClusterNode[] } {
  const document = parseDocument(source, { merge: true });
  // The parser's longer message quotes the source, which may hold a key.
  if (document.errors.length > 0) {
    throw new ClusterFileError(
      document.errors.map((error) => `is not YAML: ${error.code} at line ${error.linePos?.[0].line ?? "?"}`),
    );
  }
  const parsed = schema.safeParse(resolveAliases(document));
  if (!parsed.success) {
    throw new ClusterFileError(
      parsed.error.issues.map((issue) => `${issue.path.join(".") || "the file"}: ${issue.message}`),
    );
  }
  const { nodes: written, bastion_host: bastion, ...top } = parsed.data;
  const keyPath = top.ssh_key_path;
  const nodes = written.map((node): ClusterNode => {
    const jump = bastion?.address ? toLogin({ ...bastion, address: bastion.address }, keyPath, folder) : undefined;
    return {
      ...toLogin(node, keyPath, folder),
      name: (node.hostname_override || node.address).toLowerCase(),
      roles: node.role.map((role) => role.trim()) as Role[],
      ...(jump && { bastion: jump }),
    };
  });
  const mistakes = nodeMistakes(nodes);
  if (mistakes.length > 0) throw new ClusterFileError(mistakes);
  return { clusterName: top.cluster_name || "local", nodes };
}

function resolveAliases(document: Document): unknown {
  try {
    return document.toJS();
  } catch {
    throw new ClusterFileError(["is not YAML: it has an alias without its anchor, or too many"]);
  }
}

function nodeMistakes(nodes: ClusterNode[]): string[] {
  const known: string[] = ["controlplane", "etcd", "worker"];
  return [
    ...nodes.flatMap((node) => [
      ...node.roles
        .filter((role) => !known.includes(role))
        .map((role) => `node ${node.address} has the role "${role}"; RKE knows ${known.join(", ")}`),
      ...(node.roles.length === 0 ? [`node ${node.address} has no role`] : []),
      ...(Number.isInteger(node.port) && node.port > 0 && node.port < 65536
        ? []
        : [`node ${node.address} has no valid port`]),
    ]),
    ...nodes
      .filter((node, at) => nodes.findIndex((other) => other.name === node.name || other.address === node.address) < at)
      .map((node) => `node ${node.address} is listed twice`),
    ...(nodes.some((node) => hasRole(node, "etcd")) ? [] : ["no node has the role etcd"]),
    ...(nodes.some((node) => hasRole(node, "controlplane")) ? [] : ["no node has the role controlplane"]),
  ];
}

interface WrittenLogin {
  address: string;
  port?: string | null | undefined;
  user?: string | null | undefined;
  ssh_key?: string | null | undefined;
  ssh_key_path?: string | null | undefined;
}

function toLogin(written: WrittenLogin, keyPath: string | null | undefined, folder: string): Login {
  const path = written.ssh_key_path || (written.ssh_key ? undefined : keyPath);
  return {
    address: written.address,
    port: Number(written.port || 22),
    user: written.user || userInfo().username,
    ...(path && { keyPath: resolve(folder, path.replace(/^~(?=\/)/, homedir())) }),
    ...(written.ssh_key && { key: written.ssh_key }),
  };
}
