import type { ClusterNode } from "../../cluster/clusterFile/clusterFile.ts";
import { readRestores } from "../../cluster/history/hosts.ts";
import { answered, exchangeState, readHost } from "../../cluster/inPlace/facts.ts";
import type { Tools } from "../step.ts";

/** An exchange of etcd's data that an earlier run has begun and not finished. */
interface UnfinishedExchange {
  /** Names of the hosts on which it was done, in part at least. */
  exchanged: string[];
  /** The name of the safety copy that was saved before it. */
  copy?: string;
}

/** By what the hosts remember and what is on them; undefined where there is none. A host that cannot be asked says nothing. */
export async function unfinishedExchange(hosts: ClusterNode[], tools: Tools): Promise<UnfinishedExchange | undefined> {
  const last = (await readRestores(tools, hosts)).records.at(-1);
  if (!last?.inPlace || last.finishedAt !== undefined) return undefined;
  const { id } = last.inPlace;
  const readings = await Promise.all(hosts.map((node) => readHost(node, last.snapshot, tools.hostKeys, 60)));
  const exchanged = answered(readings)
    .filter(({ facts }) => !["none", "prepared"].includes(exchangeState(facts, id)))
    .map(({ node }) => node);
  return exchanged.length === 0 ? undefined : { exchanged, ...(last.safetyCopy && { copy: last.safetyCopy.name }) };
}
