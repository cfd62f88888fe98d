import { z } from "zod";

const state = z.enum(["as asked", "as it was", "mixed", "not serving"]);
/** What the cluster is: restored, with all that it had before, or neither. */
export type ClusterState = z.infer<typeof state>;

const run = z.object({
  result: z.enum(["succeeded", "failed"]),
  seconds: z.number(),
  /** The failed step's own words, without the log. */
  message: z.string(),
  cluster: state,
});

/** What came of one fault. */
export const outcomeSchema = z.object({
  id: z.string(),
  way: z.enum(["in-place", "rke"]),
  title: z.string(),
  at: z.string(),
  /** Whether the line came at which it happens. */
  injected: z.boolean(),
  first: run,
  /** After the fault was lifted; absent where the first run has succeeded. */
  second: run.optional(),
  /** Whether every etcd host has the snapshot as it was. */
  snapshotIntact: z.boolean(),
  /** Etcd hosts that keep the old data. */
  oldDataOn: z.number(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

/** All outcomes of one session. */
export const outcomesSchema = z.object({
  measuredAt: z.string(),
  commit: z.string(),
  outcomes: z.array(outcomeSchema),
});

/** The page of a session's outcomes, as Markdown. */
export function page({ measuredAt, commit, outcomes }: z.infer<typeof outcomesSchema>): string {
  const rows = outcomes.map(({ title, at, injected, first, second, snapshotIntact, oldDataOn }) =>
    [
      title,
      injected ? at : `${at} (did not come)`,
      `${first.result} after ${first.seconds} s`,
      first.cluster,
      second ? `${second.result} after ${second.seconds} s` : "not needed",
      (second ?? first).cluster,
      snapshotIntact ? "intact" : "**damaged**",
      String(oldDataOn),
    ].join(" | "),
  );
  const head = [
    "Fault",
    "At",
    "This `up`",
    "Cluster then",
    "The next `up`",
    "Cluster then",
    "Snapshot",
    "Hosts with old data",
  ];
  const table = (way: Outcome["way"]) => [
    `| ${head.join(" | ")} |`,
    `|${" --- |".repeat(head.length)}`,
    ...rows.filter((_, index) => outcomes[index]?.way === way).map((row) => `| ${row} |`),
  ];
  return [
    "# Faults during a restore",
    "",
    `Written by \`npm run faults\` on ${measuredAt.slice(0, 10)} from commit ${commit}, on the lab's three nodes. Each row is one rollback that was`,
    "disturbed at the line named, the cluster after it, and the next `up` after the fault was lifted. *As it was* means that all data",
    "from before the rollback are there and the API serves them; *as asked* means that the snapshot's data are.",
    "",
    "## Restore in place",
    "",
    ...table("in-place"),
    "",
    "## RKE's own restore",
    "",
    ...table("rke"),
    "",
  ].join("\n");
}
