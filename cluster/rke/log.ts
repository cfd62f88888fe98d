import { etcdNodes } from "../clusterFile/node.ts";
import { endsTheRun, type Finding, findingsIn, isHarmless, weightOf } from "./finding.ts";
import { type LogMessage, parseLogLine, shownLines } from "./logLine.ts";

export const RKE_PURPOSES = ["restore", "up", "save"] as const;
export type RkePurpose = (typeof RKE_PURPOSES)[number];

/** A node of the cluster file, by the address that RKE's log names it by. */
export interface LogHost {
  address: string;
  roles: readonly string[];
}

/** A line that shows something, and when RKE wrote it (ISO 8601) if its log says. */
interface Evidence {
  line: string;
  at?: string;
}

/** What RKE's log says of a run. */
export interface LogFacts {
  /** The first line that shows that a restore wipes the nodes. */
  wipe?: Evidence;
  /** The line from which on the wipe may have begun unseen: RKE v0.1.x removes etcd before it prints anything. */
  wipePossible?: Evidence;
  /** The first line that shows that `rke up` works on the nodes. */
  changes?: Evidence;
  /**
   * RKE said that it has built the whole cluster, and nothing that another `rke up` would have to do again went wrong.
   * A restore by RKE v0.1.x does not build it (cmd/etcd.go).
   */
  built: boolean;
  finished: boolean;
  /** RKE said that it is done, ended with exit code 0, and nothing that counts went wrong. */
  succeeded: boolean;
  /** What makes the run a failure. */
  problems: Finding[];
  /** What went wrong without making the run a failure. */
  flaws: Finding[];
  /** Warnings and errors that are not known to be harmless, and not among the findings. */
  warnings: number;
  /** The first line of the last message. */
  lastLine: string;
}

interface LineRead {
  /** The line as the operator reads it. */
  shown: string[];
  /** Whether RKE should be stopped because of it: nothing is lost yet, and what it goes on to do is wrong. */
  stop: boolean;
}

/**
 * Lines of a restore that come after the wipe has begun, or at once before it, in the order of a run. RKE v0.1.x begins
 * with `[remove/etcd]` or `[hosts] Cleaning up`, v0.2.0 and later announce it with `Cleaning old kubernetes cluster`;
 * the others are evidence where those were lost. Sources: cmd/etcd.go, cluster/etcd.go, cluster/cluster.go,
 * services/etcd.go, hosts/hosts.go of RKE v0.1.7 to v1.8.0.
 */
const WIPE = [
  /^Cleaning old kubernetes cluster/,
  /^\[(?:worker|controlplane|etcd)\] (?:Tearing down|Successfully tore down) /,
  /^\[remove\/(?:etcd|etcd-rolling-snapshots|kube[a-z-]*|nginx-proxy|service-sidekick)\] Successfully removed/,
  /^\[hosts\] (?:Cleaning up host|Running cleaner container|Removing cleaner container|Successfully cleaned up host) /,
  /\[(?:kube-cleaner|etcd-restore)\]/,
  /^\[etcd\] Restoring \[/,
  /^\[etcd\] Failed to restore etcd snapshot: Failed to run etcd restore container/,
  /^\[etcd\] (?:Building up etcd plane|Successfully started \[etcd\] container|Failed to bring up Etcd Plane)/,
  /^Finished (?:building|restoring) /,
];

/** RKE v0.1.x: the first line of a restore that wipes without a warning. */
const UNANNOUNCED = /^Starting restor(?:e|ing)\b/;

const TUNNEL = /^\[dialer\] |^Failed to set up SSH tunneling for |^Removing host /;

/** What `rke up` says before it touches a node (cmd/up.go, cmd/common.go, cluster/state.go). */
const UNTOUCHED = [
  TUNNEL,
  /^(?:Running RKE version: |Initiating |Building )/,
  /^\[certificates\] (?:Generat|Deleting unused)/,
  /^Successfully Deployed (?:state file|local admin kubeconfig) at /,
  /^\[state\] (?:can't fetch|Possible) legacy cluster/,
  /^Unsupported Docker version found|^This is not an officially supported version/,
];

const DONE: Record<RkePurpose, RegExp> = {
  // The documentation of v0.1.7 shows the line without the name.
  restore: /^Finished restoring (?:snapshot \[.*\] )?on all etcd hosts$/,
  up: /^Finished building Kubernetes cluster successfully$/,
  save: /^(?:\[etcd\] )?Finished saving(?:\/uploading)? snapshot \[.*\] on all etcd hosts$/,
};

const BUILT = DONE.up;

const PANIC = /^(?:panic|fatal error): /;

/** Reads RKE's log as it grows, line by line (design law 8). */
export class LogReader {
  private readonly purpose: RkePurpose;
  private readonly hosts: readonly LogHost[];
  private readonly findings: Finding[] = [];
  private above: LogMessage | undefined;
  /** What the message above has shown; its further lines belong to it. */
  private aboveFindings: Finding[] = [];
  readonly seen: Pick<LogFacts, "wipe" | "wipePossible" | "changes"> = {};
  private unannounced = false;
  private panic: string | undefined;
  private built = false;
  private finished = false;
  private warnings = 0;
  private last = "";
  private readonly dialled = new Set<string>();
  /** Whatever is named once RKE works on the nodes. */
  private readonly named = new Set<string>();
  private working = false;

  constructor(purpose: RkePurpose, hosts: readonly LogHost[] = []) {
    this.purpose = purpose;
    this.hosts = hosts;
  }

  /** RKE can still be stopped without harm: nothing is wiped, and `rke up` has touched no node. */
  get mayBeStopped(): boolean {
    return !this.seen.wipe && !this.seen.changes;
  }

  get lastLine(): string {
    return this.panic ?? this.last;
  }

  takeAll(log: string): void {
    for (const line of log.split(/\r?\n/)) if (line !== "") this.take(line);
  }

  take(line: string): LineRead {
    const read = parseLogLine(line, this.above);
    if (read.kind === "message") {
      const found = this.takeMessage(read.message);
      return { shown: shownLines(read.message), stop: found.some(endsTheRun) && this.mayBeStopped };
    }
    if (read.kind === "further") this.takeFurther(read.text);
    return { shown: read.text.trim() === "" ? [] : [read.text], stop: false };
  }

  /** Takes what is not in the log. */
  add(finding: Finding): void {
    this.findings.push(finding);
  }

  /** What the whole log says. @param exitCode null for an RKE that was killed. */
  end(exitCode: number | null): LogFacts {
    const found = [...this.findings];
    if (this.panic !== undefined) found.push({ kind: "panic", text: this.panic });
    const failed = () => found.some((finding) => ["dropped", "failed"].includes(weightOf(finding)));
    if (this.finished && exitCode === 0) found.push(...this.unmentioned());
    if (exitCode !== 0 && !failed()) found.push({ kind: "exit", exitCode, text: this.last });
    if (!this.finished && !failed()) found.push({ kind: "unfinished", text: this.last });
    const problems = found.filter((finding) => this.counts(finding));
    return {
      ...this.seen,
      built: this.built && exitCode === 0 && found.every((finding) => weightOf(finding) === "note"),
      finished: this.finished,
      succeeded: this.finished && exitCode === 0 && problems.length === 0,
      problems,
      flaws: found.filter((finding) => !problems.includes(finding)),
      warnings: this.warnings,
      lastLine: this.lastLine,
    };
  }

  /** What another `rke up` does is no reason to wipe the cluster once more. */
  private counts(finding: Finding): boolean {
    const weight = weightOf(finding);
    return weight === "dropped" || weight === "failed" || (weight === "repeat" && this.purpose === "up");
  }

  private takeMessage(message: LogMessage): Finding[] {
    const { level, text } = message;
    this.above = message;
    this.panic = undefined;
    this.last = shownLines(message)[0] ?? "";
    this.noteProgress(message);
    if (BUILT.test(text)) this.built = true;
    if (DONE[this.purpose].test(text)) this.finished = true;
    const found = findingsIn(message);
    if (found.length === 0 && (level === "warning" || level === "error") && !isHarmless(message)) this.warnings++;
    this.aboveFindings = found.filter((finding) => !this.isKnown(finding));
    this.findings.push(...this.aboveFindings);
    return this.aboveFindings;
  }

  private takeFurther(text: string): void {
    if (PANIC.test(text)) this.panic = text;
    if (!this.above) this.last = text;
    else this.above.text += `\n${text}`;
    for (const finding of this.aboveFindings) finding.text += `\n${text}`;
  }

  private noteProgress({ level, text, at }: LogMessage): void {
    const evidence = { line: text, ...(at && { at }) };
    if (this.purpose === "restore") {
      if (UNANNOUNCED.test(text)) this.unannounced = true;
      if (WIPE.some((sign) => sign.test(text))) this.seen.wipe ??= evidence;
      if (this.unannounced && TUNNEL.test(text) && this.isLastTunnel(text)) this.seen.wipePossible ??= evidence;
    }
    const touches = level !== "fatal" && level !== "debug" && !UNTOUCHED.some((line) => line.test(text));
    if (this.purpose === "up" && touches) this.seen.changes ??= evidence;
    this.working ||= this.purpose === "up" ? text.startsWith("Building ") : this.seen.wipe !== undefined;
    if (this.working && !TUNNEL.test(text)) for (const word of wordsOf(text)) this.named.add(word);
  }

  /** RKE v0.1.x connects to one node after the other, and wipes when it has them all. */
  private isLastTunnel(text: string): boolean {
    for (const word of wordsOf(text)) this.dialled.add(word);
    return text.startsWith("Removing ") || this.hosts.every(({ address }) => this.dialled.has(address.toLowerCase()));
  }

  private isKnown({ kind, host, text }: Finding): boolean {
    return this.findings.some((known) =>
      kind === "removed"
        ? known.host === host && weightOf(known) === "dropped"
        : known.kind === kind && known.host === host && (host !== undefined || known.text === text),
    );
  }

  /**
   * Nodes on which nothing was done. `rke up` without a state file drops a node that it cannot reach at first,
   * and ends with exit code 0 (cluster/cluster.go and cmd/common.go from RKE v0.2.3). RKE v0.1.x restores etcd's alone.
   */
  private unmentioned(): Finding[] {
    if (this.purpose === "save") return [];
    const dropped = this.findings.filter((finding) => weightOf(finding) === "dropped").map(({ host }) => host);
    const worked = this.unannounced ? etcdNodes({ nodes: this.hosts }) : this.hosts;
    return worked
      .filter(({ address }) => !this.named.has(address.toLowerCase()) && !dropped.includes(address))
      .map(({ address }) => ({ kind: "unmentioned", host: address, text: "" }));
  }
}

/** The words of a message that can be addresses. */
function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\w.:-]+/)
    .map((word) => word.replace(/[.:]+$/, ""));
}

export function readLog(log: string, purpose: RkePurpose, exitCode: number | null, hosts?: LogHost[]): LogFacts {
  const reader = new LogReader(purpose, hosts);
  reader.takeAll(log);
  return reader.end(exitCode);
}
