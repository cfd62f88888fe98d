import type { ClusterNode } from "../../cluster/clusterFile/clusterFile.ts";
import type { Problem } from "../../cluster/problem.ts";
import type { RkeVersion } from "../../cluster/rke/version.ts";
import { type Failure, type StepFailure, stepFailure } from "../../messages/failure.ts";
import type { StepInput } from "../contract.ts";
import type { About } from "../runRke.ts";
import type { Tools } from "../step.ts";

/** A restore that is under way. */
export interface Restoring {
  /** All nodes of the cluster file. */
  nodes: ClusterNode[];
  etcdHosts: ClusterNode[];
  /** Of the RKE that restores. */
  version: RkeVersion;
  input: StepInput<"restore">;
  tools: Tools;
}

/** What a part of it knows that need not look at the nodes. */
export type Asked = Pick<Restoring, "input" | "tools">;

export function aboutOf({ snapshot }: StepInput<"restore">): About {
  return {
    step: "restore",
    snapshot,
    ended: ({ wipedAt, wipePossible, lastLine, stateFile = "unchanged" }) =>
      wipedAt
        ? {
            progress: { of: "rke", etcd: "wiped", stateFile },
            pointOfNoReturn: { state: "passed", at: wipedAt },
            remedy: `correct what RKE names; the snapshot ${snapshot} is still in /opt/rke/etcd-snapshots, and restoring it again is safe`,
          }
        : {
            progress: { of: "rke", etcd: wipePossible ? "removed" : "stopped", stateFile },
            ...(wipePossible && { pointOfNoReturn: { state: "unknown", line: lastLine } }),
            remedy: "correct what RKE names; check that etcd runs on every etcd node: docker ps -f name=etcd",
          },
  };
}

/** A failure in which RKE did not run. */
export function failure(kind: Failure["kind"], problems: Problem[], { input, tools }: Asked): StepFailure {
  return stepFailure(tools, { kind, step: "restore", snapshot: input.snapshot, problems });
}
