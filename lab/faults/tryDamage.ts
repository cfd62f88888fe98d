import { rmSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { forgetSnapshot, type LabCluster, onEveryNode, Problem, ssh } from "../cluster/cluster.ts";
import type { Engine } from "../engine/engine.ts";
import type { Progress } from "../machine/progress.ts";
import { type Config, RollbackStack } from "../rehearsals/rollbackStack.ts";
import type { Damage, Genuine } from "./damage.ts";
import type { DamageOutcome } from "./outcome.ts";
import { stateOf } from "./state.ts";
import { HeardSteps } from "./stepEvents.ts";

const SNAPSHOTS = "/opt/rke/etcd-snapshots";

interface DamageTrial {
  cluster: LabCluster;
  engine: Engine;
  damage: Damage;
  genuine: Genuine;
  /** Name of the genuine snapshot, and of the damaged one: as long, for it is in the zip, too. */
  names: { genuine: string; damaged: string };
  way: DamageOutcome["way"];
  /** Settings of the stack, all but the way and the snapshot. */
  config: Config;
  folder: string;
  say: Progress;
}

/** The snapshot as it lies on the first node. @throws Problem where it is not there. */
export async function genuineSnapshot(cluster: LabCluster, name: string): Promise<Genuine> {
  const [node] = cluster.nodes;
  const { code, stdout } = await ssh(cluster, node?.name ?? "", `base64 -w 0 ${SNAPSHOTS}/${name}.zip`);
  if (code !== 0) throw new Problem(`${node?.name} has no ${SNAPSHOTS}/${name}.zip`);
  const zip = Buffer.from(stdout, "base64");
  const data = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28);
  return { plain: inflateRawSync(zip.subarray(data)), zip };
}

/** Puts a damaged snapshot on every host and rolls back to it, which has to be refused. */
export async function tryDamage(trial: DamageTrial): Promise<DamageOutcome> {
  const { cluster, engine, damage, genuine, names, way, config, folder, say } = trial;
  await forgetSnapshot(cluster, names.damaged);
  const named = { ...genuine, zip: renamed(genuine.zip, names.genuine, names.damaged) };
  const file = `${SNAPSHOTS}/${names.damaged}${damage.zip ? ".zip" : ""}`;
  const content = damage.make(named).toString("base64");
  await onEveryNode(cluster, `umask 077; base64 -d >${file}`, content);
  const before = await containers(cluster);
  rmSync(folder, { recursive: true, force: true });
  const stack = await RollbackStack.open("faults", folder, engine);
  const { damaged } = names;
  await stack.configure({ ...config, snapshot: damaged, acceptDataLossOf: damaged, restoreWith: way });
  const message = await new HeardSteps(folder)
    .during(() => stack.up(say))
    .then(
      () => undefined,
      (error: Error) => error.message,
    );
  const after = await containers(cluster);
  await forgetSnapshot(cluster, damaged);
  return {
    ...{ id: `damaged-${way}-${damage.id}`, way, title: damage.title, refused: message !== undefined },
    message: message ?? "",
    stopped: before.filter((container) => !after.includes(container)).length,
    cluster: await stateOf(cluster),
  };
}

/** The same zip with another name for its members, as long as the one they have. */
function renamed(zip: Buffer, from: string, to: string): Buffer {
  return Buffer.from(zip.toString("latin1").replaceAll(from, to), "latin1");
}

/** Each container of Kubernetes, etcd and Rancher that runs, with the time of its start. */
async function containers(cluster: LabCluster): Promise<string[]> {
  const ask = `docker ps -q | xargs docker inspect --format '{{.Name}} {{.State.StartedAt}}'`;
  const asked = await onEveryNode(cluster, ask);
  return asked.flatMap(({ stdout }, index) =>
    stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => `${cluster.nodes[index]?.name} ${line}`),
  );
}
