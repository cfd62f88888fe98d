import { readdirSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { type Notice, problemIf } from "../problem.ts";
import { ClusterFileError } from "./clusterFileError.ts";
import { readText } from "./encoding.ts";
import { Fields, Findings, isRecord } from "./fields.ts";
import { isHarmlessKey } from "./harmless.ts";
import { askForKinds } from "./kinds.ts";
import { type Login, loginOf } from "./login.ts";
import type { ClusterNode, Role } from "./node.ts";
import { type Duplicate, placeholderMistake, readYaml, simple, type Value } from "./rkeYaml.ts";
import { validationMistakes } from "./validation.ts";

export { ClusterFileError, type ClusterNode, type Login, type Role };

export interface ParsedClusterFile {
  clusterName: string;
  nodes: ClusterNode[];
  /** What RKE takes differently from what the text seems to say. */
  notes: Notice[];
}

export interface ClusterFile extends ParsedClusterFile {
  path: string;
  kubeconfig: string;
  stateFile: string;
}

/** Reads `rancher-cluster.yml` as RKE does. Nothing is changed. @throws ClusterFileError with every mistake found. */
export function readClusterFile(path: string): ClusterFile {
  const absolute = resolve(path);
  const { text } = readText(absolute);
  return { path: absolute, ...besideClusterFile(absolute), ...parseClusterFile(text, dirname(absolute)) };
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

/**
 * The nodes out of a cluster file's text, with RKE's defaults (RKE v1.8.0 types/rke_types.go, cluster/defaults.go).
 * `folder` is where relative key paths start, since RKE runs there.
 * @throws ClusterFileError with every mistake found.
 */
export function parseClusterFile(source: string, folder: string): ParsedClusterFile {
  const { value, duplicates, ignoredFrom } = readYaml(source);
  if (!isRecord(value)) throw new ClusterFileError([value === null ? "is empty" : "is not a mapping"]);
  const findings = new Findings();
  const { mistakes, placeholders } = findings;
  const top = new Fields(value, "", findings);
  const cluster = { keyPath: top.text("ssh_key_path"), agent: top.flag("ssh_agent_auth"), folder };
  const bastionFields = top.record("bastion_host");
  const bastion = bastionFields.text("address") ? loginOf(bastionFields, cluster) : undefined;
  const prefixPath = top.text("prefix_path");
  const nodes = top.list("nodes").map((written, at): ClusterNode => {
    const fields = nodeFields(written, at, findings);
    const login = loginOf(fields, cluster);
    fields.textsByName("labels");
    return {
      ...login,
      name: (fields.text("hostname_override") || login.address).toLowerCase(),
      internalAddress: fields.text("internal_address") || login.address,
      roles: fields.texts("role") as Role[],
      ...(bastion && { bastion }),
      ...(prefixPath && { prefixPath }),
    };
  });
  const etcd = top.record("services").record("etcd");
  const backup = etcd.record("backup_config");
  const s3 = backup.record("s3backupconfig");
  askForKinds(top);
  if (placeholders.length > 0) throw new ClusterFileError([placeholderMistake([...new Set(placeholders)])]);
  // What is of the wrong kind is read as if it were not there, and would only seem to be missing.
  if (mistakes.length === 0) {
    mistakes.push(
      ...validationMistakes({
        nodes,
        bastion,
        externalEtcd: etcd.texts("external_urls").length > 0,
        s3: backup.has("s3backupconfig")
          ? { endpoint: s3.text("endpoint"), bucket: s3.text("bucket_name") }
          : undefined,
      }),
    );
  }
  if (mistakes.length > 0) throw new ClusterFileError([...new Set(mistakes)]);
  return {
    clusterName: top.text("cluster_name") || "local",
    nodes,
    notes: [
      ...duplicates.map(duplicateNote),
      ...(ignoredFrom === undefined
        ? []
        : [{ message: `the cluster file has a second document at line ${ignoredFrom}: RKE reads the first one only` }]),
      ...problemIf(
        top.text("ssh_cert_path") !== "",
        "the cluster file has an ssh_cert_path for all nodes, which RKE never reads",
        "write it at each node: it counts there alone",
      ),
    ],
  };
}

function nodeFields(written: Value, at: number, findings: Findings): Fields {
  const where = `node ${at + 1}`;
  if (!isRecord(written) && written !== null) findings.mistakes.push(`${where} is not a mapping`);
  const address = isRecord(written) ? simple(written.get("address") ?? null) : undefined;
  return new Fields(written, typeof address === "string" ? `${where} (${address})` : where, findings);
}

function duplicateNote({ key, lines, value }: Duplicate): Notice {
  const where = `at line${lines.length > 1 ? "s" : ""} ${lines.join(" and ")}`;
  const given = `${key} stands more than once in one mapping of the cluster file, ${where}`;
  if (isRecord(value)) return { message: `${given}: RKE takes them together, and of what they all have the last` };
  const shown = isHarmlessKey(key) && value !== null && !Array.isArray(value) ? `, ${value.text}` : "";
  return { message: `${given}: RKE takes the last${shown}` };
}
