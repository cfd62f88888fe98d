import { dateAndTime, duration } from "../../cluster/time.ts";
import type { Confirmed } from "../../run/events.ts";
import type { Operator } from "../../run/operator.ts";
import type { RunRecord } from "../../run/record.ts";
import { dataLoss, mebibytes } from "../planText.ts";

/** What the incident's lead asks first, as lines by name; what is not known has none. */
export function incidentRows(record: RunRecord): [name: string, lines: string[]][] {
  const { operator, confirmed, safetyCopy, copy, rkeLogs } = record;
  const where = copy ? ` on ${copy.nodes.join(", ")}, ${mebibytes(copy.bytes)} each` : "";
  return [
    ["run by", operator ? operatorLines(operator) : []],
    ["confirmed", confirmed ? [CONFIRMED[confirmed]] : []],
    ["lost", lossLines(record)],
    ["Rancher away", outageLines(record)],
    ["safety copy", safetyCopy ? [safetyCopy + where] : []],
    ["RKE's log", [...new Set(rkeLogs.map(({ path }) => path))]],
  ];
}

/** All that is lost, as a sentence without its full stop. */
export function lostText({ plan, loss }: RunRecord): string {
  if (loss) return `every change ${windowText(loss, "the snapshot")}, in Rancher and in Kubernetes`;
  if (!plan) return "";
  const { all } = dataLoss(plan);
  const { takenAt } = plan.snapshot;
  return takenAt === undefined ? all : `${all}: since ${dateAndTime(takenAt)}`;
}

const CONFIRMED: Record<Confirmed, string> = {
  terminal: "typed on the terminal",
  "command-line": "on the command line",
  settings: "by acceptDataLossOf in the stack's settings",
  "nothing-to-confirm": "nothing to confirm: this run restores nothing",
};

function operatorLines({ user, host, sudoUser, job }: Operator): string[] {
  const who = `${user}@${host}`;
  const by = sudoUser === undefined ? who : `${who}, by sudo from ${sudoUser}`;
  if (!job) return [by];
  const { system, id, startedBy, url } = job;
  const name = id === undefined ? system : `${system} ${id}`;
  return [by, [name, startedBy && `started by ${startedBy}`, url].filter(Boolean).join(", ")];
}

function lossLines({ loss }: RunRecord): string[] {
  if (!loss) return [];
  return [`${windowText(loss, "the snapshot")}${loss.from === undefined ? "" : `: ${lengthOf(loss.from, loss.to)}`}`];
}

function outageLines({ outage, wipedBefore, plan }: RunRecord): string[] {
  if (!outage) return [];
  const { from, to } = outage;
  const begin = from === wipedBefore ? "when an earlier run passed the point of no return" : "when this run stopped it";
  const end =
    to === undefined
      ? `from ${dateAndTime(from)}; this run did not see it serve again`
      : `${windowText({ from, to })}: ${lengthOf(from, to)}`;
  const wasAway = plan && "unknown" in plan.rancher.answers && plan.notRead === undefined;
  return [
    end,
    `as this run saw it: from ${begin} until the verification found it serving the wanted version`,
    ...(wasAway ? ["it did not answer before the run either"] : []),
  ];
}

function windowText({ from, to }: { from?: string | undefined; to: string }, unknown = ""): string {
  return `from ${from === undefined ? `${unknown}, whose time is unknown,` : dateAndTime(from)} to ${dateAndTime(to)}`;
}

function lengthOf(from: string, to: string): string {
  return duration(Math.max(0, Date.parse(to) - Date.parse(from)) / 1000);
}
