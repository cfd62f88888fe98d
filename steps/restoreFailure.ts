import type { Problem } from "../cluster/problem.ts";
import type { RkeRun } from "../cluster/rke/run.ts";
import type { StateFileFate } from "../cluster/rke/unfinishedRestore.ts";
import { type Failure, problemFailure, type StepFailure } from "../messages/failure.ts";
import { nothingWiped } from "../messages/pointOfNoReturn.ts";
import type { StepInput } from "./contract.ts";
import type { About } from "./runRke.ts";
import type { Tools } from "./step.ts";

type RestoreInput = StepInput<"restore">;

/** What a failure before the wipe says of RKE's state file. */
const STATE_FILE: Record<StateFileFate, string> = {
  unchanged: "",
  "put-back": "; the state file, which RKE had rewritten, is as it was before",
  "as-rke-left-it": "; RKE has rewritten the state file; the copy made before is in .rancher-rollback",
};

/** What a failure of the restore says, whether RKE ran or not. */
export function aboutOf({ snapshot }: RestoreInput, { clusterFile }: Tools): About {
  return {
    title: `The etcd restore of snapshot ${snapshot}`,
    done: "nothing that changes the cluster",
    notDone: "the restore and everything after it",
    pointOfNoReturn: (run?: RkeRun) => {
      if (run?.wipedAt) return { state: "passed", at: run.wipedAt };
      return run?.wipePossible ? { state: "unknown", line: run.lastLine } : nothingWiped(clusterFile);
    },
    ended: ({ wipedAt, wipePossible, stateFile = "unchanged" }) =>
      wipedAt
        ? {
            done: "RKE began to wipe and restore; the cluster is not usable in this state",
            remedy: `correct what RKE names; the snapshot ${snapshot} is still in /opt/rke/etcd-snapshots, and restoring it again is safe`,
          }
        : {
            done: `RKE connected to the nodes; it may have ${wipePossible ? "removed etcd from" : "stopped etcd on"} a node${STATE_FILE[stateFile]}`,
            remedy: "correct what RKE names; check that etcd runs on every etcd node: docker ps -f name=etcd",
          },
  };
}

/** A failure in which RKE did not run. */
export function failure(kind: Failure["kind"], problems: Problem[], input: RestoreInput, tools: Tools): StepFailure {
  const { title, done, notDone } = aboutOf(input, tools);
  return problemFailure({ kind, step: title, done, notDone }, problems, nothingWiped(tools.clusterFile));
}
