import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clusterFileIn } from "./clusterFile.ts";
import { fakeDf } from "./fetching.ts";
import { tempFolder, textFile } from "./folder.ts";
import { snapshotBytes } from "./snapshot.ts";
import { reach, SnapshotNode } from "./snapshotNode.ts";
import { stepTools } from "./steps.ts";

const TOOLS =
  "sh dd wc tr od tail head tee cat cp mv rm mkdir date sha256sum df du id gzip sync sleep ls dirname touch".split(" ");
/** What a member's database is: any whole number of pages. */
export const DATABASE = Buffer.alloc(8192, "precious ");
const DOCKER = `data="$here/etcd"
case $* in
  version*) echo 20.10.24 ;;
  *State.Running*) [ ! -e "$here/stopped" ] && echo true ;;
  *Mounts*) echo "/var/lib/rancher/etcd $data" ;;
  *'endpoint status'*) [ -e "$here/answers" ] && printf '[{"Status":{"header":{"revision":%s}}}]\\n' "$(cat "$here/answers")" ;;
  *'snapshot save '*) for to; do :; done; cat "$here/saved" >"$data/\${to##*/}" ;;
  *Config.Image*) exit 1 ;;
  'stop etcd') : >"$here/stopped" ;;
  'start etcd') rm "$here/stopped" ;;
esac`;

/**
 * Etcd hosts at 10.0.0.1, .2 and so on, and what a step works with. `revisions` are those of the members that answer,
 * `free` are the KiB on the disk, `state` is RKE's state file where there is one.
 */
export function etcdHosts(
  revisions: (number | undefined)[],
  { free = 9_999_999, state }: { free?: number; state?: string } = {},
) {
  const folder = tempFolder();
  const clusterFile = clusterFileIn(folder);
  if (state !== undefined) textFile(join(folder, "rancher-cluster.rkestate"), state);
  const nodes = revisions.map((revision, at) => {
    const node = new SnapshotNode(TOOLS);
    node.program("docker", DOCKER);
    fakeDf(node, free);
    mkdirSync(join(node.root, "etcd/member/snap"), { recursive: true });
    writeFileSync(join(node.root, "etcd/member/snap/db"), DATABASE);
    node.put("saved", snapshotBytes(100 + at), node.root);
    if (revision !== undefined) node.put("answers", String(revision), node.root);
    return node;
  });
  reach(nodes);
  return { folder, nodes, tools: stepTools(clusterFile) };
}
