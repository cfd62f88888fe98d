import type { Spread } from "./statistics.ts";

interface Bar {
  label: string;
  spread: Spread;
}

interface TimelineRow {
  label: string;
  segments: { title: string; start: number; end: number }[];
  /** Drawn below the segments. */
  outage: { from: number; until: number };
}

const WIDTH = 860;
/** Labels are left of it, bars right of it. */
const LEFT = 230;
const RIGHT = WIDTH - 70;
const TOP = 44;
const FONT = 'font-family="system-ui, sans-serif" font-size="13"';
/** A character of that font is about this wide. */
const CHARACTER = 7;

/** Horizontal bars of medians in seconds, with lines from the smallest to the largest value. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const row = 34;
  const axis = axisOf(Math.max(1, ...bars.map(({ spread }) => spread.max)), TOP, TOP + bars.length * row);
  const drawn = bars.map(({ label, spread: { median, min, max } }, at) => {
    const [y, middle] = [TOP + at * row + 6, TOP + at * row + 17];
    const whisker = `<path class="line" d="M${axis.x(min)} ${middle}H${axis.x(max)}M${axis.x(min)} ${middle - 5}v10M${axis.x(max)} ${middle - 5}v10"/>`;
    return [
      text(LEFT - 10, middle + 4, label, "end"),
      `<rect class="bar" x="${LEFT}" y="${y}" width="${round(axis.x(median) - LEFT)}" height="22"/>`,
      ...(min < max ? [whisker] : []),
      text(axis.x(max) + 8, middle + 4, `${median.toFixed(1)} s`),
    ].join("\n");
  });
  return svg(title, TOP + bars.length * row + 34, [axis.drawn, ...drawn]);
}

/** What happened when: a row of segments each, and below it the time in which Rancher was away. */
export function timeline(title: string, rows: readonly TimelineRow[]): string {
  const row = 52;
  const ends = rows.flatMap(({ segments, outage }) => [outage.until, ...segments.map(({ end }) => end)]);
  const axis = axisOf(Math.max(1, ...ends), TOP, TOP + rows.length * row);
  const drawn = rows.map(({ label, segments, outage }, at) => {
    const y = TOP + at * row + 6;
    return [
      text(LEFT - 10, y + 17, label, "end"),
      ...segments.map((segment, number) => {
        const [x, width] = [axis.x(segment.start), round(axis.x(segment.end) - axis.x(segment.start))];
        const about = `<title>${escaped(`${segment.title}: ${(segment.end - segment.start).toFixed(1)} s`)}</title>`;
        const box = `<rect class="${number % 2 === 0 ? "bar" : "bar other"}" x="${x}" y="${y}" width="${width}" height="24">${about}</rect>`;
        const fits = segment.title.length * CHARACTER + 8 <= width;
        return fits ? `${box}\n${text(x + 4, y + 17, segment.title, "start", "inside")}` : box;
      }),
      `<rect class="outage" x="${axis.x(outage.from)}" y="${y + 28}" width="${round(axis.x(outage.until) - axis.x(outage.from))}" height="7"><title>outage</title></rect>`,
    ].join("\n");
  });
  const y = TOP + rows.length * row + 40;
  const legend = [
    `<rect class="outage" x="${LEFT}" y="${y - 8}" width="24" height="7"/>`,
    text(LEFT + 32, y, "Rancher is away"),
  ];
  return svg(title, y + 14, [axis.drawn, ...drawn, ...legend]);
}

/** A scale of seconds from 0 with lines at round numbers. */
function axisOf(most: number, top: number, bottom: number) {
  const x = (value: number) => round(LEFT + (value / most) * (RIGHT - LEFT));
  const step = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600].find((length) => most / length <= 10) ?? 1200;
  const marks = Array.from({ length: Math.floor(most / step) + 1 }, (_, at) => at * step);
  const drawn = marks.map(
    (mark) =>
      `<path class="grid" d="M${x(mark)} ${top}V${bottom}"/>\n${text(x(mark), bottom + 16, `${mark} s`, "middle", "faint")}`,
  );
  return { x, drawn: drawn.join("\n") };
}

function text(x: number, y: number, words: string, anchor = "start", kind = "text"): string {
  return `<text class="${kind}" x="${x}" y="${y}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

function svg(title: string, height: number, parts: string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}" ${FONT}>
<style>
.text{fill:#24292f}.faint{fill:#57606a;font-size:11px}.inside{fill:#fff}.bar{fill:#2563a8}.other{fill:#4a86c5}.outage{fill:#c2410c}
.grid{stroke:#8c959f;stroke-opacity:.35}.line{stroke:#24292f;fill:none}
@media(prefers-color-scheme:dark){.text{fill:#e6edf3}.faint{fill:#9da7b3}.line{stroke:#e6edf3}}
</style>
<text class="text" x="12" y="24" font-weight="600">${escaped(title)}</text>
${parts.join("\n")}
</svg>
`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
