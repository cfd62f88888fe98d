import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { expanded } from "../cluster/clusterFile/login.ts";
import { hasRole } from "../cluster/clusterFile/node.ts";
import { type SnapshotSource, type SourcePart, sourceMistakes } from "../cluster/snapshot/source.ts";

export interface WrittenSource {
  snapshotSource: string;
  s3Endpoint?: string | undefined;
  s3Region?: string | undefined;
  s3AccessKey?: string | undefined;
  s3SecretKey?: string | undefined;
}

/** What is wrong with one of these settings, as the end of a sentence. */
interface SourceMistake {
  key: keyof WrittenSource;
  wrong: string;
}

const KEY_OF: Record<SourcePart, keyof WrittenSource> = {
  bucket: "snapshotSource",
  folder: "snapshotSource",
  region: "s3Region",
  endpoint: "s3Endpoint",
  access: "s3AccessKey",
  secret: "s3SecretKey",
  url: "snapshotSource",
  path: "snapshotSource",
};

/** One word says what kind of place it is. */
export function parseSource(
  written: WrittenSource,
  nodes: ClusterNode[],
): { source: SnapshotSource } | { mistakes: SourceMistake[] } {
  const [, scheme = "", rest = ""] = /^([a-z0-9]+):(.*)$/s.exec(written.snapshotSource) ?? [];
  const source = sourceOf(scheme, rest, written, nodes);
  if (typeof source === "string") return { mistakes: [{ key: "snapshotSource", wrong: source }] };
  const mistakes = sourceMistakes(source).map(({ part, wrong }) => ({ key: KEY_OF[part], wrong }));
  return mistakes.length > 0 ? { mistakes } : { source };
}

function sourceOf(scheme: string, rest: string, written: WrittenSource, nodes: ClusterNode[]): SnapshotSource | string {
  switch (scheme) {
    case "s3": {
      const [, bucket = "", folder = ""] = /^\/\/([^/]*)\/?(.*)$/s.exec(rest) ?? [];
      const { s3Endpoint: endpoint, s3Region: region, s3AccessKey: access, s3SecretKey: secret } = written;
      return {
        kind: "s3",
        bucket,
        ...(folder && { folder }),
        ...(endpoint && { endpoint }),
        ...(region && { region }),
        ...(access && secret && { keys: { access, secret } }),
      };
    }
    case "http":
    case "https":
      return { kind: "url", url: written.snapshotSource };
    case "file":
      return { kind: "file", path: expanded(rest.replace(/^\/\/(?=\/)/, "")) };
    case "node": {
      const node = nodes.find(({ name, address }) => [name, address].includes(rest.toLowerCase()));
      if (!node)
        return `names no node of the cluster file: ${rest}; there are ${nodes.map(({ name }) => name).join(", ")}`;
      return hasRole(node, "etcd") ? { kind: "node", node } : `names a node without the role etcd: ${rest}`;
    }
    default:
      return "is none of s3://BUCKET/FOLDER, https://…, file:PATH, node:ADDRESS";
  }
}

/** Whether an address has a password or a signature in it. */
export function isCredential(url: string): boolean {
  if (!/^https?:/.test(url) || !URL.canParse(url)) return false;
  const { username, password, search } = new URL(url);
  return username + password + search !== "";
}
