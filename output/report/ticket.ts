import type { Notice } from "../../cluster/problem.ts";
import { dateAndTime, duration } from "../../cluster/time.ts";
import { remedyText } from "../../messages/commands.ts";
import { SEVERITY_TEXT } from "../../messages/hazards.ts";
import { STATE_TEXT } from "../../messages/pointOfNoReturn.ts";
import { warningNotice } from "../../messages/warnings.ts";
import type { RunRecord } from "../../run/record.ts";
import { downstreamChecklist } from "../downstreamText.ts";
import { dataLoss, expectedTimeText, plannedPointText, snapshotLines } from "../planText.ts";
import { criticalPath, percent } from "./criticalPath.ts";
import { type Fact, factsOf, factsTitle } from "./facts.ts";
import { incidentRows, lostText } from "./incident.ts";
import { block, code } from "./markdown.ts";
import { restoredLines } from "./restored.ts";
import { runSeconds } from "./spans.ts";
import { plannedPhases } from "./timeline.ts";
import { type Verdict, verdictOf } from "./verdict.ts";
import { confirmCommand, lostTitle, wayBack } from "./wayBack.ts";

/** The essentials of a run as Markdown, for a ticket or a comment. */
export function reportTicket(record: RunRecord): string {
  const verdict = verdictOf(record);
  const { headline, pointOfNoReturn } = verdict;
  const parts = [
    `## ${headline}`,
    `**Point of no return: ${STATE_TEXT[pointOfNoReturn.state]}**, ${pointOfNoReturn.text}.`,
    list(summary(record)),
    record.error === undefined ? "" : `### Error\n\n${block(record.error)}`,
    failedChecks(record),
    undo(wayBack(record, verdict, code)),
    lost(record, lostTitle(record, verdict)),
    downstream(record, verdict),
    plannedSteps(record),
    titled(factsTitle(record), factsOf(record, verdict).map(factLine)),
    titled("Critical path", path(record)),
    titled("Warnings", warnings(record)),
  ];
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

function summary(record: RunRecord): string[] {
  const { stack, cluster, snapshot, plan, startedAt, endedAt } = record;
  return [
    `stack ${code(stack)}`,
    `cluster ${code(cluster)}`,
    ...(restoredLines(record).length > 0 ? [`restored ${restoredLines(record).map(code).join(", ")}`] : []),
    `snapshot ${(plan ? snapshotLines(plan) : [snapshot]).map(code).join(", ")}`,
    `started ${dateAndTime(startedAt)}, ${endedAt ? "duration" : "not finished, duration so far"} ${duration(runSeconds(record))}`,
    ...incidentRows(record).flatMap(([name, lines]) =>
      lines.length > 0 ? [`${name} ${lines.map(code).join(", ")}`] : [],
    ),
  ];
}

function failedChecks({ plan, stack }: RunRecord): string {
  return titled("Failed checks", plan?.failedChecks.map((check) => noticeLine(check, stack)) ?? []);
}

function plannedSteps(record: RunRecord): string {
  if (record.command !== "plan") return "";
  const phases = plannedPhases(record).map(({ title, nodes }) =>
    nodes.length > 0 ? `${code(title)} on ${code(nodes.join(", "))}` : code(title),
  );
  const confirm = confirmCommand(record);
  if (phases.length === 0) return "";
  return [
    titled("Planned steps", phases),
    ...(record.plan
      ? [`Point of no return: ${code(plannedPointText(record.plan))}. Duration: ${expectedTimeText(record.plan)}.`]
      : []),
    ...(confirm === undefined ? [] : [`Not confirmed yet. To accept this data loss, run:\n\n${block(confirm)}`]),
  ].join("\n\n");
}

function lost(record: RunRecord, title: string): string {
  const { plan } = record;
  if (!plan) return "";
  const { known, kinds } = dataLoss(plan);
  return titled(title, [
    `${lostText(record)}; ${known}${kinds.length > 0 ? ":" : ""}`,
    ...kinds.map(([kind, what]) => `${kind}: ${code(what)}`),
  ]);
}

function downstream({ plan }: RunRecord, { pointOfNoReturn: { wiped } }: Verdict): string {
  const { unknown } = plan?.downstream ?? {};
  const isDone = wiped === true;
  const items = (plan ? downstreamChecklist(plan) : []).map(({ who, severity, what, will, before, after }) =>
    [
      `[ ] ${code(who)}${severity === undefined ? "" : ` ${SEVERITY_TEXT[severity]}`}: ${code(what)}`,
      ...(will ? [code(will)] : []),
      ...(before && !isDone ? [`before: ${code(before)}`] : []),
      ...(after ? [`after: ${code(after)}`] : []),
    ].join("; "),
  );
  return titled("Downstream clusters", [
    ...(unknown === undefined ? [] : [`what becomes of them is unknown: ${code(unknown)}`]),
    ...items,
  ]);
}

function factLine({ name, before, after }: Fact): string {
  return `${code(name)}: ${code(before)}${after === undefined ? "" : ` → ${code(after)}`}`;
}

function undo(way: ReturnType<typeof wayBack>): string {
  if (!way) return "";
  return `### Undo\n\n${way.text}${way.commands.length > 0 ? `\n\n${block(way.commands.join("\n"))}` : ""}`;
}

function path(record: RunRecord): string[] {
  if (record.steps.length === 0) return [];
  return criticalPath(record)
    .filter(({ share }) => share >= 0.01)
    .map(({ what, seconds, share }) => `${code(what)} ${duration(seconds)}, ${percent(share)}`);
}

function warnings({ plan, notes, stack }: RunRecord): string[] {
  return [
    ...(plan?.warnings ?? []).map((warning) => noticeLine(warningNotice(warning), stack)),
    ...notes
      .filter(({ level }) => level !== "info")
      .map(({ text, ...note }) => noticeLine({ ...note, message: text }, stack)),
  ];
}

function noticeLine({ message, remedy }: Notice, stack: string): string {
  return `${code(message)}${remedy === undefined ? "" : `; remedy: ${code(remedyText(remedy, { stack }))}`}`;
}

function titled(title: string, lines: string[]): string {
  return lines.length > 0 ? `### ${title}\n\n${list(lines)}` : "";
}

function list(lines: string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}
