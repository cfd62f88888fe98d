import { z } from "zod";
import type { PointOfNoReturn } from "./pointOfNoReturn.ts";
import { comesAfterRestore, type StepId, titleOf, titlesAfter, titlesSinceRestore } from "./steps.ts";

const nodes = z.array(z.string());

const progress = <O extends string, F extends z.ZodRawShape>(of: O, fields: F) =>
  z.object({ of: z.literal(of), ...fields });

/** How far a step came that failed, where that is more than its place among the steps says. */
export const progressSchema = z.discriminatedUnion("of", [
  progress("rke", {
    etcd: z.enum(["stopped", "removed", "wiped"]).describe("what RKE may have done to it; `wiped` is certain"),
    stateFile: z.enum(["unchanged", "put-back", "as-rke-left-it"]).describe("RKE's own, beside the cluster file"),
  }).describe("a restore by RKE, once RKE has run"),
  progress("in-place", {
    data: z
      .enum(["untouched", "prepared", "not-exchanged", "put-back", "exchanged", "exchanged-earlier"])
      .describe(
        "`prepared`: nothing was stopped, and the new data are removed. `not-exchanged`, `put-back`: what was stopped is started again. `exchanged-earlier`: by an earlier run",
      ),
    hosts: nodes.describe("etcd hosts of which that is known"),
  }).describe("a restore in place"),
  progress("restart", {
    done: nodes,
    components: nodes.describe("only the Kubernetes components, neither the network nor Rancher"),
    left: nodes,
  }).describe("the restart of the components, by nodes"),
]);
type Progress = z.infer<typeof progressSchema>;
type InPlace = Extract<Progress, { of: "in-place" }>;
export type InPlaceData = InPlace["data"];

interface Ended {
  kind: string;
  step: StepId;
  progress?: Progress | undefined;
  pointOfNoReturn: PointOfNoReturn;
}

/** What steps may have done that failed before they were done, and what is then left of them. */
const OWN: Partial<Record<StepId, { done?: string; left?: string }>> = {
  "await-node": { done: "at most the snapshot folder was created on this node" },
  "pull-snapshot": {
    done: "nothing that changes the cluster; the snapshots on the node are untouched, the part that was fetched is removed",
  },
  "edit-cluster-file": { done: "the cluster file and everything beside it are as they were" },
  "safety-copy": {
    done: "parts of the safety copy may be beside the snapshots",
    left: "the rest of the safety copy",
  },
  "rke-up": { left: "the rest of rke up" },
  "rke-up-last": {
    done: "Rancher served before this step",
    left: "the rest of rke up, which starts recurring snapshots again; another verification",
  },
};

export function doneText(ended: Ended): string {
  const { step, pointOfNoReturn } = ended;
  return [...(step === "lock" ? [] : [beforeText(step, pointOfNoReturn)]), ...ownTexts(ended)].join("; ");
}

/** Where the steps before the restore are concerned, each rollback has others. */
function beforeText(step: StepId, point: PointOfNoReturn): string {
  if (!comesAfterRestore(step)) return "the steps before this one";
  const by = point.state === "passed-earlier" ? point.by : undefined;
  // What this run has left out was done by the rollback before it.
  if (by === "earlier-rollback") return "the steps of this run before this one";
  return `${titlesSinceRestore(step).join(", ")}${by === "this-run" ? "" : ", by this run or an earlier one"}`;
}

function ownTexts(ended: Ended): string[] {
  const { kind, step, progress, pointOfNoReturn } = ended;
  if (hasNotBegun(ended)) return ["nothing of this step"];
  if (kind === "cut-off") return ["of this one, what its last lines show"];
  if (progress) return progressTexts(progress);
  const isWiped = step === "restore" && pointOfNoReturn.state === "passed";
  const own = isWiped ? "the wipe; whether it was restored, its log tells" : OWN[step]?.done;
  if (own !== undefined) return [own];
  return comesAfterRestore(step) ? [] : ["nothing that changes the cluster"];
}

const STATE_FILE = {
  unchanged: "",
  "put-back": "; the state file, which RKE had rewritten, is as it was before",
  "as-rke-left-it": "; RKE has rewritten the state file; the copy made before is in .rancher-rollback",
};

function progressTexts(progress: Progress): string[] {
  switch (progress.of) {
    case "rke": {
      if (progress.etcd === "wiped") return ["RKE began to wipe and restore; the cluster is not usable in this state"];
      const etcd = progress.etcd === "removed" ? "removed etcd from" : "stopped etcd on";
      return [`RKE connected to the nodes; it may have ${etcd} a node${STATE_FILE[progress.stateFile]}`];
    }
    case "in-place":
      return [inPlaceText(progress)];
    case "restart":
      return [...on("the restart", progress.done), ...on("the Kubernetes components", progress.components)];
  }
}

function inPlaceText({ data, hosts }: InPlace): string {
  if (hosts.length === 0) return "nothing that is known for certain";
  const where = hosts.join(", ");
  switch (data) {
    case "untouched":
      return "nothing that changes the cluster";
    case "prepared":
      return "nothing that changes the cluster: nothing was stopped, and the data beside those of etcd are removed";
    case "not-exchanged":
      return `nothing permanent: no data were exchanged on ${where}; what was restored beside them is removed, and what was stopped there was started again`;
    case "put-back":
      return `the old data are back on ${where}, and what was stopped there was started again`;
    case "exchanged":
      return `etcd has the restored data on ${where}`;
    case "exchanged-earlier":
      return `an earlier run has exchanged the data of etcd on ${where}; what it stopped may still be stopped`;
  }
}

export function notDoneText(ended: Ended): string {
  const { step } = ended;
  const own = leftText(ended);
  if (step === "unlock") return own.join("; ");
  return `${[...own, ...nextText(step)].join("; ")} and everything after it`;
}

/** What matters of the steps after one that failed; the release of the lock goes without saying. */
function nextText(step: StepId): string[] {
  if (step === "restore") return [];
  if (!comesAfterRestore(step)) return [titleOf("restore")];
  const titles = titlesAfter(step).slice(0, -1);
  return titles.length === 0 ? [] : [titles.join(", ")];
}

function leftText(ended: Ended): string[] {
  const { kind, step, progress, pointOfNoReturn } = ended;
  if (hasNotBegun(ended)) return ["this step"];
  if (progress?.of === "restart") {
    return [...on("the restart", progress.left), ...on("the network and Rancher", progress.components)];
  }
  const isPutBack = progress?.of === "in-place" && progress.data === "put-back";
  const isPart = kind === "cut-off" || (pointOfNoReturn.state === "passed" && !isPutBack);
  return [OWN[step]?.left ?? (isPart ? "the rest of this step" : "this step")];
}

/** After the restore a step asks for its folder and for the lock before it does anything. */
function hasNotBegun({ kind, step }: Ended): boolean {
  return kind === "stopped" || ((kind === "locked" || kind === "busy") && comesAfterRestore(step));
}

function on(what: string, names: string[]): string[] {
  return names.length === 0 ? [] : [`${what} on ${names.join(", ")}`];
}
