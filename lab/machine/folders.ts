import { homedir } from "node:os";
import { join } from "node:path";

const cache =
  process.env.RANCHER_ROLLBACK_LAB ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "rancher-rollback");

/** Where the lab keeps what it builds and what it runs: outside every clone, shared between them. */
export const folders = {
  cache,
  /** Go binaries, one folder per hash of what they were built from. */
  bin: join(cache, "bin"),
  /** Root file systems and docker roots that nodes start from. */
  images: join(cache, "images"),
  /** The private docker engine: its programs and its data. */
  engine: join(cache, "engine"),
  /** Node disks, clusters and keys: gone after `down`. */
  run: join(cache, "run"),
  /** Sockets, pid files and the lock: gone after a reboot, one per machine whatever the cache. */
  machine: "/run/rancher-rollback-lab",
  /** What the lab is built from. */
  sources: join(import.meta.dirname, ".."),
};
