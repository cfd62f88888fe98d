import { asRoot } from "../node/privilege.ts";
import { PROOF, proofVariables, SNAPSHOT_FOLDER } from "../snapshot/proof.ts";

/** Where a host keeps what is no snapshot: the wipe does not reach it. */
const EVIDENCE_FOLDER = "/opt/rke/rancher-rollback";

/** What an etcd host can give to a safety copy; sizes in KiB. */
export interface EtcdSource {
  /** Of the member that answers; undefined where none does. It need not be in a quorum. */
  revision?: bigint;
  /** The size of the database. */
  size: number;
  /** All that etcd keeps on this host. */
  dataSize: number;
  /** When the database was last written, seconds since 1970; 0 where there is none. */
  writtenAt: number;
  /** Free where the snapshots lie. */
  room: number;
}

/** Finds where etcd's data are on the host: RKE's mount (v1.8.0, cluster/plan.go), also of a container that stands still. */
const DATA = `
data=$(docker inspect --format '{{range .Mounts}}{{.Destination}} {{.Source}}{{"\\n"}}{{end}}' etcd 2>/dev/null |
  while read -r to from; do case $to in /var/lib/rancher/etcd | /var/lib/rancher/etcd/) echo "$from" ;; esac; done)
data=\${data:-/var/lib/etcd}
db=$data/member/snap/db
`;

/** Asks an etcd host what it has; changes nothing. */
export const SOURCE_SCRIPT = asRoot(`${DATA}
if said=$(docker exec -e ETCDCTL_API=3 etcd etcdctl endpoint status -w json 2>/dev/null); then printf 'etcd %s\\n' "$said"; fi
if [ -f "$db" ]; then
  echo "size $(du -k "$db" | { read -r used _; echo "$used"; })"
  echo "written $(date -r "$db" +%s)"
  echo "data $(du -sk "$data" | { read -r used _; echo "$used"; })"
fi
mkdir -p ${SNAPSHOT_FOLDER}
echo "room $(df -Pk ${SNAPSHOT_FOLDER} | { read -r _; read -r _ _ _ left _; echo "$left"; })"
`);

/** The script's lines → what the host has. */
export function parseSource(printed: string): EtcdSource {
  const word = (kind: string) => new RegExp(`^${kind} (.*)$`, "m").exec(printed)?.[1];
  const [, revision] = /"revision":(\d+)/.exec(word("etcd") ?? "") ?? [];
  return {
    ...(revision !== undefined && { revision: BigInt(revision) }),
    size: Number(word("size") ?? 0),
    dataSize: Number(word("data") ?? 0),
    writtenAt: Number(word("written") ?? 0),
    room: Number(word("room") ?? 0),
  };
}

/**
 * Saves a snapshot of a member that answers, and proves it. etcd is asked itself, not RKE: that needs neither a quorum
 * nor a cluster file in which every node has etcd already.
 */
export function liveCopyScript(name: string): string {
  return asRoot(`${proofVariables(name)}${PROOF}${DATA}
part=.safety-$$
mkdir -p "$folder"
said=$(docker exec -e ETCDCTL_API=3 etcd etcdctl snapshot save "/var/lib/rancher/etcd/$part" 2>&1) || {
  rm -f "$data/$part"; fail "etcd saves no snapshot: $(printf '%s' "$said" | tail -n 1)" "look at etcd: docker logs --tail 50 etcd"
}
${PLACE}
mv "$data/$part" "$folder/.$name.part" || { rm -f "$data/$part" "$folder/.$name.part"; fail "$folder cannot be written" "df -h $folder"; }
place
`);
}

/**
 * Makes a snapshot of a member that does not answer: an etcd v3 snapshot is the database, followed by its sha256. etcd
 * stands still meanwhile, and runs again afterwards if it ran. All that it keeps is copied aside as well.
 */
export function coldCopyScript(name: string): string {
  return asRoot(`${proofVariables(name)}${PROOF}${DATA}
[ -f "$db" ] || fail "there are no data of etcd in $data" "choose another node"
again=
if [ "$(docker inspect --format '{{.State.Running}}' etcd 2>/dev/null)" = true ]; then
  trap 'docker start etcd >/dev/null' EXIT
  say "etcd stands still for a cold copy"
  docker stop etcd >/dev/null || fail "etcd cannot be stopped" "look at it: docker ps -a -f name=etcd"
fi
kept=${EVIDENCE_FOLDER}/$name
mkdir -p "$folder" "$kept" && cp -a "$data/." "$kept/etcd-data" || fail "$kept cannot be written" "df -h $kept"
raw() { # HEX: as bytes
  hex=$1
  while [ -n "$hex" ]; do rest=\${hex#??}; printf "\\\\$(printf %o "0x\${hex%"$rest"}")"; hex=$rest; done
}
${PLACE}
{ cat "$db" && raw "$(digest <"$db")"; } >"$folder/.$name.part" || { rm -f "$folder/.$name.part"; fail "$folder cannot be written" "df -h $folder"; }
place
`);
}

/** Gives the written part its name once it is proven. */
const PLACE = `place() {
  expected=
  prove "$folder/.$name.part" || { rm -f "$folder/.$name.part"; fail "the copy $why" "look at the disk: dmesg | tail"; }
  sync "$folder/.$name.part" 2>/dev/null || sync
  mv "$folder/.$name.part" "$folder/$name"
  look
  report fetched
}`;

/** The member whose copy holds most: the newest revision of those that answer, else the database written last. */
export function bestSource<T>(sources: { node: T; source: EtcdSource }[]): { node: T; live: boolean } | undefined {
  const revision = ({ source }: { source: EtcdSource }) => source.revision ?? -1n;
  const [newest] = sources.toSorted((one, other) => (revision(one) > revision(other) ? -1 : 1));
  if (newest && revision(newest) >= 0n) return { node: newest.node, live: true };
  const cold = sources.filter(({ source }) => source.writtenAt > 0);
  const [last] = cold.toSorted((one, other) => other.source.writtenAt - one.source.writtenAt);
  return last && { node: last.node, live: false };
}

/** The tag of an image, which is Rancher's version; undefined where it has none or is not known. */
export function tagOf(image: string): string | undefined {
  return /:(\w[\w.-]*)$/.exec(image.replace(/@.*/, ""))?.[1];
}
