import type { Place, Places } from "../../../cluster/preflight/room.ts";

const FOLDERS = {
  etcd: "/var/lib/etcd",
  restore: "/opt/rke/etcd-snapshots-restore",
  snapshots: "/opt/rke/etcd-snapshots",
};

/** A node's folders, all on one file system unless `over` says otherwise. */
export function somePlaces(free: number, over: { [of in keyof Places]?: Partial<Place> } = {}): Places {
  const place = (of: keyof Places): Place => ({
    ...{ folder: FOLDERS[of], fileSystem: "/dev/sda1", seen: FOLDERS[of], free, freed: 0 },
    ...over[of],
  });
  return { etcd: place("etcd"), restore: place("restore"), snapshots: place("snapshots") };
}
