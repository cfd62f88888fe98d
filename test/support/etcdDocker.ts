import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { restoredClusterId } from "../../cluster/inPlace/content.ts";
import { textFile } from "./folder.ts";
import type { SnapshotNode } from "./snapshotNode.ts";

const PEERS = [1, 2, 3].map((number) => `https://10.0.0.${number}:2380`);
/** The etcd cluster of the old data. */
export const OLD_CLUSTER = "1111";
export const CONTAINERS = "etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy".split(" ");

/**
 * The `docker` of an etcd host whose data are real folders: `member/snap/db` holds the cluster id, revision and hash that
 * etcd would tell of it. `running` has a file for each container that runs. A command line that a pattern in
 * `broken` matches fails. Whatever is asked of a running etcd without data is an error.
 */
const DOCKER = `db="$here/etcd/member/snap/db"
if [ -e "$here/broken" ]; then
  while read -r pattern; do case "$*" in $pattern) echo "no luck with $1" >&2; exit 1 ;; esac; done <"$here/broken"
fi
read_db() { if [ -f "$db" ]; then read -r cluster revision hash <"$db"; else echo "etcd has no data" >&2; exit 1; fi; }
of_volume() { # the host's folder of a docker run
  for word; do case $word in "$here"/etcd/*:/exchange) echo "\${word%:/exchange}" ;; esac; done
}
value() { # KEY ARGUMENT…
  key=$1; shift
  while [ "$#" -gt 0 ]; do if [ "$1" = "$key" ]; then echo "$2"; fi; shift; done
}
case $* in
  version*) echo 20.10.24 ;;
  ps*'container {{'*) for name in ${CONTAINERS.join(" ")}; do [ -e "$here/missing/$name" ] || echo "container $name Up"; done ;;
  ps*) ;;
  stop*) shift 3; for name; do rm -f "$here/running/$name"; done ;;
  start*) shift; for name; do [ ! -e "$here/missing/$name" ] || { echo "No such container: $name" >&2; exit 1; }; : >"$here/running/$name"; done ;;
  restart*) ;;
  inspect*Mounts*) echo "/var/lib/rancher/etcd $here/etcd" ;;
  inspect*'etcd {{.State.Status}}'*) if [ -e "$here/running/etcd" ]; then state=running; else state=exited; fi; echo "etcd $state sha256:e rancher/mirrored-coreos-etcd:v3.4.15-rancher1" ;;
  inspect*'{{range .Args}}'*)
    number=\${here_number-$(cat "$here/number")}
    printf 'arg %s\\n' --data-dir=/var/lib/rancher/etcd/ --name=etcd-node$number --initial-advertise-peer-urls=https://10.0.0.$number:2380 ;;
  inspect*'kubernetes {{'*) echo "kubernetes rancher/hyperkube:v1.20.15-rancher2" ;;
  inspect*'{{.State.Status}}'*) if [ -e "$here/running/etcd" ]; then echo running; else echo exited; fi ;;
  inspect*'{{.Image}}'*) echo sha256:e ;;
  inspect*State.Running*) for name; do :; done; if [ -e "$here/running/$name" ]; then echo true; else echo false; fi ;;
  inspect*RestartCount*) if [ -e "$here/crashing" ]; then echo 4; else echo 0; fi ;;
  logs*) echo "panic: invalid database" ;;
  inspect*) ;;
  *etcdutl*) exit 1 ;;
  *'snapshot restore --help') echo "--data-dir$(cat "$here/flags" 2>/dev/null)" ;;
  *'etcdctl version' | run*' version') echo "etcdctl version: 3.4.27" ;;
  run*'snapshot restore'*)
    work=$(of_volume "$@")
    mkdir -p "$work/new/member/snap"
    [ -f "$work/snapshot" ] || exit 1
    revision=7; case $* in *--bump-revision*) revision=$((7 + $(value --bump-revision "$@"))) ;; esac
    echo "$(clusterid "$(value --initial-cluster-token "$@")") $revision 4242" >"$work/new/member/snap/db" ;;
  run*'snapshot status'*)
    read -r _ revision hash <"$(of_volume "$@")/new/member/snap/db"
    echo "{\\"hash\\":$hash,\\"revision\\":$revision,\\"totalKey\\":3,\\"totalSize\\":1}" ;;
  exec*'snapshot save '*) for to; do :; done; cat "$here/saved" >"$here/etcd/\${to##*/}" ;;
  exec*)
    [ ! -e "$here/crashing" ] || { echo "is restarting" >&2; exit 1; }
    [ -e "$here/running/etcd" ] || { echo "etcd is not running" >&2; exit 1; }
    read_db
    case $* in
      *'endpoint health') ;;
      *'endpoint status'*) echo "[{\\"Status\\":{\\"header\\":{\\"cluster_id\\":$cluster,\\"revision\\":$revision}}}]" ;;
      *hashkv*) echo "[{\\"HashKV\\":{\\"hash\\":$hash}}]" ;;
      *'member list'*) echo '{"members":[{"peerURLs":["a"]},{"peerURLs":["b"]},{"peerURLs":["c"]}]}' ;;
      *' txn') cat >>"$here/transactions" ;;
    esac ;;
  *) echo "unknown: $*" >&2; exit 64 ;;
esac`;

/** Makes a node an etcd host with old data, on which everything runs. */
export function etcdDocker(node: SnapshotNode, number: number): void {
  node.program("docker", DOCKER);
  node.program(
    "clusterid",
    `exec ${process.execPath} --input-type=module -e "import { restoredClusterId } from '${join(import.meta.dirname, "../../cluster/inPlace/content.ts")}'; console.log(restoredClusterId(${JSON.stringify(PEERS).replaceAll('"', "'")}, process.argv[1]))" "$1"`,
  );
  textFile(join(node.root, "number"), `${number}`);
  for (const name of CONTAINERS) textFile(join(node.root, "running", name), "");
  putData(node, "member", `${OLD_CLUSTER} 20 99`);
}

/** Puts data of etcd into a folder of a node's data directory: cluster id, revision and hash. */
export function putData({ root }: SnapshotNode, folder: string, data: string): void {
  textFile(join(root, "etcd", folder, "snap/db"), `${data}\n`);
}

/** Lets the command lines of a node's docker fail that a shell pattern matches. */
export function breakDocker({ root }: SnapshotNode, ...patterns: string[]): void {
  writeFileSync(join(root, "broken"), patterns.map((pattern) => `${pattern}\n`).join(""));
}

/** Takes a container off a node. */
export function removeContainer({ root }: SnapshotNode, name: string): void {
  textFile(join(root, "missing", name), "");
  rmSync(join(root, "running", name), { force: true });
}

/** The data that a node's etcd serves, or that are in another folder of its data directory. */
export function dataOf({ root }: SnapshotNode, folder = "member"): string | undefined {
  const db = join(root, "etcd", folder, "snap/db");
  return existsSync(db) ? readFileSync(db, "utf8").trim() : undefined;
}

/** What was asked of a node's etcd in transactions. */
export function transactionsOn({ root }: SnapshotNode): string {
  const path = join(root, "transactions");
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** The ids of the exchanges that a node keeps. */
export function exchangesOn({ root }: SnapshotNode): string[] {
  const folder = join(root, "etcd/.rancher-rollback");
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** What runs on a node. */
export function runningOn({ root }: SnapshotNode): string[] {
  return readdirSync(join(root, "running")).sort();
}

/** What a restore with a token makes of the snapshot. */
export function restoredData(id: string, revision = 7): string {
  return `${restoredClusterId(PEERS, id)} ${revision} 4242`;
}

/** What an earlier exchange has left on a node, by what is where. */
export function leftExchange(node: SnapshotNode, id: string, about: object, { old = "", fresh = "" }): void {
  const folder = `.rancher-rollback/${id}`;
  mkdirSync(join(node.root, "etcd", folder), { recursive: true });
  writeFileSync(join(node.root, "etcd", folder, "about.json"), `${JSON.stringify(about)}\n`);
  if (old) putData(node, `${folder}/old/member`, old);
  if (fresh) putData(node, `${folder}/new/member`, fresh);
}
