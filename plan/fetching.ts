import type { FailedCheck } from "../cluster/problem.ts";
import { shellWord } from "../cluster/shell.ts";
import { describeSource, type SnapshotSource } from "../cluster/snapshot/source.ts";
import type { RollbackPlan } from "./plan.ts";

/** The step that fetches the snapshot onto a node. */
export interface Pull {
  /** The node's name. */
  node: string;
  urn: string;
  /** Whether it runs in this rollback: one that has run for a snapshot of this name does not, whatever the source is now. */
  runs: boolean;
}

/** Where the snapshot comes from. @param pulls absent where that is not known: then every node that lacks it fetches it. */
export function sourceOf(
  source: SnapshotSource | undefined,
  pulls: Pull[] | undefined,
): Pick<RollbackPlan["snapshot"], "source" | "sourceNotAsked"> {
  if (!source) return {};
  const from = describeSource(source);
  return pulls?.every(({ runs }) => !runs) ? { sourceNotAsked: from } : { source: from };
}

/** Whether a node that lacks the snapshot fetches it before it is checked. */
export function isFetched(node: string, source: SnapshotSource | undefined, pulls: Pull[] | undefined): boolean {
  return source !== undefined && !pulls?.some((pull) => pull.node === node && !pull.runs);
}

/** @param lacking names of the nodes that have no whole snapshot and fetch none. */
export function withRemedy(checks: FailedCheck[], lacking: string[], pulls: Pull[] = []): FailedCheck[] {
  return checks.map((check) => {
    const isLacking = check.check === "snapshot-whole" && lacking.includes(check.of ?? "");
    const pull = isLacking ? pulls.find(({ node }) => node === check.of) : undefined;
    if (!pull) return check;
    const text = "an earlier run has fetched it, and fetches it again only when asked to; to ask for it";
    return { ...check, remedy: { text, pulumi: `state taint ${shellWord(pull.urn)}` } };
  });
}
