import { type DryRun, type Method, measuredOf, type Results } from "./results.ts";
import { type Spread, spreadOf } from "./statistics.ts";
import { table } from "./tables.ts";

/** Behind the point. */
const DIGITS = { s: 1, x: 2, MiB: 0 };

type Quantity = "outage" | "total" | "whole";

/** A target of issue 14 or 15, beside what was measured. */
export interface TargetResult {
  title: string;
  /** Seconds, a ratio of medians, or memory. */
  unit: keyof typeof DIGITS;
  limit: number;
  /** Absent where one of its measurements is missing. */
  measured?: number;
  isMet?: boolean;
}

/** What the targets compare: the medians of each method and dry run. */
export function spread(results: Results, method: Method, quantity: Quantity): Spread | undefined {
  return spreadOf(
    measuredOf(results, method).map((measured) =>
      quantity === "outage" ? measured.outage.seconds : measured[quantity],
    ),
  );
}

export function spreadOfDryRun({ dryRuns }: Results, dryRun: DryRun): Spread | undefined {
  return spreadOf(dryRuns.filter((one) => one.dryRun === dryRun).map(({ seconds }) => seconds));
}

export function targetResults(results: Results): TargetResult[] {
  const median = (method: Method, quantity: Quantity) => spread(results, method, quantity)?.median;
  const ratio = (method: Method, quantity: Quantity) => {
    const [own, byHand] = [median(method, quantity), median("by-hand", quantity)];
    return own !== undefined && byHand ? own / byHand : undefined;
  };
  const dryRun = (name: DryRun) => spreadOfDryRun(results, name)?.median;
  return [
    judged("in place: outage, of that by hand", "x", 0.25, ratio("in-place", "outage")),
    judged("in place: total, of that by hand", "x", 0.25, ratio("in-place", "total")),
    judged("in place: outage (the ambition)", "s", 15, median("in-place", "outage")),
    judged("RKE's restore: outage, of that by hand", "x", 0.85, ratio("rke", "outage")),
    judged("RKE's restore: total, of that by hand", "x", 0.8, ratio("rke", "total")),
    judged("undo by rename: outage", "s", 20, median("undo", "outage")),
    judged("undo by rename: total", "s", 20, median("undo", "total")),
    judged("preview", "s", 4, dryRun("preview")),
    judged("apply with nothing to do", "s", 3, dryRun("no-op")),
    judged("preview with a dead node in the kubeconfig", "s", 8, dryRun("preview-dead-node")),
    judged("prove", "s", 15, dryRun("prove")),
    judged("prepare", "s", 30, dryRun("prepare")),
  ];
}

export function judged(
  title: string,
  unit: TargetResult["unit"],
  limit: number,
  measured: number | undefined,
): TargetResult {
  return { title, unit, limit, ...(measured !== undefined && { measured, isMet: measured <= limit }) };
}

export function targetTable(targets: TargetResult[]): string {
  const rows = targets.map(({ title, unit, limit, measured, isMet }) => [
    ...[title, `≤ ${inUnit(limit, unit)}`],
    ...(measured === undefined ? ["", "not measured"] : [inUnit(measured, unit), isMet ? "met" : "**missed**"]),
  ]);
  return table(["target", "", "measured", ""], rows);
}

export function inUnit(quantity: number, unit: TargetResult["unit"]): string {
  return `${quantity.toFixed(DIGITS[unit])} ${unit}`;
}
