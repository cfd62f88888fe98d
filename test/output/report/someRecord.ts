import type { RollbackPlan } from "../../../plan/plan.ts";
import type { Command, RunEvent } from "../../../run/events.ts";
import type { RunRecord } from "../../../run/record.ts";
import { someDownstream, somePlan } from "../../plan/somePlan.ts";
import { recordOf as recordOfEvents } from "../display/someRun.ts";

const BEGIN = Date.parse("2026-11-23T03:00:00.000Z");
export const at = (seconds: number) => new Date(BEGIN + seconds * 1000).toISOString();

type Happening = RunEvent extends infer Event ? (Event extends RunEvent ? Omit<Event, "at" | "stack"> : never) : never;
/** What happened, and how many seconds after the beginning. */
export type Happened = [seconds: number, event: Happening];

/** The record of a run in which this happened. */
export function recordOf(command: Command, happened: Happened[]): RunRecord {
  const versions = { "rancher-rollback": "0.2.0", node: "v24.21.0", pulumi: "v3.259.0", rke: "v1.8.0" };
  const about = { at: at(0), stack: "prod" };
  const target = { cluster: "prod", clusterFile: "/clusters/rancher-cluster.yml", snapshot: "before-upgrade" };
  const job = { system: "GitHub Actions", id: "17", url: "https://github.com/ops/rancher/actions/runs/17" };
  const operator = { user: "rancher", host: "console", sudoUser: "alice", job };
  return recordOfEvents([
    { event: "run-started", ...about, eventVersion: 3, command, ...target, versions, operator },
    ...happened.map(([seconds, event]) => ({ ...event, at: at(seconds), stack: "prod" }) as RunEvent),
  ]);
}

export const planned = (changes: Partial<RollbackPlan> = {}): Happened => [
  6,
  { event: "plan", plan: somePlan(changes) },
];

const STEPS = [
  ...["lock-id", "lock", "snapshot-node1", "snapshot-node2", "snapshot-node3", "preflight", "safety-copy"],
  ...["etcd-restore", "rke-up", "restart", "rancher-image", "verification", "unlock"],
];

export const changes: Happened = [
  2,
  { event: "changes", steps: STEPS.map((step) => ({ step, operation: "create" as const })) },
];

/** A step from its beginning to its end, with its log. */
export function step(name: string, from: number, to: number, lines: string[] = [], failed = false): Happened[] {
  const about = { step: name, operation: "create" as const };
  return [
    [from, { event: "step-started", ...about }],
    ...lines.map((text): Happened => [from, { event: "line", step: name, text }]),
    [to, { event: "step-ended", ...about, failed, seconds: to - from }],
  ];
}

/** A step whose turn it is not. */
export function skipped(name: string, from: number, to: number, lines: string[] = []): Happened[] {
  return step(name, from, to, lines).map(([seconds, event]) =>
    event.event === "step-ended" ? [seconds, { ...event, skipped: "comes-last" }] : [seconds, event],
  );
}

const beforeTheWipe: Happened[] = [
  ...step("lock-id", 6.1, 6.2),
  ...step("lock", 6.2, 8.4, ["locked node1, node2 and node3 as 1a2b3c4d"]),
  ...step("snapshot-node1", 8.4, 12),
  ...step("snapshot-node2", 8.4, 14.4),
  ...step("snapshot-node3", 8.5, 11.4),
  ...step("preflight", 14.5, 21.7, ["node1: holds before-upgrade, whole", "node2: holds before-upgrade, whole"]),
  ...step("safety-copy", 21.8, 33, [
    "saving safety-20261123T030021Z on node1, whose etcd answers",
    "saved: safety-20261123T030021Z on node1, node2, node3, and what belongs to it in /clusters/.rancher-rollback/safety",
  ]),
];

const restoreLines = [
  'time="2026-11-23T03:00:34Z" level=info msg="Restoring etcd snapshot before-upgrade"',
  'time="2026-11-23T03:00:58Z" level=info msg="Cleaning old kubernetes cluster"',
  'time="2026-11-23T03:02:28Z" level=info msg="Finished restoring snapshot [before-upgrade] on all etcd hosts"',
];

const VERIFIED = { rancherVersion: "v2.5.8", etcdMembers: 3, nodesReady: 3 };
const undoable = {
  safetyCopy: "safety-20261123T030021Z",
  copy: { nodes: ["node1", "node2", "node3"], bytes: 3 * 2 ** 20 },
  canBeUndone: true,
};

const LOG = "/clusters/.rancher-rollback/logs/2026-11-23T030034.000Z-etcd-snapshot-restore.log";

const confirmed: Happened = [6.05, { event: "confirmed", how: "terminal" }];
const stopping: Happened = [34, { event: "rancher-stopping", step: "etcd-restore" }];
const logging: Happened = [35, { event: "rke-log", step: "etcd-restore", path: LOG }];
const serving: Happened = [244.2, { event: "rancher-serving", step: "verification" }];

export const succeeded = () =>
  recordOf("apply", [
    changes,
    [3, { event: "note", level: "info", text: "reading the cluster" }],
    planned({ downstream: someDownstream(), warnings: [{ kind: "clock-skew", node: "node3", seconds: 9 }] }),
    confirmed,
    ...beforeTheWipe,
    stopping,
    logging,
    ...step("etcd-restore", 33.2, 149.2, restoreLines),
    [58.4, { event: "wiping", step: "etcd-restore" }],
    ...step("rke-up", 149.3, 192.1, [
      'time="2026-11-23T03:03:12Z" level=info msg="Finished building Kubernetes cluster successfully"',
    ]),
    ...step("restart", 192.2, 221.4, ["node2: restarting kube-apiserver"]),
    [
      222,
      {
        event: "note",
        level: "warning",
        text: "the image was set while Helm holds the release: a later upgrade may revert it",
        remedy: { text: "look at the release", command: "verify" },
      },
    ],
    ...step("rancher-image", 221.5, 241, ["deployment cattle-system/rancher: 3 of 3 replicas are up"]),
    serving,
    ...step("verification", 241.1, 247.8, ["Rancher answers with v2.5.8"]),
    ...step("unlock", 247.9, 249.2),
    [
      249.6,
      { event: "run-ended", result: "succeeded", ...undoable, after: { ...VERIFIED, kubernetesVersion: "v1.20.15" } },
    ],
  ]);

/** A run that restored in place: the hosts keep the old data. */
export const inPlace = () =>
  recordOf("apply", [
    changes,
    planned({
      restore: {
        way: "in-place",
        reasons: [{ kind: "hosts-ready", hosts: 3, tool: "etcdctl 3.4.15" }],
        oldDataKeptDays: 7,
        expectedSeconds: 25,
      },
    }),
    ...beforeTheWipe,
    ...step("etcd-restore", 33.2, 55.2, ["exchanged on node1, node2, node3"]),
    ...skipped("rke-up", 55.3, 57.3, ["the restore has built the cluster: rke up comes last"]),
    [40.4, { event: "wiping", step: "etcd-restore" }],
    [
      99.6,
      {
        event: "run-ended",
        result: "succeeded",
        ...undoable,
        restore: {
          way: "in-place",
          reasons: [{ kind: "hosts-ready", hosts: 3, tool: "etcdctl 3.4.15" }],
          oldData: { path: "/var/lib/etcd/.rancher-rollback/rollback-1", until: at(7 * 86_400) },
        },
        after: VERIFIED,
      },
    ],
  ]);

export const ERROR = `Step "Run rke up" FAILED
  what happened:       node2: kubelet did not come up within 300 s: dial tcp 10.0.0.2:10250: connect: connection refused
                       node3: kube-proxy exited with code 1
  done:                Restore etcd
  not done:            the rest of rke up; Restart the components, Set the Rancher image, Verify the cluster and everything after it
  point of no return:  passed at 03:00:58 UTC
  next:                look at the kubelet's log: ssh rancher@10.0.0.2 docker logs --tail 50 kubelet
                       pulumi up --stack prod   (continues from this step)`;

export const failed = () =>
  recordOf("apply", [
    changes,
    planned(),
    confirmed,
    ...beforeTheWipe,
    stopping,
    logging,
    ...step("etcd-restore", 33.2, 149.2, restoreLines),
    [58.4, { event: "wiping", step: "etcd-restore" }],
    ...step(
      "rke-up",
      149.3,
      460.2,
      [
        'time="2026-11-23T03:02:31Z" level=info msg="[worker] Building up Worker Plane.."',
        'time="2026-11-23T03:07:40Z" level=fatal msg="[workerPlane] Failed to bring up Worker Plane: [Failed to verify healthcheck: Failed to check http://localhost:10248/healthz for service [kubelet] on host [10.0.0.2]: Get \\"http://localhost:10248/healthz\\": dial tcp 127.0.0.1:10248: connect: connection refused]"',
      ],
      true,
    ),
    [460.6, { event: "run-ended", result: "failed", error: ERROR, ...undoable }],
  ]);

export const refused = () =>
  recordOf("apply", [
    changes,
    planned({
      accepted: false,
      failedChecks: [
        { message: "node2: there is no before-upgrade", remedy: "set snapshotSource, so that it is fetched" },
      ],
    }),
    [
      6.3,
      {
        event: "run-ended",
        result: "refused",
        error: "the restore of before-upgrade is not confirmed: acceptDataLossOf is not set. Nothing was done.",
        canBeUndone: false,
      },
    ],
  ]);

export const interrupted = () =>
  recordOf("apply", [
    changes,
    planned(),
    ...beforeTheWipe,
    [25, { event: "note", level: "warning", text: "asked to stop: stopping before the restore" }],
    [33.1, { event: "run-ended", result: "interrupted", safetyCopy: undoable.safetyCopy, canBeUndone: false }],
  ]);

export const unchanged = () =>
  recordOf("apply", [[4.2, { event: "run-ended", result: "unchanged", canBeUndone: false }]]);

export const killed = () =>
  recordOf("apply", [
    changes,
    planned(),
    ...beforeTheWipe,
    [33.2, { event: "step-started", step: "etcd-restore", operation: "create" }],
    [34, { event: "line", step: "etcd-restore", text: restoreLines[0] ?? "" }],
    [52, { event: "note", level: "info", text: "still restoring" }],
  ]);

export const previewed = () =>
  recordOf("plan", [
    changes,
    planned({
      ...{ accepted: false, downstream: someDownstream() },
      warnings: [{ kind: "clock-skew", node: "node3", seconds: 9 }],
    }),
    [7, { event: "run-ended", result: "planned", canBeUndone: false }],
  ]);

export const EVERY_KIND = { succeeded, inPlace, failed, refused, interrupted, unchanged, killed, previewed };
