import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterFileIn } from "./clusterFile.ts";
import { afterwards, program, tempFolder } from "./folder.ts";

/**
 * The lines RKE logs into a file, as shell functions for fake ones: `wiping` begins a restore and `restored` ends it,
 * `built` is a whole `rke up`. Where DEFAULT_KUBERNETES is not set it is as one that cannot be asked for it, before v0.3.0.
 */
const SAY = `info() { printf 'time="2026-11-23T14:00:00Z" level=info msg="%s"\\n' "$*"; }
warn() { printf 'time="2026-11-23T14:00:00Z" level=warning msg="%s"\\n' "$*"; }
fatal() { printf 'time="2026-11-23T14:00:00Z" level=fatal msg="%s"\\n' "$*"; exit 1; }
nodes() { sed -nE 's/.*address: *([^,}]*).*/\\1/p' rancher-cluster.yml; }
wiping() { info Cleaning old kubernetes cluster; for node in $(nodes); do info "[hosts] Cleaning up host [$node]"; done; }
restored() { info "Finished restoring snapshot [base] on all etcd hosts"; }
built() {
  info Building Kubernetes cluster
  for node in $(nodes); do info "[healthcheck] service [kubelet] on host [$node] is healthy"; done
  info Finished building Kubernetes cluster successfully
}
[ "\${1-}" != --version ] || { echo "rke version \${VERSION-v1.8.0}"; exit 0; }
[ "\${1-} \${2-}" != "config --list-version" ] || { echo "\${DEFAULT_KUBERNETES?}"; exit 0; }
`;

/** A cluster folder with a fake `rke` in it. The script runs in the folder, as RKE does. */
export function fakeRke(script: string): { folder: string; clusterFile: string; rke: string } {
  const folder = tempFolder();
  return { folder, clusterFile: clusterFileIn(folder), rke: program(join(folder, "rke"), SAY + script) };
}

/** The lines of a file, none while it is not there. */
export function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
}

/** The process whose id a fake wrote into a file; it is killed afterwards, should it still live. */
export function processIn(path: string): number {
  const pid = Number(linesOf(path)[0]);
  afterwards(() => {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  });
  return pid;
}
