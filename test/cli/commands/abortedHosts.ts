import { join } from "node:path";
import { beforeEach, expect, vi } from "vitest";
import { answerSchema } from "../../../cli/answers.ts";
import { abortText, giveUp } from "../../../cli/commands/abort.ts";
import type { RestoreRecord } from "../../../cluster/history/restores.ts";
import { holderName } from "../../../cluster/operator.ts";
import type { Settings } from "../../../settings/settings.ts";
import { clusterFileIn } from "../../support/clusterFile.ts";
import { program, tempFolder, textFile } from "../../support/folder.ts";
import { restoreRecord } from "../../support/restores.ts";
import { stateOf } from "../../support/roll.ts";
import { someSettings } from "../../support/settings.ts";

export const MINE = "1a2b3c4d";
export const SINCE = "2026-11-23T03:00:00.000Z";
export const ADDRESSES = [11, 12, 13].map((last) => `198.18.0.${last}`);

export let folder: string;
export let clusterFile: string;

/** Etcd hosts and a cluster file of their own for each test of a file. */
export function hostsForEachTest(): void {
  beforeEach(() => {
    folder = tempFolder();
    clusterFile = clusterFileIn(folder);
    // Each host's /opt/rke is a folder of its own, and in it whether a container runs.
    program(
      join(folder, "bin/ssh"),
      `for word; do case $word in *@198.18.0.*) host=\${word#*@} ;; esac; done
export host
[ ! -e '${folder}/unknown' ] || { echo "Host key verification failed." >&2; exit 255; }
[ -e '${folder}/'$host ] || { echo "connect to host $host: refused" >&2; exit 255; }
script=$(sed "s#/opt/rke#${folder}/$host#g")
case $script in *'echo released'*)
  if mv '${folder}/meanwhile' '${folder}/happened' 2>/dev/null; then sh '${folder}/happened'; fi ;;
esac
printf '%s\n' "$script" | sh`,
    );
    program(
      join(folder, "bin/docker"),
      `for name; do :; done
container='${folder}/'$host/$name
case $* in
  version*) echo 20.10.24 ;;
  *Mounts*) echo "/var/lib/rancher/etcd ${folder}/$host/data" ;;
  inspect*State.Running*) cat "$container" 2>/dev/null ;;
  start*) [ "$(cat "$container")" = false ] || exit 1; echo true >"$container"; echo "$host $name" >>'${folder}/started'; cat '${folder}/'$host/rancher-rollback/lock 2>/dev/null >>'${folder}/locked-then'; : ;;
  *) exit 1 ;;
esac`,
    );
    vi.stubEnv("PATH", `${join(folder, "bin")}:${process.env.PATH}`);
  });
}

export const containerOf = (address: string, name: string) => join(folder, address, name);

export const STOPPED = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"];
export const ID = "rollback-20261123T140000Z-abcdef";

/** Etcd hosts on which a restore in place was killed when it had stopped everything, and has exchanged the data of some. */
export function killedInPlace(exchanged: string[] = [], holder = holderName()): void {
  locked(MINE);
  remembered(restoreRecord({ inPlace: { id: ID }, holder }));
  for (const address of ADDRESSES) {
    for (const name of STOPPED) textFile(containerOf(address, name), "false\n");
    const old = exchanged.includes(address);
    for (const place of ["member", `.rancher-rollback/${ID}/${old ? "old" : "new"}/member`]) {
      textFile(join(folder, address, "data", place, "snap/db"), "1 1 1");
    }
  }
}

/** Lets every etcd host remember a restore. */
export function remembered(record: RestoreRecord): void {
  for (const address of ADDRESSES) {
    const file = join(folder, address, `rancher-rollback/restores/${record.snapshot}.${record.run}.json`);
    textFile(file, `${JSON.stringify(record)}\n`);
  }
}

/** Lets a shell script run right before the first lock is taken away. */
export function meanwhile(script: string): void {
  textFile(join(folder, "meanwhile"), script);
}

export const lockOf = (address: string) => join(folder, address, "rancher-rollback/lock");

export function locked(id: string, addresses = ADDRESSES, holder = "ann@laptop"): void {
  for (const address of addresses) {
    const lock = { id, holder, stack: "prod", snapshot: "base", since: SINCE };
    textFile(lockOf(address), `${JSON.stringify(lock)}\n`);
  }
}

export const began = { "lock-id": { id: MINE } };

export async function gaveUp(state = stateOf(began), over: Partial<Settings> = {}) {
  const said: string[] = [];
  // Without a snapshot: the config may have been changed back.
  const { snapshot: _, ...rest } = someSettings(over);
  const settings = { ...rest, cluster: { ...rest.cluster, path: clusterFile } };
  const aborted = await giveUp(settings, state, { stack: "prod", say: (line) => said.push(line) });
  expect(answerSchema.parse(aborted)).toEqual(aborted);
  return { aborted, said, text: abortText(aborted).join("\n") };
}
