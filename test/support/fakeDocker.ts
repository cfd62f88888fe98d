import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { program, tempFolder, textFile } from "./folder.ts";

/**
 * A `docker` that keeps its containers as files: `containers/ID` holds the name and the image. It knows `ps`, where
 * kubelet's containers have the labels that their names are made of (`k8s_CONTAINER_POD_NAMESPACE_…`), `inspect`,
 * `start`, `restart` and `stop` as the project's scripts call them. It writes what it restarts into `restarted` and what it stops
 * into `stopped`, in the order in which they have ended, lists the names in `vanish` but has lost them when they are restarted or stopped, and can do neither
 * with the names in `stuck`.
 */
const DOCKER = `here=\${0%/*}
find() { # id or name → id, name
  for file in "$here"/containers/*; do
    id=\${file##*/}; read -r name image <"$file"
    [ "$1" != "$id" ] && [ "$1" != "$name" ] || return 0
  done
  echo "Error: No such container: $1" >&2; return 1
}
listed() { # the name, in a file of names
  [ -e "$here/$1" ] || return 1
  while read -r line; do [ "$line" != "$name" ] || return 0; done <"$here/$1"
  return 1
}
command=$1; shift
[ ! -e "$here/down" ] || { echo "Cannot connect to the Docker daemon" >&2; exit 1; }
case $command in
  ps)
    format='--format {{.ID}} {{.Label "io.kubernetes.container.name"}}'
    labels='{{.Label "io.kubernetes.pod.namespace"}} {{.Label "io.kubernetes.pod.name"}}'
    case $* in "$format" | "$format $labels") ;; *) echo "unknown: $*" >&2; exit 64 ;; esac
    for file in "$here"/containers/*; do
      read -r name image <"$file"
      ! listed stopped || continue
      container= pod= namespace=
      case $name in
        k8s_*) rest=\${name#k8s_}; container=\${rest%%_*} rest=\${rest#*_}; pod=\${rest%%_*} rest=\${rest#*_}; namespace=\${rest%%_*} ;;
      esac
      if [ "$*" = "$format" ]; then echo "\${file##*/} $container"; else echo "\${file##*/} $container $namespace $pod"; fi
    done ;;
  inspect)
    format=
    if [ "$1" = --format ]; then format=$2; shift 2; fi
    code=0
    for which; do
      find "$which" || { code=1; continue; }
      started=2026-11-23T14:00:00.123456789Z running=true
      [ ! -e "$here/starts/$name" ] || read -r started <"$here/starts/$name"
      ! listed restarted || started=2026-11-23T15:00:00.123456789Z
      ! listed exited || running=false
      ! listed stopped || running=false
      case $format in
        'restarted {{.Name}}') echo "restarted /$name" ;;
        'container {{.Name}} {{.State.Running}} {{.State.StartedAt}}') echo "container /$name $running $started" ;;
        'rancher {{.Name}} {{.State.Running}} {{.State.StartedAt}}') echo "rancher /$name $running $started" ;;
        '{{.Name}}') echo "/$name" ;;
        '{{.State.Running}}') echo "$running" ;;
        ?*) echo "template: unknown format" >&2; exit 64 ;;
      esac
    done
    exit "$code" ;;
  start) find "$1" || exit 1; echo "$name" >>"$here/started"; echo "$1" ;;
  restart | stop)
    [ "$1" != --time ] || shift 2
    for which; do
      find "$which" || exit 1
      if listed vanish; then rm "$here/containers/$id"; echo "gone" >&2; exit 1; fi
      if listed stuck; then echo "$name is stuck" >&2; exit 1; fi
      case $command in restart) done=restarted ;; stop) done=stopped ;; esac
      echo "$name" >>"$here/$done"; echo "$which"
    done ;;
  exec) . "$here/exec" ;;
  version) echo 20.10.24 ;;
  *) echo "docker: unknown command $command" >&2; exit 125 ;;
esac`;

export interface FakeDockerArgs {
  /** Names, or names and images, of the containers that run. */
  containers: string[];
  /** Listed, but gone by the time they are restarted or stopped. */
  vanish?: string[];
  /** Can be neither restarted nor stopped. */
  stuck?: string[];
  /** There, but not running. */
  exited?: string[];
  /** The daemon does not answer. */
  down?: boolean;
  /** When containers started, by name; the others at 14:00. */
  starts?: Record<string, string>;
  /** A shell script for `docker exec`. */
  exec?: string;
}

/** Puts the fake into a folder, which is then put on a PATH. */
export function fakeDocker(folder: string, { containers, ...lists }: FakeDockerArgs): void {
  program(join(folder, "docker"), DOCKER);
  for (const [at, container] of containers.entries()) {
    const [name = "", image = "rancher/hyperkube:v1.20.15"] = container.split(" ");
    textFile(join(folder, "containers", `${(0xabc000 + at).toString(16)}`), `${name} ${image}\n`);
  }
  for (const list of ["vanish", "stuck", "exited"] as const) {
    if (lists[list]) textFile(join(folder, list), lists[list].map((name) => `${name}\n`).join(""));
  }
  for (const [name, at] of Object.entries(lists.starts ?? {})) textFile(join(folder, "starts", name), `${at}\n`);
  if (lists.down) textFile(join(folder, "down"), "");
  if (lists.exec) textFile(join(folder, "exec"), lists.exec);
}

/** The names of what was restarted, in order. */
export function restartedIn(folder: string): string[] {
  return listedIn(folder, "restarted");
}

/** The names of what was stopped, in order. */
export function stoppedIn(folder: string): string[] {
  return listedIn(folder, "stopped");
}

function listedIn(folder: string, list: string): string[] {
  const path = join(folder, list);
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
}

/** Runs a script by a real shell with that `docker`, as it runs on a node. */
export function onNode(script: string, args: FakeDockerArgs) {
  const folder = tempFolder();
  fakeDocker(folder, args);
  const env = { PATH: `${folder}:/usr/bin:/bin` };
  const { status, stdout, stderr } = spawnSync("sh", ["-s"], { input: script, encoding: "utf8", env });
  return { status, stdout, stderr, restarted: restartedIn(folder).sort(), stopped: stoppedIn(folder) };
}
