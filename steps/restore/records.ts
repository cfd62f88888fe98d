import { etcdNodes } from "../../cluster/clusterFile/node.ts";
import { type BroughtRestore, readRestores, setAside, writeRestore } from "../../cluster/history/hosts.ts";
import { isOfCluster, isSame, mayBeAlive, type RestoreRecord } from "../../cluster/history/restores.ts";
import type { Problem } from "../../cluster/problem.ts";
import { isOwn, thisHolder } from "../../cluster/stateFolder/machine.ts";
import { readEarlierRestores } from "../earlierRestores.ts";
import { failure, type Restoring } from "./restoreFailure.ts";

/**
 * What the etcd hosts remember of this cluster's restores. What a machine that takes a node's place brings along of
 * another cluster says nothing of this one.
 * @throws StepFailure naming each host that cannot be asked.
 */
export async function readRecords(restoring: Restoring): Promise<ReadRecords> {
  const { nodes, etcdHosts, input, tools } = restoring;
  const { newNodes = [], replaced } = input;
  const stay = nodes.filter(({ name }) => !newNodes.includes(name));
  const others = [...stay.map(({ address }) => address), ...replaced];
  const etcdStays = etcdNodes({ nodes: stay }).length > 0;
  // Where an etcd host stays, it remembers what was restored. Else a record of an earlier release, or of a run whose settings
  // called the dead node otherwise, may be this restore's own: a question too many is better than a wipe too many.
  const mayBeOurs = (record: RestoreRecord) =>
    !etcdStays && isSame(record, input) && (stay.length === 0 || record.nodes === undefined);
  const fail = (problems: Problem[]) => failure("unreachable", problems, restoring);
  const read = await readEarlierRestores(etcdHosts, tools, fail, { newNodes, others, mayBeOurs });
  const unsure = read.records.filter((record) => mayBeOurs(record) && !isOfCluster(record, others));
  return { ...read, unsure };
}

export interface ReadRecords {
  records: RestoreRecord[];
  /** The records that do not tell whether they are of this cluster. */
  unsure: RestoreRecord[];
  brought: BroughtRestore[];
}

/**
 * Once the restore that a run on this machine has begun has failed, for a run that goes on with it on another one: it need
 * not ask whether anything is alive here. It is enough that one host learns of it (mergeRestores).
 */
export async function rememberFailed({ etcdHosts, tools }: Restoring): Promise<void> {
  const last = (await readRestores(tools, etcdHosts)).records.at(-1);
  if (!last || !mayBeAlive(last) || !isOwn(last, tools.clusterFile)) return;
  await writeRestore(tools, etcdHosts, { ...last, failedAt: new Date().toISOString() });
}

/**
 * Before a restore that is not known to have ended is gone on with: from now on it is this machine's, and may be alive.
 * @throws StepFailure naming each host that does not have it.
 */
export async function rememberResumed(begun: RestoreRecord, restoring: Restoring): Promise<RestoreRecord> {
  const { etcdHosts, tools } = restoring;
  if (mayBeAlive(begun) && isOwn(begun, tools.clusterFile)) return begun;
  const { failedAt: _, machine: __, ...rest } = begun;
  const own = { ...rest, ...thisHolder(tools.clusterFile) };
  const problems = await writeRestore(tools, etcdHosts, own);
  if (problems.length > 0) throw failure("unreachable", problems, restoring);
  return own;
}

/**
 * Before this restore is written down beside them: once the machine is a node like any other, they would count.
 * @throws StepFailure naming each host where that failed.
 */
export async function setBroughtAside(brought: BroughtRestore[], restoring: Restoring): Promise<void> {
  const { tools } = restoring;
  const problems = await setAside(tools, brought);
  if (problems.length > 0) throw failure("unreachable", problems, restoring);
  for (const { host, record } of brought) {
    tools.say(`${host.name}: its record of a restore of ${record.snapshot} is of another cluster, and is set aside`);
  }
}
