import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { FakeKey } from "./fakeEtcdctl.ts";
import { textFile } from "./folder.ts";
import type { SnapshotNode } from "./snapshotNode.ts";

/**
 * The `docker` of an etcd host on which a snapshot is opened, with an etcd 3.4 that saves `saved`. `containers` has a file for each container. A restore
 * writes what it was given beside it. Standard output of a command line that a line of `broken` matches is an error.
 */
const DOCKER = `if [ -e "$here/broken" ]; then
  while read -r pattern; do case "$*" in $pattern) echo "no luck with $1" >&2; exit 1 ;; esac; done <"$here/broken"
fi
name=; folder=; detached=
option() { # a docker run's
  while [ "$#" -gt 0 ]; do
    case $1 in
      --name) name=$2 ;;
      --volume) folder=\${2%%:*} ;;
      --detach) detached=yes ;;
    esac
    shift
  done
}
case $* in
  *.Mounts*) echo "/var/lib/rancher/etcd $here/etcd" ;;
  version*) echo 20.10.24 ;;
  exec*'endpoint status'*) printf '[{"Status":{"header":{"revision":20}}}]\\n' ;;
  exec*'snapshot save '*) for to; do :; done; cat "$here/saved" >"$here/etcd/\${to##*/}" ;;
  run*'snapshot status'*) echo '{"hash":1,"revision":10,"totalKey":7,"totalSize":4096}' ;;
  inspect*'etcd {{'*) echo "etcd running sha256:1234 rancher/mirrored-coreos-etcd:v3.4.15" ;;
  inspect*'.State.Status}} etcd') echo running ;;
  inspect*'.Args'* | inspect*'kubernetes {{'*) ;;
  exec*etcdutl* | run*etcdutl*) exit 127 ;;
  exec*'etcdctl snapshot restore --help' | run*'snapshot restore --help') echo "  --data-dir string" ;;
  exec*'etcdctl version' | run*' version') echo "etcdctl version: 3.4.15" ;;
  images*) cat "$here/images" ;;
  context*) echo unix:///var/run/docker.sock ;;
  info*) ;;
  ps*) for file in "$here"/containers/*; do [ ! -e "$file" ] || echo "\${file##*/}"; done ;;
  run*'snapshot restore'*) option "$@"; mkdir "$folder/data" && cat "$folder/snapshot" >"$here/restored" ;;
  run*'--entrypoint etcd '*) option "$@"; [ -d "$folder/data" ] && : >"$here/containers/$name" ;;
  inspect*) for name; do :; done; if [ -e "$here/containers/$name" ]; then echo true; else echo false; fi ;;
  logs*) echo "panic: freepages: failed to get all reachable pages" ;;
  rm*) for name; do rm -f "$here/containers/$name"; done ;;
  exec*) shift
    while :; do case $1 in -e) shift 2 ;; --*) shift ;; *) break ;; esac; done
    case $1 in etcd) side=live ;; *) side=opened; [ -e "$here/containers/$1" ] || { echo "No such container" >&2; exit 1; } ;; esac
    shift 2
    exec ${process.execPath} ${join(import.meta.dirname, "fakeEtcdctl.ts")} "$here" "$side" "$@" ;;
  *) echo "unknown: $*" >&2; exit 64 ;;
esac`;

export interface FakeEtcd {
  revision: number;
  keys: FakeKey[];
}

/** Makes a node an etcd host with these keys in its etcd, and with those in the snapshot when that is opened. */
export function openedDocker(node: SnapshotNode, opened: FakeEtcd, live: FakeEtcd): void {
  node.program("docker", DOCKER);
  textFile(join(node.root, "containers/rancher-rollback-opened-0"), "");
  textFile(join(node.root, "opened.json"), JSON.stringify(opened));
  textFile(join(node.root, "live.json"), JSON.stringify(live));
}

/** The containers that opening has left on a node. */
export function containersOf({ root }: SnapshotNode): string[] {
  return readdirSync(join(root, "containers"));
}

/** What of opened snapshots is in this program's folder on a node. */
export function foldersOf({ root }: SnapshotNode): string[] {
  const folder = join(root, "rancher-rollback");
  return existsSync(folder) ? readdirSync(folder) : [];
}
