import type { RestoreRecord } from "../../../cluster/history/restores.ts";
import { type DecisionArgs, decideWay } from "../../../cluster/inPlace/decision.ts";
import type { Exchange, HostReading, InPlaceFacts } from "../../../cluster/inPlace/facts.ts";
import type { StateContent } from "../../../cluster/inPlace/stateContent.ts";
import { someFacts } from "./someFacts.ts";

export const NODES = ["node1", "node2", "node3"];
/** Etcd hosts on which all is ready for a restore in place, but for the changes to `all` or one of them. */
export const hosts = (changes: Record<string, Partial<InPlaceFacts>> = {}): HostReading[] =>
  NODES.map((node) => ({ node, facts: someFacts({ ...changes.all, ...changes[node] }) }));
export const STATE: StateContent = {
  kubernetesVersion: "v1.20.15-rancher2-2",
  kubernetesImage: "rancher/hyperkube:v1.20.15-rancher2",
  ca: "1",
  serviceAccountKey: "2",
};

export const decide = (changes: Partial<DecisionArgs> = {}) =>
  decideWay({
    restoreWith: "auto",
    asked: { snapshot: "base", run: 1 },
    rke: { major: 1, minor: 8, patch: 0, text: "v1.8.0" },
    replaced: [],
    hosts: hosts(),
    incomplete: [],
    records: [],
    snapshotBytes: 100e6,
    localState: STATE,
    ...changes,
  });

export const record = (changes: Partial<RestoreRecord> = {}): RestoreRecord => ({
  ...{ snapshot: "base", run: 1, startedAt: "2026-11-23T03:00:00Z", finishedAt: "2026-11-23T03:01:00Z" },
  ...{ stack: "prod", holder: "op@desk", inPlace: { id: "rollback-1" } },
  safetyCopy: { name: "safety-1", rancherImage: "rancher/rancher:v2.5.9" },
  ...changes,
});
export const BEFORE = { clusterId: "1", revision: "20" };
export const ABOUT = { snapshot: "base", run: 1, startedAt: "2026-11-23T03:00:00Z", way: "in-place" } as const;
export const exchange = (changes: Partial<Exchange> = {}): Exchange => ({
  ...{ id: "rollback-1", hasNew: false, hasOld: true, oldKiB: 500 },
  ...changes,
});
