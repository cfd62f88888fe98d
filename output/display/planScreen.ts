import { nodeText } from "../../cluster/clusterFile/node.ts";
import { consentFor } from "../../cluster/history/restores.ts";
import type { Notice } from "../../cluster/problem.ts";
import { planFile } from "../../cluster/stateFolder/path.ts";
import { printable } from "../../cluster/text.ts";
import { type Audience, confirmation, remedyText } from "../../messages/commands.ts";
import { warningNotice } from "../../messages/warnings.ts";
import type { RollbackPlan } from "../../plan/plan.ts";
import { downstreamLines, worstOf } from "../downstreamText.ts";
import {
  certificateText,
  dataLoss,
  etcdText,
  expectedTimeText,
  kubernetesText,
  lostObjects,
  plannedPointText,
  rancherText,
  replacedLines,
  restoreText,
  snapshotLines,
} from "../planText.ts";
import type { Paint } from "./paint.ts";
import { type Item, unbroken, wrap } from "./wrap.ts";

export interface ScreenOptions {
  /** Columns. */
  width: number;
  paint: Paint;
  audience: Audience;
  /** Every lost object whose kind or name has one of these words is listed as well. */
  lost?: string[];
}

interface Row {
  label: string;
  lines: (string | Item)[];
  tone?: "bad" | "warning";
  /** A command to copy: it is never broken. */
  command?: string;
}

/** The labels' column, with what is before and after it. */
const LABELS = 22;

/** What a rollback will do, as lines of one screen, the most important first. Only a path, a command or a long name may be wider than it. */
export function planScreen(plan: RollbackPlan, options: ScreenOptions): string[] {
  const { paint, width } = options;
  const heading = wrap("This rollback destroys data. Nothing has been done yet.", width);
  return [
    "",
    ...heading.map((line) => paint.strong(paint.bad(line))),
    "",
    ...rows(plan, options).flatMap((row) => rowLines(row, options)),
    ...diffLines(plan.clusterFileDiff, paint),
    "",
  ];
}

function rows(plan: RollbackPlan, { audience, lost = [] }: ScreenOptions): Row[] {
  const { cluster, nodes, warnings, notRead } = plan;
  const unknown = notRead === undefined ? [] : [`its current state is unknown: ${notRead}`];
  const kubernetes = kubernetesText(plan);
  const rancher = rancherText(plan);
  const all: Row[] = [
    { label: "Cluster", lines: [`${cluster.name} (${unbroken(cluster.file)})`, ...unknown] },
    { label: "Snapshot", lines: snapshotLines(plan) },
    { label: "Data loss", lines: dataLossLines(plan), tone: "bad" },
    { label: "Lost (--lost)", lines: lost.length > 0 ? lostObjects(plan, lost).map(listed) : [], tone: "bad" },
    { label: "Downstream clusters", lines: downstreamLines(plan), ...downstreamTone(plan) },
    { label: "Replaced nodes", lines: replacedLines(plan) },
    { label: "Restore with", lines: restoreLines(plan) },
    { label: "Restored nodes", lines: [restoredText(plan), ...nodes.map(nodeLine)], tone: "bad" },
    { label: "etcd", lines: [etcdText(plan)] },
    {
      label: "Rancher",
      lines: [
        `${rancher.image} → ${plan.rancher.after}`,
        rancher.step ?? [],
        `currently: ${rancher.answers}`,
        remedyLines(rancher, audience),
      ].flat(),
    },
    { label: "Kubernetes", lines: [`${kubernetes.now} → ${kubernetes.after}`] },
    { label: "Certificates", lines: [certificateText(plan) ?? []].flat() },
    { label: "Warnings", lines: noticeLines(warnings.map(warningNotice), audience), tone: "warning" },
    { label: "Duration", lines: [expectedTimeText(plan)] },
    { label: "Point of no return", lines: [plannedPointText(plan)], tone: "bad" },
    { label: "Plan as JSON", lines: [unbroken(planFile(cluster.file))] },
    refusedOrConfirm(plan, audience),
  ];
  return all.filter(({ lines }) => lines.length > 0);
}

/** What stands in the way; what confirms the rollback where nothing does. */
function refusedOrConfirm({ failedChecks, accepted, snapshot }: RollbackPlan, audience: Audience): Row {
  if (failedChecks.length > 0) {
    const checks = noticeLines(failedChecks, audience);
    const apply = audience.program === "pulumi" ? "pulumi up" : "apply";
    const lines = [`\`${apply}\` would refuse this restore, because:`, ...checks];
    return { label: "Failed checks", lines, tone: "bad" };
  }
  const { text, command } = confirmation(audience, consentFor({ snapshot: snapshot.name, run: snapshot.run }));
  return { label: "Confirm", lines: accepted ? [] : [text], command };
}

function listed(text: string): Item {
  return { text, mark: "-" };
}

function noticeLines(notices: Notice[], audience: Audience): Item[] {
  return notices.flatMap((notice) => [listed(notice.message), ...remedyLines(notice, audience)]);
}

/** What to do about what is described above, or elsewhere. */
function remedyLines({ remedy }: Pick<Notice, "remedy">, audience: Audience): Item[] {
  return remedy === undefined ? [] : [{ text: remedyText(remedy, audience, unbroken), indent: 2, mark: "→" }];
}

function downstreamTone(plan: RollbackPlan): Pick<Row, "tone"> {
  const worst = worstOf(plan);
  if (worst === "data-loss") return { tone: "bad" };
  return worst === "work" ? { tone: "warning" } : {};
}

function dataLossLines(plan: RollbackPlan): Row["lines"] {
  const { all, known, kinds } = dataLoss(plan);
  const lost = kinds.map(([kind, what]) => ({ text: `${kind}: ${what}`, indent: 2 }));
  return [`${all}; ${known}${kinds.length > 0 ? ":" : ""}`, ...lost];
}

function restoreLines(plan: RollbackPlan): Row["lines"] {
  const text = restoreText(plan);
  if (!text) return [];
  const because = plan.restore?.way === "rke" ? ", because" : "";
  return [`${text.how}${because}:`, ...text.reasons.map(listed)];
}

function restoredText({ restore }: RollbackPlan): string {
  if (restore?.way === "in-place" || restore?.way === "rename-back") {
    return "kubelet, Rancher and the control plane stop, and etcd's data are exchanged, on:";
  }
  return restore && restore.way === undefined ? "etcd is restored on:" : "RKE wipes and restores:";
}

function nodeLine({ name, address, roles, isNew, unknown }: RollbackPlan["nodes"][number]): Item {
  const note = isNew ? "; replacement node" : unknown === undefined ? "" : `; state unknown: ${unknown}`;
  return { text: `${nodeText({ name, address })}: ${roles.join(", ")}${note}`, indent: 2 };
}

function rowLines({ label, lines, tone, command }: Row, { width, paint }: ScreenOptions): string[] {
  const color = tone === undefined ? (text: string) => text : paint[tone];
  const room = Math.max(20, width - LABELS);
  const wrapped = lines.flatMap((line) => wrap(shown(line), room));
  return [
    ...wrapped.map((line, at) => {
      const head = `  ${(at === 0 ? label : "").padEnd(LABELS - 2)}`;
      return `${at === 0 ? paint.strong(color(head)) : head}${color(line)}`;
    }),
    ...(command === undefined ? [] : [`${" ".repeat(command.length > room ? 4 : LABELS)}${printable(command)}`]),
  ];
}

function shown(line: string | Item): string | Item {
  return typeof line === "string" ? printable(line) : { ...line, text: printable(line.text) };
}

function diffLines(diff: string, paint: Paint): string[] {
  if (diff === "") return [];
  const color = (line: string) => {
    if (line.startsWith("+")) return paint.good(line);
    return line.startsWith("-") ? paint.bad(line) : line;
  };
  const lines = printable(diff).split("\n");
  return ["", ...lines.map((line) => `  ${color(line)}`)];
}
