import { z } from "zod";
import { table } from "../bench/tables.ts";

const state = z.enum(["as asked", "as it was", "mixed", "not serving"]);
/** What the cluster is: restored, with all that it had before, or neither. */
export type ClusterState = z.infer<typeof state>;

const run = z.object({
  result: z.enum(["succeeded", "failed"]),
  seconds: z.number(),
  /** Why it failed; empty where it succeeded. */
  message: z.string(),
  cluster: state,
});

const outcomeSchema = z.object({
  id: z.string(),
  way: z.enum(["in-place", "rke", "bare-rke"]),
  title: z.string(),
  at: z.string(),
  /** Whether the moment came at which it happens. */
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

const damageOutcomeSchema = z.object({
  id: z.string(),
  way: z.enum(["in-place", "rke"]),
  title: z.string(),
  refused: z.boolean(),
  /** Why it was refused: of the first node, where it is several. */
  message: z.string(),
  /** Containers that do not run any more, or not since the same moment. */
  stopped: z.number(),
  cluster: state,
});
export type DamageOutcome = z.infer<typeof damageOutcomeSchema>;

/** All outcomes, in the order of the tables; each says by itself when and on which commit it was tried. */
export const outcomesSchema = z.object({
  faults: z.array(outcomeSchema.extend({ commit: z.string() })),
  damages: z.array(damageOutcomeSchema.extend({ commit: z.string() })),
});
export type Outcomes = z.infer<typeof outcomesSchema>;

const HEADINGS = {
  "in-place": ["Restore in place", "This `up`", "The next `up`"],
  rke: ["RKE's own restore", "This `up`", "The next `up`"],
  "bare-rke": ["RKE without rancher-rollback", "`snapshot-restore`, `up`", "The same again"],
} as const;

export function page({ faults, damages }: Outcomes): string {
  return [
    "# Faults during a restore",
    "",
    "Written by `npm run faults`, on the lab's three nodes. Each row is one rollback that was disturbed at the moment or line named, the",
    "cluster after it, and the next try after the fault was lifted. *As it was* means that all data from before the rollback",
    "are there and the API serves them; *as asked* means that the snapshot's data are.",
    ...(["in-place", "rke", "bare-rke"] as const).flatMap((way) => faultTable(way, faults)),
    ...damageTable(damages),
    "",
  ].join("\n");
}

function faultTable(way: Outcome["way"], outcomes: Outcomes["faults"]): string[] {
  const [title, first, second] = HEADINGS[way];
  const then = "Cluster then";
  const head = ["Fault", "At", first, then, second, then, "Snapshot", "Hosts with old data", "Commit"];
  const rows = outcomes.filter((outcome) => outcome.way === way).map(faultRow);
  return rows.length === 0 ? [] : ["", `## ${title}`, "", table(head, rows)];
}

function faultRow({ second, first, ...outcome }: Outcomes["faults"][number]): string[] {
  return [
    outcome.title,
    outcome.injected ? outcome.at : `${outcome.at} (did not come)`,
    `${first.result} after ${first.seconds} s`,
    first.cluster,
    second ? `${second.result} after ${second.seconds} s` : "not needed",
    (second ?? first).cluster,
    outcome.snapshotIntact ? "intact" : "**damaged**",
    String(outcome.oldDataOn),
    outcome.commit,
  ];
}

function damageTable(outcomes: Outcomes["damages"]): string[] {
  if (outcomes.length === 0) return [];
  const rows = outcomes.map(({ title, way, refused, message, stopped, cluster, commit }) => [
    title,
    way,
    refused ? "refused" : "**restored**",
    message,
    String(stopped),
    cluster,
    commit,
  ]);
  const head = ["Snapshot", "Way", "`up`", "Because", "Containers stopped", "Cluster then", "Commit"];
  return ["", "## Damaged snapshots, the same on every host", "", table(head, rows)];
}
