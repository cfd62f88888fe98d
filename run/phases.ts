/** A part of the road as a person follows it. */
export interface Phase {
  /** As in "3 of 10". */
  number: number;
  title: string;
  /** The node it happens on, where it is one node's. */
  node?: string;
}

/** The road's phases in their order, each with the names of its steps (components/rancherRollback.ts). */
const ROAD: [title: string, steps: RegExp][] = [
  ["lock the cluster", /^lock(-id)?$/],
  ["a new machine for a dead node", /^(machine|await)-(?<node>.+)$/],
  ["fetch the snapshot", /^snapshot-(?<node>.+)$/],
  ["edit the cluster file", /^cluster-config$/],
  ["prove the snapshot and the nodes", /^preflight$/],
  ["save a safety copy", /^safety-copy$/],
  ["restore etcd", /^etcd-restore$/],
  ["rke up", /^rke-up$/],
  ["restart the components", /^restart-(?<node>.+)$/],
  ["set the prior Rancher image", /^rancher-image(-api)?$/],
  ["verify", /^verification$/],
  ["unlock the cluster", /^unlock$/],
];

export const PHASES: readonly string[] = ROAD.map(([title]) => title);

/** The phase that a step is part of; undefined for resources that are none of the road's steps. */
export function phaseOf(step: string): Phase | undefined {
  for (const [at, [title, steps]] of ROAD.entries()) {
    const found = steps.exec(step);
    const node = found?.groups?.node;
    if (found) return { number: at + 1, title, ...(node && { node }) };
  }
  return undefined;
}
