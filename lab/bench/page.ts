import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dateAndTime } from "../../cluster/time.ts";
import { barChart, timeline } from "./plot.ts";
import {
  type BigResults,
  DRY_RUNS,
  type DryRun,
  METHODS,
  type Measured,
  type Method,
  measuredOf,
  type Results,
  readResults,
  type ScaleResults,
} from "./results.ts";
import { scalePart } from "./scale/page.ts";
import { spreadOf } from "./statistics.ts";
import { commitText, oneLine, shown, table } from "./tables.ts";
import { inUnit, spread, spreadOfDryRun, type TargetResult, targetResults, targetTable } from "./targets.ts";

export const METHOD_TITLES: Record<Method, string> = {
  "by-hand": "the runbook by hand",
  ansible: "the runbook in Ansible",
  rke: "apply, RKE's restore",
  "in-place": "apply, in place",
  "in-place-working": "apply, in place (working)",
  undo: "undo by rename",
};

const DRY_RUN_TITLES: Record<DryRun, string> = {
  preview: "preview (`plan`)",
  "preview-dead-node": "preview, the node in the kubeconfig switched off",
  "no-op": "`apply` with nothing to do",
  prove: "`prove`",
  prepare: "`prepare`",
};

/** Writes benchmarks.md and its plots from the results in the same folder. @returns whether there were any. */
export function writePage(into: string): boolean {
  const results = readResults(into, "results.json");
  if (!results) return false;
  const { page, plots } = benchmarksPage(results, {
    big: readResults(into, "big.json"),
    scale: readResults(into, "scale.json"),
  });
  mkdirSync(join(into, "benchmarks"), { recursive: true });
  for (const [name, plot] of Object.entries(plots)) writeFileSync(join(into, "benchmarks", name), plot);
  writeFileSync(join(into, "benchmarks.md"), page);
  return true;
}

/** The page, and its plots by their names. It has no number that was not measured. */
export function benchmarksPage(
  results: Results,
  { big, scale }: { big?: BigResults | undefined; scale?: ScaleResults | undefined } = {},
): { page: string; plots: Record<string, string> } {
  const measured = METHODS.filter((method) => measuredOf(results, method).length > 0);
  const bars = (quantity: "outage" | "total") =>
    measured.flatMap((method) => {
      const found = spread(results, method, quantity);
      return found ? [{ label: METHOD_TITLES[method], spread: found }] : [];
    });
  const rows = measured.flatMap((method) => {
    const middle = medianRound(measuredOf(results, method));
    return middle ? [{ label: METHOD_TITLES[method], segments: middle.steps, outage: middle.outage }] : [];
  });
  const plots: Record<string, string> =
    measured.length === 0
      ? {}
      : {
          "outage.svg": barChart("Outage: until Rancher answers and goes on answering", bars("outage")),
          "total.svg": barChart("Total: until everything is verified", bars("total")),
          "timeline.svg": timeline("What happens when, in the round of median total", rows),
        };
  const images = [
    ["outage.svg", "Outage of each way, medians with the smallest and the largest value"],
    ["total.svg", "Total time of each way, medians with the smallest and the largest value"],
    ["timeline.svg", "The steps of each way on one scale of time, and the outage below them"],
  ];
  const parts = [
    "# Benchmarks",
    "Made by `npm run bench` from `benchmarks/results.json`; not written by hand.",
    ...(results.endedAt === undefined
      ? ["**This run was cut off before its end: not every round was measured.**"]
      : []),
    ...whatIsMeasured(results),
    "## Restores",
    methodTable(results, measured),
    ...notMeasured(results),
    ...(measured.length > 0 ? images.map(([file, about]) => `![${about}](benchmarks/${file})`) : []),
    "## Commands that restore nothing",
    lookTable(results),
    ...list(results.failedDryRuns.map(({ dryRun, reason }) => `${DRY_RUN_TITLES[dryRun]} failed: ${reason}`)),
    "## Targets",
    targetTable(targetResults(results)),
    ...missed(targetResults(results)),
    ...(big ? ["## A large database", ...bigPart(big)] : []),
    ...(scale ? ["## Many nodes, many stacks", ...scalePart(scale)] : []),
    "## Where it was measured",
    circumstances(results),
  ];
  return { page: `${parts.join("\n\n")}\n`, plots };
}

function whatIsMeasured({ rounds, versions }: Results): string[] {
  return [
    `One failed upgrade on a three-node cluster of the lab, restored in turn by each way, ${rounds === 1 ? "once" : `${rounds} times`}, in one run. Before each way the cluster is brought to the same
state: a snapshot with Rancher ${versions["Rancher before"] ?? "before"}, and on top of it an upgrade to ${versions["Rancher failed"] ?? "another version"} after which no Rancher starts any more. Beside it, Rancher is asked ten times a
second whether it is healthy and which version it is.`,
    `- **Outage**: from the first question without an answer until Rancher answers, and goes on answering, with the right version: from then on
  no second passes without a right answer. Rancher is already away when the command begins, except with an upgrade that works.
- **Total**: from the command's start until everything is verified. By hand and in Ansible that is the command's end; with \`apply\` and \`undo\` the end of their
  verification.
- **With \`rke up\`**: until the command ends. \`apply\` runs \`rke up\` behind the verification, when Rancher already serves.`,
    `By hand and in Ansible there is no proof of the snapshot, no safety copy, no lock and no verification beyond Rancher's version; \`apply\`
has all of them in its times. *In place (working)* takes back an upgrade to ${versions["Rancher working"] ?? "a version"} that works; *undo by rename* takes that rollback back.
RKE, Kubernetes, etcd and Docker are real, Rancher and rke-tools are the lab's stand-ins ([lab](../lab/README.md)): a real Rancher takes longer to
start, whichever way it is restored.`,
  ];
}

function methodTable(results: Results, measured: Method[]): string {
  const rows = measured.map((method) => [
    METHOD_TITLES[method],
    shown(spread(results, method, "outage")),
    shown(spread(results, method, "total")),
    shown(spread(results, method, "whole")),
    roundsOf(results, method),
  ]);
  if (rows.length === 0) return "No restore was measured.";
  return table(["way", "outage", "total", "with `rke up`", "rounds"], rows);
}

/** How many rounds, and how many of them failed. */
function roundsOf(results: Results, method: Method): string {
  const all = results.turns.filter((turn) => turn.method === method).length;
  const failed = all - measuredOf(results, method).length;
  return failed === 0 ? String(all) : `${all}, ${failed} of them failed`;
}

function notMeasured({ turns, skipped }: Results): string[] {
  return list([
    ...skipped.map(({ method, reason }) => `${METHOD_TITLES[method]} was not measured: ${reason}`),
    ...turns.flatMap((turn) =>
      turn.result === "failed" ? [`${METHOD_TITLES[turn.method]}, round ${turn.round}, failed: ${turn.reason}`] : [],
    ),
  ]);
}

function lookTable(results: Results): string {
  const rows = DRY_RUNS.flatMap((dryRun) => {
    const found = spreadOfDryRun(results, dryRun);
    return found ? [[DRY_RUN_TITLES[dryRun], shown(found), String(found.count)]] : [];
  });
  return rows.length > 0 ? table(["command", "seconds", "times"], rows) : "None was measured.";
}

function missed(targets: TargetResult[]): string[] {
  return list(
    targets.flatMap(({ title, unit, limit, measured, isMet }) =>
      measured === undefined || isMet !== false ? [] : [`${title}: missed by ${inUnit(measured - limit, unit)}`],
    ),
  );
}

/** A paragraph, or none. */
function list(items: string[]): string[] {
  return items.length > 0 ? [items.map((item) => `- ${oneLine(item)}`).join("\n")] : [];
}

/** Of another run than the rest: with its own commit. */
function bigPart({ startedAt, commit, load, bytes, bare, bareOnOne, opened, inPlace }: BigResults): string[] {
  const alone = spreadOf(bare);
  const ratio = alone && inPlace.restore / alone.median;
  const limit = 1.3;
  const onOne = spreadOf(bareOnOne);
  const openedRatio = onOne && (opened.at(-1)?.seconds ?? 0) / onOne.median;
  const openedLimit = 1.5;
  return [
    `etcd's database of ${(bytes / 2 ** 30).toFixed(1)} GiB, restored in place once, beside \`etcdctl snapshot restore\` of a plain snapshot of that size, on all hosts side by side.
The step that restores has the unpacking of the snapshot, the exchange, the proof of content and the start of etcd in its time.`,
    table(
      ["", "seconds"],
      [
        ["`etcdctl snapshot restore` alone", shown(alone)],
        ["the same on one host", shown(onOne)],
        ["in place: the step that restores", `${inPlace.restore.toFixed(1)} s`],
        ["in place: outage", `${inPlace.outage.toFixed(1)} s`],
        ["in place: total", `${inPlace.total.toFixed(1)} s`],
      ],
    ),
    `The step takes ${ratio?.toFixed(2)} x what etcdctl alone takes; the target is ≤ ${limit} x: ${Number(ratio) <= limit ? "met" : "**missed**"}. Measured ${dateAndTime(startedAt)} at
commit ${commitText(commit)}, load ${load.toFixed(1)}.`,
    "The snapshot opened beside the live data, as a preview and `prove` do it, before etcd was filled and after:",
    table(
      ["snapshot", "keys", "seconds", "memory"],
      opened.map(({ bytes: size, keys, seconds, peakMiB }) => [
        `${(size / 2 ** 20).toFixed(0)} MiB`,
        String(keys),
        seconds.toFixed(1),
        `${peakMiB.toFixed(0)} MiB`,
      ]),
    ),
    `The large one takes ${openedRatio?.toFixed(2)} x what etcdctl alone takes on one host to restore it; the target is ≤ ${openedLimit} x: ${Number(openedRatio) <= openedLimit ? "met" : "**missed**"}. Its memory is that of
etcdctl and etcd without what the kernel caches of their files.`,
  ];
}

function circumstances({ startedAt, endedAt, commit, machine, versions, turns, dryRuns }: Results): string {
  const loads = [...turns, ...dryRuns].map(({ load }) => load);
  const rows = [
    [
      "measured",
      endedAt === undefined ? `from ${dateAndTime(startedAt)}` : `${dateAndTime(startedAt)} to ${dateAndTime(endedAt)}`,
    ],
    ["commit", commitText(commit)],
    ["processor", `${machine.processor}, ${machine.cores} cores`],
    ["memory", `${machine.memoryGiB} GiB`],
    ["system", `${machine.system}, Linux ${machine.kernel}`],
    ...(loads.length > 0
      ? [["load when a command began", `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`]]
      : []),
    ...Object.entries(versions),
  ];
  return table(["", ""], rows);
}

/** The round whose total is the median, or next below it. */
function medianRound(rounds: Measured[]): Measured | undefined {
  const sorted = [...rounds].sort((one, other) => one.total - other.total);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}
