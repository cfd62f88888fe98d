import type { LogMessage } from "./logLine.ts";

/**
 * What a finding makes of a run. `dropped`: a node was left out. `failed`: the run did not do its work. `repeat`: the
 * work is done but for a part that another `rke up` does. `note`: something beside the work.
 */
type Weight = "dropped" | "failed" | "repeat" | "note";

interface About {
  /** The node, as RKE names it. */
  host?: string;
  addon?: string;
  /** RKE's own words, printable and without secrets; further lines of the log after line breaks. */
  text: string;
  /** For `exit`: null when RKE was killed. */
  exitCode?: number | null;
  /** For `silent`. */
  seconds?: number;
}

/** `last`: the text as the last line that RKE printed. */
type Said = About & { last: string };

const warned = ({ text }: Said) => `RKE warned: ${text}`;

/** What went wrong in a run of RKE, as its log shows or as its end does: what that makes of the run, and in words. */
const KINDS = {
  unreachable: ["dropped", ({ host, text }) => `RKE cannot reach ${host} and would continue without it${whyIn(text)}`],
  removed: ["dropped", ({ host }) => `RKE dropped ${host} and would continue without it`],
  skipped: ["dropped", ({ host }) => `RKE built the cluster without ${host}`],
  /** A node that RKE never works on. */
  unmentioned: [
    "dropped",
    ({ host }) => `RKE did nothing on ${host}, and did not say why: the cluster was built without it`,
  ],
  otherSnapshot: ["failed", () => "RKE could not get the snapshot from S3 and would use whatever is on the nodes"],
  notSaved: ["failed", warned],
  notUploaded: ["failed", warned],
  fatal: ["failed", ({ text }) => `RKE gave up: ${text}`],
  panic: ["failed", ({ text }) => `RKE crashed: ${text}`],
  /** It gave no reason. */
  exit: [
    "failed",
    ({ exitCode, last }) => `RKE ended with exit code ${exitCode ?? "none (killed)"}; its last line: ${last}`,
  ],
  /** RKE ended with exit code 0, without the line that says that it is done. */
  unfinished: ["failed", ({ last }) => `RKE ended without saying that it is done; its last line: ${last}`],
  silent: [
    "failed",
    ({ seconds, last }) => `RKE printed nothing for ${seconds} s and was stopped; its last line: ${last}`,
  ],
  addon: [
    "repeat",
    ({ addon = "dns" }) => `RKE could not deploy the addon ${addon}; a longer addon_job_timeout may help`,
  ],
  upgrade: ["repeat", warned],
  recurringSnapshots: ["note", warned],
  leftOver: ["note", warned],
  /** The copy of RKE's state in the cluster or in a snapshot. */
  stateCopy: ["note", warned],
} as const satisfies Record<string, readonly [Weight, (said: Said) => string]>;
export type FindingKind = keyof typeof KINDS;

export interface Finding extends About {
  kind: FindingKind;
}

export function weightOf({ kind }: Finding): Weight {
  return KINDS[kind][0];
}

/** Whether it is worth stopping RKE at once, as long as nothing has been wiped. */
export function endsTheRun({ kind }: Finding): boolean {
  return kind === "unreachable" || kind === "removed" || kind === "otherSnapshot";
}

/**
 * Warnings and errors after which RKE goes on, mostly to exit code 0. Sources: cluster/hosts.go, cluster/etcd.go,
 * cluster/addons.go, cluster/cluster.go, cluster/reconcile.go, cluster/state.go, services/etcd.go,
 * services/controlplane.go, cmd/up.go and cmd/etcd.go of RKE v0.1.7 to v1.8.0; rke#718, rke#835, rke#2077, rke#2424.
 */
const GOES_ON: readonly (readonly [FindingKind, RegExp])[] = [
  ["unreachable", /^Failed to set up SSH tunneling for host \[(?<hosts>[^\]]+)\]/],
  ["removed", /^Removing host \[(?<hosts>[^\]]+)\] from node lists/],
  ["skipped", /\bprovisioning incomplete, host\(s\) \[(?<hosts>[^\]]+)\]/i],
  ["otherSnapshot", /^failed to download snapshot \[[^\]]*\] from s3 on host \[(?<hosts>[^\]]+)\]/],
  ["otherSnapshot", /falling back to use local as source/],
  ["notSaved", /^\[etcd\] Failed to take snapshot on /],
  ["notUploaded", /^\[etcd\] Failed to upload etcd snapshot file to s3 on /],
  ["addon", /^Failed to deploy (?:DNS )?addon execute job(?: for provider)? \[?(?<addon>[\w-]+)/],
  ["addon", /^\[dns\] No valid DNS provider configured(?:: (?<addon>[\w-]+))?/],
  ["upgrade", /^Failed to upgrade hosts: (?<hosts>\S+)/],
  ["upgrade", /^Failed to upgrade (?:controlplane|worker) components on NotReady hosts/],
  ["upgrade", /^Host (?<hosts>\S+) failed to report Ready status/],
  ["upgrade", /\bFailed to uncordon node (?<hosts>[^\s,]+)/],
  ["recurringSnapshots", /^\[etcd\] etcd rolling snapshot container failed to start correctly/],
  ["leftOver", /^\[reconcile\] Couldn't clean up \w+ node \[(?<hosts>[^\]]+)\]/],
  ["leftOver", /^Failed to delete etcd node \[(?<hosts>[^\]]+)\] from cluster/],
  ["stateCopy", /^Failed to save full (?:cluster )?state to Kubernetes/],
  ["stateCopy", /^Could not read cluster state file from \[/],
];

/** Warnings that come with every good run, or with none of a harm. */
const HARMLESS = [
  /^\[reconcile\] (?:host \[[^\]]*\] is a|no) control plane node with(?:out)? reachable Kubernetes API endpoint/,
  /^Can't stop Docker container \[etcd\] .*No such container/,
  /^\[state\] can't fetch legacy cluster state from Kubernetes/,
  /^Name of the snapshot is not specified/,
  // It names no node (cluster/remove.go): the format's argument is missing.
  /^Failed to delete old node \[/,
  // As a warning it says that the check is off (hosts/tunnel.go).
  /^Unsupported Docker version found/,
  /^This is not an officially supported version/,
];

export function isHarmless({ text }: LogMessage): boolean {
  return HARMLESS.some((pattern) => pattern.test(text));
}

/** What a message shows to have gone wrong: a finding for each node that it names, none for most messages. */
export function findingsIn({ level, text }: LogMessage): Finding[] {
  if (level === "info" || level === "debug") return [];
  const found = GOES_ON.flatMap(([kind, pattern]) => {
    const match = pattern.exec(text);
    if (!match) return [];
    const { hosts, addon } = match.groups ?? {};
    const named = hosts?.split(/[\s,]+/).filter(Boolean) ?? [undefined];
    return named.map((host): Finding => ({ kind, text, ...(host && { host }), ...(addon && { addon }) }));
  });
  if (level !== "fatal" || /^provisioning incomplete/i.test(text)) return found;
  const [, host] = /\bhost \[([^\],]+)\]/.exec(text) ?? [];
  return [...found, { kind: "fatal", text, ...(host && { host }) }];
}

/** A finding as the operator reads it, on one line. */
export function findingText({ kind, ...about }: Finding): string {
  const [, words] = KINDS[kind];
  const text = about.text.replaceAll(/\s*\n\s*/g, " ");
  return words({ ...about, text, last: text || "none" });
}

/** What RKE says behind the node's name. */
function whyIn(text: string): string {
  const reason = text.replace(/^[^\]]*\]:?\s*/, "");
  return reason ? `: ${reason}` : "";
}
