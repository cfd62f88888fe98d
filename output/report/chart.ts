import { duration, timeOfDay } from "../../cluster/time.ts";
import { type Html, html } from "./html.ts";
import type { BarState, Row, Timeline } from "./timeline.ts";

/**
 * The timeline to scale. Each row is an SVG of its own with positions in per cent: texts keep their size on a phone, and
 * the grid lines of the rows meet.
 */
export function chart({ rows, seconds, startedAt, wiped }: Timeline): Html {
  const percent = (at: number) => (seconds > 0 ? (at / seconds) * 100 : 0);
  const times = ticks(seconds);
  const background = lines(times.map(percent), wiped === undefined ? undefined : percent(wiped));
  return html`<ol class="timeline">
${rows.map((row) => rowItem(row, percent, background))}
</ol>
<div class="axis" aria-hidden="true"><svg class="ruler">${times.map((at) => label(percent(at), duration(at), clock(startedAt, at)))}${
    wiped === undefined
      ? ""
      : html`<text class="no-return" x="${fixed(percent(wiped))}%" y="46" text-anchor="${anchor(percent(wiped), 15)}">no return, ${clock(startedAt, wiped)}</text>`
  }</svg></div>
${legend(rows, wiped)}`;
}

/** Round times along the axis, as many as fit on a phone. */
export function ticks(seconds: number): number[] {
  const step = STEPS.find((one) => seconds / one <= 4) ?? Math.ceil(seconds / 4 / 86_400) * 86_400;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, at) => at * step);
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

function rowItem({ label, ofNode, bars, text }: Row, percent: (at: number) => number, background: Html): Html {
  const drawn = bars.map(
    ({ from, to, state }) =>
      html`<rect class="bar ${state}" x="${fixed(percent(from))}%" width="${fixed(percent(to - from))}%" y="${7 + (12 - thickness(state)) / 2}" height="${thickness(state)}" rx="2"/>`,
  );
  return html`<li class="${ofNode ? "row node" : "row"}"><span class="label">${label}</span><svg class="bars" aria-hidden="true">${background}${drawn}</svg><span class="took">${text}</span></li>
`;
}

/** Bars off the critical path are thin: not everybody can tell the colours apart. */
function thickness(state: BarState): number {
  return state === "beside" ? 6 : 12;
}

function lines(times: number[], wiped: number | undefined): Html {
  const grid = times.map((at) => html`<line class="grid" x1="${fixed(at)}%" x2="${fixed(at)}%" y1="0" y2="100%"/>`);
  if (wiped === undefined) return html`${grid}`;
  const x = fixed(wiped);
  return html`<rect class="after" x="${x}%" width="${fixed(100 - wiped)}%" height="100%"/>${grid}<line class="wiped" x1="${x}%" x2="${x}%" y1="0" y2="100%"/>`;
}

/** How long after the start, and below it the time of day. */
function label(at: number, since: string, clock: string): Html {
  const line = (y: number, text: string) =>
    html`<text x="${fixed(at)}%" y="${y}" text-anchor="${anchor(at, 9)}">${text}</text>`;
  return html`${line(14, since)}${line(30, clock)}`;
}

function clock(startedAt: string, seconds: number): string {
  return timeOfDay(new Date(Date.parse(startedAt) + seconds * 1000).toISOString());
}

/** A centred label would be cut off near an edge. */
function anchor(at: number, edge: number): string {
  if (at < edge) return "start";
  return at > 100 - edge ? "end" : "middle";
}

const MEANINGS = {
  path: "on the critical path",
  beside: "in parallel",
  failed: "failed",
  running: "not finished",
};

function legend(rows: Row[], wiped: number | undefined): Html {
  const shown = new Set(rows.flatMap(({ bars }) => bars.map(({ state }) => state)));
  const kinds = (["path", "beside", "failed", "running"] as const).filter((state) => shown.has(state));
  const key = (mark: Html, words: string) => html`<li><svg class="key" aria-hidden="true">${mark}</svg>${words}</li>`;
  return html`<ul class="legend">${kinds.map((state) => key(html`<rect class="bar ${state}" width="100%" y="${(12 - thickness(state)) / 2}" height="${thickness(state)}" rx="2"/>`, MEANINGS[state]))}${
    wiped === undefined
      ? undefined
      : key(
          html`<line class="wiped" x1="50%" x2="50%" y1="0" y2="100%"/>`,
          `point of no return, after ${duration(wiped)}`,
        )
  }</ul>`;
}

function fixed(percent: number): string {
  return percent.toFixed(3);
}
