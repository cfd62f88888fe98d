import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { program, textFile } from "./folder.ts";

/**
 * A `docker` that keeps its containers as files: `containers/ID` holds the name and the image. It knows `ps`,
 * `inspect` and `restart` as the project's scripts call them, writes what it restarts into `restarted`, lists the
 * names in `vanish` but has lost them when they are restarted, and cannot restart the names in `stuck`.
 */
const DOCKER = `here=$(dirname "$0")
find() { # id or name -> id
  for file in "$here"/containers/*; do
    id=$(basename "$file"); read -r name image <"$file"
    if [ "$1" = "$id" ] || [ "$1" = "$name" ]; then echo "$id"; return 0; fi
  done
  echo "Error: No such container: $1" >&2; return 1
}
command=$1; shift
case $command in
  ps) for file in "$here"/containers/*; do read -r name image <"$file"; echo "$(basename "$file") $name $image"; done ;;
  inspect)
    format=
    if [ "$1" = --format ]; then format=$2; shift 2; fi
    id=$(find "$1") || exit 1
    read -r name image <"$here/containers/$id"
    started=2026-11-23T14:00:00.123456789Z
    ! grep -qx "$name" "$here/restarted" 2>/dev/null || started=2026-11-23T15:00:00.123456789Z
    running=true
    ! grep -qx "$name" "$here/exited" 2>/dev/null || running=false
    printf '%s\\n' "$format" | sed "s|{{.Name}}|/$name|; s|{{.State.StartedAt}}|$started|; s|{{.State.Running}}|$running|" ;;
  restart)
    for which; do
      id=$(find "$which") || exit 1
      read -r name image <"$here/containers/$id"
      if grep -qx "$name" "$here/vanish" 2>/dev/null; then rm "$here/containers/$id"; echo "gone" >&2; exit 1; fi
      if grep -qx "$name" "$here/stuck" 2>/dev/null; then echo "$name is stuck" >&2; exit 1; fi
      echo "$name" >>"$here/restarted"; echo "$which"
    done ;;
  exec) . "$here/exec" ;;
  version) echo 20.10.24 ;;
  *) echo "docker: unknown command $command" >&2; exit 125 ;;
esac`;

export interface FakeDockerArgs {
  /** Names, or names and images, of the containers that run. */
  containers: string[];
  /** Listed, but gone by the time they are restarted. */
  vanish?: string[];
  /** Cannot be restarted. */
  stuck?: string[];
  /** There, but not running. */
  exited?: string[];
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
  if (lists.exec) textFile(join(folder, "exec"), lists.exec);
}

/** The names of what was restarted, in order. */
export function restartedIn(folder: string): string[] {
  const path = join(folder, "restarted");
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
}

/** How many containers are left. */
export function containersIn(folder: string): number {
  return readdirSync(join(folder, "containers")).length;
}
