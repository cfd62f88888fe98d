import type { Remedy } from "../../cluster/problem.ts";
import { dateAndTime, duration, timeOfDay } from "../../cluster/time.ts";
import { remedyText } from "../../messages/commands.ts";
import { SEVERITY_TEXT } from "../../messages/hazards.ts";
import { warningNotice } from "../../messages/warnings.ts";
import type { RunRecord } from "../../run/record.ts";
import { downstreamChecklist } from "../downstreamText.ts";
import { dataLoss, expectedTimeText, plannedPointText, replacedLines, snapshotLines } from "../planText.ts";
import { chart } from "./chart.ts";
import { criticalPath, nameOfStep, percent } from "./criticalPath.ts";
import { factsOf, factsTitle } from "./facts.ts";
import { type Html, html } from "./html.ts";
import { incidentRows, lostText } from "./incident.ts";
import { restoredLines } from "./restored.ts";
import { runSeconds } from "./spans.ts";
import { plannedPhases, timelineOf } from "./timeline.ts";
import type { Verdict } from "./verdict.ts";
import { confirmCommand, lostTitle, sentence, wayBack } from "./wayBack.ts";

export interface Section {
  id: string;
  title: string;
  body: Html;
}

/** The page's sections, the most important first; empty ones are left out. */
export function sectionsOf(record: RunRecord, verdict: Verdict): Section[] {
  const sections: [id: string, title: string, body: Html | undefined][] = [
    ["error", "Error", error(record)],
    ["failed-checks", "Failed checks", failedChecks(record)],
    ["summary", "Summary", summary(record)],
    ["undo", "Undo", undo(record, verdict)],
    ["lost", lostTitle(record, verdict), lost(record)],
    ["downstream", "Downstream clusters", downstream(record, verdict)],
    ["planned-steps", "Planned steps", plannedSteps(record)],
    ["facts", factsTitle(record), facts(record, verdict)],
    ["timeline", "Timeline", timeline(record)],
    ["critical-path", "Critical path", path(record)],
    ["notes", "Warnings and notes", notes(record)],
    ["cluster-file", "Cluster file changes", clusterFile(record)],
    ["log", "Log", log(record)],
    ["versions", "Versions", versions(record)],
  ];
  return sections.flatMap(([id, title, body]) => (body ? [{ id, title, body }] : []));
}

function error({ error: text }: RunRecord): Html | undefined {
  return text === undefined ? undefined : html`<pre class="error">${text}</pre>`;
}

function failedChecks({ plan, stack }: RunRecord): Html | undefined {
  if (!plan?.failedChecks.length) return undefined;
  return html`<ul>${plan.failedChecks.map(({ message, remedy }) => html`<li>${message}${remedyPart(remedy, stack)}</li>\n`)}</ul>`;
}

function summary(record: RunRecord): Html {
  const { plan, stack, cluster, clusterFile: file, snapshot, command, result, startedAt, endedAt } = record;
  const label = endedAt ? "duration" : "duration so far";
  return definitions([
    ["result", [result ?? "none: the run has not ended"]],
    ["command", [command]],
    ["stack", [stack]],
    ["cluster", [cluster, `from ${file}`]],
    ["snapshot", plan ? snapshotLines(plan) : [snapshot]],
    ["restored", restoredLines(record)],
    ["replaced", plan ? replacedLines(plan) : []],
    ["started", [dateAndTime(startedAt)]],
    ["ended", [endedAt ? dateAndTime(endedAt) : "not recorded"]],
    [label, [duration(runSeconds(record))]],
    ...incidentRows(record),
  ]);
}

function plannedSteps(record: RunRecord): Html | undefined {
  if (record.command !== "plan") return undefined;
  const phases = plannedPhases(record);
  if (phases.length === 0) return undefined;
  const confirm = confirmCommand(record);
  return html`<ol>${phases.map(({ title, nodes }) => html`<li>${title}${nodes.length > 0 ? html`: <span class="secondary">${nodes.join(", ")}</span>` : ""}</li>`)}</ol>
${record.plan && html`<p>Point of no return: ${plannedPointText(record.plan)}. Duration: ${expectedTimeText(record.plan)}.</p>`}
${confirm === undefined ? "" : html`<p>Not confirmed yet. To accept this data loss, run:</p>${commands([confirm])}`}`;
}

function undo(record: RunRecord, verdict: Verdict): Html | undefined {
  const back = wayBack(record, verdict, (name) => name);
  return back && html`<p>${back.text}</p>${back.commands.length > 0 ? commands(back.commands) : ""}`;
}

function lost(record: RunRecord): Html | undefined {
  const { plan } = record;
  if (!plan) return undefined;
  const { known, kinds } = dataLoss(plan);
  if (kinds.length === 0) return html`<p>${sentence(lostText(record))} ${sentence(known)}</p>`;
  return html`<p>${sentence(lostText(record))} ${sentence(known, ":")}</p>${definitions(kinds.map(([kind, what]) => [kind, [what]]))}`;
}

function downstream({ plan }: RunRecord, { pointOfNoReturn: { wiped } }: Verdict): Html | undefined {
  const { unknown } = plan?.downstream ?? {};
  const isDone = wiped === true;
  const items = (plan ? downstreamChecklist(plan) : []).map(({ who, severity, what, will, before, after }) => {
    const rank = severity === undefined ? "" : html` ${SEVERITY_TEXT[severity]}`;
    const steps = [will, !isDone && before && `Before: ${before}`, after && `After: ${after}`].filter((one) => one);
    return html`<li><label><input type="checkbox"> <strong>${who}</strong>${rank}: ${what}</label>${steps.map((one) => html`<br><span class="secondary">${sentence(String(one))}</span>`)}</li>\n`;
  });
  if (unknown === undefined && items.length === 0) return undefined;
  return html`${unknown === undefined ? "" : html`<p>What becomes of them is unknown: ${unknown}.</p>`}${items.length > 0 ? html`<ul class="checklist">${items}</ul>` : ""}`;
}

function facts(record: RunRecord, verdict: Verdict): Html | undefined {
  const rows = factsOf(record, verdict);
  if (rows.length === 0) return undefined;
  return html`<dl class="facts">${rows.map(({ name, before, after }) => html`<dt>${name}</dt><dd>${before}</dd>${after === undefined ? "" : html`<dd>→\u00a0${after}</dd>`}\n`)}</dl>`;
}

function timeline(record: RunRecord): Html | undefined {
  const line = timelineOf(record);
  return line.rows.some(({ bars }) => bars.length > 0) ? chart(line) : undefined;
}

function path(record: RunRecord): Html | undefined {
  if (record.steps.length === 0) return undefined;
  const rows = criticalPath(record).map(
    ({ what, seconds, share }) =>
      html`<tr><td>${what}</td><td class="number">${duration(seconds)}</td><td class="number">${percent(share)}</td></tr>\n`,
  );
  return html`<p>These steps determined the duration: making any other step faster would not have ended the run earlier.</p>
<table><thead><tr><th scope="col">Step</th><th scope="col" class="number">Duration</th><th scope="col" class="number">Share</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function notes({ plan, notes, stack }: RunRecord): Html | undefined {
  const warnings = (plan?.warnings ?? []).map((one) => {
    const { message, remedy } = warningNotice(one);
    return html`<li><strong>Warning in the plan:</strong> ${message}${remedyPart(remedy, stack)}</li>\n`;
  });
  const noted = notes.map(({ at, level, text, remedy }) => {
    const kind = level === "info" ? "" : html`<strong>${level === "error" ? "Error" : "Warning"}:</strong> `;
    return html`<li><span class="secondary">${timeOfDay(at)}</span> ${kind}${text}${remedyPart(remedy, stack)}</li>\n`;
  });
  return warnings.length + noted.length > 0 ? html`<ul>${warnings}${noted}</ul>` : undefined;
}

function remedyPart(remedy: Remedy | undefined, stack: string): Html | string {
  if (remedy === undefined) return "";
  return html`<br><span class="secondary">Remedy:</span> ${remedyText(remedy, { stack })}`;
}

function clusterFile({ plan }: RunRecord): Html | undefined {
  return plan?.clusterFileDiff
    ? html`<details><summary>The diff, without secrets</summary><pre>${plan.clusterFileDiff}</pre></details>`
    : undefined;
}

function log({ steps }: RunRecord): Html | undefined {
  const logged = steps.filter(({ lines }) => lines.length > 0);
  if (logged.length === 0) return undefined;
  const excerpts = logged.map(
    (
      step,
    ) => html`<details${step.failed ? html` open` : ""}><summary>${nameOfStep(step)}${step.failed ? html` <strong>failed</strong>` : ""}
<span class="secondary">${timeOfDay(step.startedAt)} to ${step.endedAt ? timeOfDay(step.endedAt) : "not finished"}</span></summary>${lines(step.lines)}</details>\n`,
  );
  return html`<p>The last lines of each step, without secrets.</p>${excerpts}`;
}

function versions({ versions: all, plan }: RunRecord): Html | undefined {
  const rows = Object.entries(all).map(([name, version]): [string, string[]] => [name, [version]]);
  const onNodes = Map.groupBy(plan?.nodes.filter(({ docker }) => docker) ?? [], ({ docker }) => docker);
  const docker = [...onNodes].map(([version, nodes]) => `${version} on ${nodes.map(({ name }) => name).join(", ")}`);
  return definitions([...rows, ["Docker", docker]]);
}

function lines(all: string[]): Html {
  return html`<pre>${all.map((line) => html`<code>${line}</code>`)}</pre>`;
}

/** A command wraps at spaces only: broken within `--stack`, it would be copied wrongly. */
function commands(all: string[]): Html {
  const words = (command: string) =>
    command.split(" ").map((word, at) => html`${at > 0 ? " " : ""}<span class="word">${word}</span>`);
  return html`<pre>${all.map((command) => html`<code>${words(command)}</code>`)}</pre>`;
}

function definitions(rows: [name: string, lines: string[]][]): Html {
  const shown = rows.filter(([, lines]) => lines.length > 0);
  return html`<dl>${shown.map(([name, lines]) => html`<dt>${name}</dt>${lines.map((line) => html`<dd>${line}</dd>`)}\n`)}</dl>`;
}
