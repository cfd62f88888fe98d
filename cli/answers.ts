import { z } from "zod";
import { checklistStateSchema } from "../cluster/downstream/checklist.ts";
import { connectionSchema } from "../cluster/downstream/connections.ts";
import { lockSchema } from "../cluster/lock/lock.ts";
import { snapshotContentSchema } from "../cluster/opened/content.ts";
import { inspectionSchema } from "../cluster/opened/inspection.ts";
import { provenSnapshotSchema } from "../cluster/opened/provenSnapshots.ts";
import { problemSchema, type Remedy, remedySchema } from "../cluster/problem.ts";
import { safetyCopySchema } from "../cluster/safetyCopy/report.ts";
import { defectSchema } from "../cluster/scriptProblems/defects.ts";
import { s3ObjectSchema } from "../cluster/snapshot/listS3.ts";
import { verificationCheckSchema } from "../cluster/verification/checks.ts";

const answerOf = <C extends string, F extends z.ZodRawShape>(command: C, fields: F) =>
  z.object({ command: z.literal(command), stack: z.string(), ...fields });

/** What `doctor` checks, as a person reads it. */
export const CHECK_NAMES = {
  pulumi: "Pulumi",
  "pulumi-plugins": "Pulumi's plugins",
  "aws-plugin": "Pulumi's AWS plugin",
  openssh: "OpenSSH",
  "file-locking": "file locking",
  passphrase: "passphrase",
  stack: "stack",
  settings: "settings",
  rke: "RKE",
  "rke-state-file": "RKE's state file",
  disk: "disk",
  node: "node",
  clock: "clock",
  "kubernetes-api": "Kubernetes API",
  rancher: "Rancher",
};

const hosts = z
  .array(
    z.object({
      node: z.string(),
      released: z.literal(true).optional().describe("the lock that was named was there, and this command released it"),
      lock: lockSchema.optional().describe("absent where the host is not locked, or could not be asked"),
      problem: problemSchema.optional().describe("why the host could not be asked"),
    }),
  )
  .describe("every etcd host");

const unread = z
  .array(z.object({ node: z.string(), problem: problemSchema }))
  .describe("etcd hosts that could not be asked");

const proven = provenSnapshotSchema.pick({ how: true, by: true, at: true, nodes: true }).optional();
const holds = snapshotContentSchema.optional();

const snapshotLine = z.object({
  name: z.string(),
  takenAt: z.iso
    .datetime({ offset: true })
    .optional()
    .describe(
      "from inside where it was opened, else by its name or the time of its oldest file; absent where that is unknown",
    ),
  unpacked: z.int().optional().describe("bytes of the snapshot itself"),
  copies: z.array(
    z.object({
      node: z.string(),
      file: z
        .string()
        .describe("in /opt/rke/etcd-snapshots; where there are both a zip and a plain file, the one that RKE restores"),
      bytes: z.int(),
      wrong: defectSchema.optional().describe("why it is no snapshot; absent where it may be one"),
    }),
  ),
  missingOn: z.array(z.string()).describe("etcd hosts that were asked and do not have it"),
  same: z
    .boolean()
    .optional()
    .describe(
      "whether all copies are one snapshot, by the hash at their end or the CRC in their zip; absent where that is unknown",
    ),
  proven: proven.describe("the last proof from this machine of files that are unchanged since"),
  holds: holds.describe("absent where it was not opened yet"),
  problems: z.array(problemSchema).describe("found by opening it now"),
});

const bucket = z.object({
  place: z.string().describe("the folder's address, and where S3 is"),
  objects: z
    .array(
      s3ObjectSchema.extend({
        proven: proven.describe("the last proof from this machine of what was fetched from there after the upload"),
        holds: holds.describe("absent where it was not fetched and opened yet"),
      }),
    )
    .describe("what can be a snapshot by its name, the newest first"),
  problems: z.array(problemSchema).describe("why it could not be listed, for each etcd host that was asked"),
});

/**
 * What the commands that ask and roll nothing back print with `--json`: one object on one line. Texts contain no secrets.
 * `docs/answers.schema.json` is made of it.
 */
export const answerSchema = z.discriminatedUnion("command", [
  answerOf("init", {
    files: z.array(
      z.object({ path: z.string(), written: z.boolean().describe("false: it was there, and is as it was") }),
    ),
    next: z
      .array(
        z.object({
          action: z
            .enum(["log-in", "set-passphrase", "create-stack", "set-secret", "doctor", "plan"])
            .describe("log-in: to a backend of Pulumi's; set-passphrase: by which a local one encrypts"),
          setting: z.string().optional().describe("the secret to set, whose value the command reads"),
          command: z.string().describe("as a shell takes it"),
        }),
      )
      .describe("what to do once the stack's file is edited, in this order"),
  }),
  z.object({
    command: z.literal("doctor"),
    stack: z.string().optional().describe("absent where none was named"),
    findings: z.array(
      z.object({
        check: z
          .enum(Object.keys(CHECK_NAMES) as (keyof typeof CHECK_NAMES)[])
          .describe("what a rollback needs; node: that it lets this machine in, and that its Docker answers"),
        of: z.string().optional().describe("the node, where it is that of one"),
        level: z.enum(["ok", "warning", "failure"]).describe("a rollback is not possible with a failure"),
        message: z.string().describe("what was found"),
        remedy: remedySchema.optional().describe("what to do about it; absent where the level is ok"),
      }),
    ),
  }),
  answerOf("verify", {
    verified: z.boolean(),
    checks: z.array(verificationCheckSchema),
    rancherVersion: z.string().optional().describe("what Rancher answers with; absent where it does not"),
    downstream: z
      .array(connectionSchema)
      .optional()
      .describe(
        "clusters that Rancher manages, as it last saw them; they do not change the exit code. Absent where they cannot be read",
      ),
    sinceRollback: z
      .object({ snapshot: z.string(), wipedAt: z.iso.datetime(), checklist: z.array(checklistStateSchema) })
      .optional()
      .describe(
        "what the last restore that this machine has a record of meant for them, and what has become of that; it fails nothing",
      ),
  }),
  answerOf("prove", {
    proven: z.boolean(),
    snapshot: z.string().optional().describe("absent where there is none"),
    startedAt: z.iso.datetime(),
    seconds: z.number(),
    takenAt: z.iso.datetime().optional(),
    unpacked: z.int().optional().describe("bytes of the snapshot itself"),
    nodes: z.array(z.string()).optional().describe("etcd hosts whose copy is whole, by its own hash"),
    missingOn: z
      .array(z.string())
      .optional()
      .describe("etcd hosts that were asked and do not have it; absent where it is in S3"),
    source: z
      .string()
      .optional()
      .describe("the folder in S3 that it was fetched from; absent where it is on the etcd hosts"),
    inspection: inspectionSchema.optional().describe("absent where the snapshot was not opened"),
    checks: z.array(
      z.object({
        check: z
          .enum(["snapshot-found", "snapshot-fetched", "hash", "opened", "age", "newest-of-host"])
          .describe(
            "snapshot-found: there is one to prove, which only fails; snapshot-fetched: from `source`; hash: of the copy on `of`; opened: and compared with the cluster; newest-of-host: the age of the newest on `of`",
          ),
        of: z.string().optional().describe("the etcd host, where it is that of one"),
        problems: z.array(problemSchema),
        skipped: z
          .enum(["no-whole-copy", "no-max-age"])
          .optional()
          .describe("why it was not checked; no-max-age: `--max-age` was not given"),
      }),
    ),
    warnings: z.array(problemSchema).describe("what does not keep it from being proven"),
    unread,
  }),
  answerOf("snapshots", {
    snapshots: z.array(snapshotLine).describe("those on the etcd hosts, the newest first"),
    buckets: z.array(bucket).describe("the folders in S3 that the cluster file and snapshotSource name"),
    unread,
  }),
  answerOf("prepare", {
    snapshot: z.string(),
    saved: safetyCopySchema
      .pick({ nodes: true, bytes: true, sha256: true, state: true, folder: true })
      .optional()
      .describe("absent where nothing was saved"),
    uploaded: z
      .string()
      .optional()
      .describe(
        "the folder in S3 where it is, too: then each host has a file of its own, and `saved` has size and sha256 of the first host's",
      ),
    inspection: inspectionSchema.optional().describe("absent where the snapshot was not opened, or has a problem"),
    written: z
      .object({
        file: z.string(),
        settings: z.record(z.string(), z.string()).describe("an empty one is none"),
        replaced: z
          .record(z.string(), z.string())
          .describe("what those of them were before that the file had with another value"),
      })
      .optional()
      .describe("the way back in the stack's config; absent where that is as it was"),
    problems: z.array(problemSchema).describe("why it is not prepared; empty where it is"),
  }),
  answerOf("unlock", { hosts }),
  answerOf("abort", {
    lock: z
      .string()
      .optional()
      .describe("the id of this stack's lock; absent where the stack has never locked anything"),
    refused: problemSchema.optional().describe("why nothing was released; `hosts` is empty then"),
    wipedAt: z.iso
      .datetime()
      .optional()
      .describe("when this rollback wiped the cluster; absent where it did not, or was verified since"),
    mayBeWiped: z
      .object({ at: z.iso.datetime(), by: z.string().describe("user@machine") })
      .optional()
      .describe("the restore that another machine began, when, and whose end the etcd hosts do not know"),
    notStarted: problemSchema
      .optional()
      .describe("why nothing that a restore may have stopped was started, on any node; absent where it was"),
    stopped: z
      .array(problemSchema)
      .optional()
      .describe(
        "nodes on which what was stopped for the restore (kubelet; in place, also etcd and the control planes) may not run again; absent where there is none",
      ),
    hosts,
  }),
  answerOf("report", {
    run: z.string().describe("the name of its folder"),
    html: z.string(),
    json: z.string(),
    md: z.string(),
  }),
]);

/** What every command prints with `--json`, on one line, where it cannot give its answer. */
export const errorSchema = z.object({
  error: z.object({
    message: z.string(),
    remedy: remedySchema.optional().describe("what to do about it, where that is apart from the message"),
    exitCode: z.int(),
  }),
});
export type ErrorDocument = z.infer<typeof errorSchema>;

export type Answer = z.infer<typeof answerSchema>;
type AnswerOf<C extends Answer["command"]> = Extract<Answer, { command: C }>;

export type InitNext = AnswerOf<"init">["next"][number];
export type Finding = AnswerOf<"doctor">["findings"][number];
export type Aborted = AnswerOf<"abort">;
export type Prepared = AnswerOf<"prepare">;
export type Proof = AnswerOf<"prove">;
export type ProofCheck = Proof["checks"][number];
export type Snapshots = AnswerOf<"snapshots">;
export type SnapshotLine = Snapshots["snapshots"][number];
export type Bucket = Snapshots["buckets"][number];
export type HeldHost = AnswerOf<"unlock">["hosts"][number];

export function finding(check: Finding["check"], level: Finding["level"], message: string, remedy?: Remedy): Finding {
  return { check, level, message, ...(remedy !== undefined && { remedy }) };
}

/** Prints a line of progress, on standard error: standard output is the answer's. */
export function say(line: string): void {
  console.error(line);
}

export function answer(answered: Answer, { json }: { json: boolean }, words: string[]): void {
  if (json) console.log(JSON.stringify(answered));
  else for (const line of words) console.log(line);
}
