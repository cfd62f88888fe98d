import headless from "@xterm/headless";
import { escaped } from "../../output/report/html.ts";
import { readAsciicast } from "./asciicast.ts";

/** Pictures of the film, and how long each is shown, s; the first and the last are there to be read. */
const [PICTURES, SECONDS, READING_SECONDS] = [48, 0.5, 5];
/** A character's width and a line's height, px. */
const [WIDTH, HEIGHT, MARGIN] = [7.2, 16, 12];
/** The colours of a terminal that operators know: by the number of the SGR code, 0 to 7. */
const COLOURS = ["#6e7681", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#76e3ea", "#e6edf3"];

/** A recording (asciicast) as an SVG that plays by itself, in fewer pictures than it has. */
export async function movingPicture(cast: string): Promise<string> {
  const { columns, rows, chunks, title } = readAsciicast(cast);
  const terminal = new headless.Terminal({ cols: columns, rows, scrollback: 0, allowProposedApi: true });
  const [from = 0, to = 0] = [chunks[0]?.seconds, chunks.at(-1)?.seconds];
  const pictures: string[][] = [];
  let due = from;
  for (const { seconds, text } of chunks) {
    for (; seconds > due && pictures.length < PICTURES; due += Math.max(0.001, (to - from) / PICTURES)) take();
    await new Promise<void>((done) => terminal.write(text, done));
  }
  take();
  return svgOf(pictures, { columns, rows, title });

  function take(): void {
    const picture = Array.from({ length: rows }, (_, row) => lineOf(terminal, row));
    // Before the first output, or where nothing has changed.
    if (picture.join("") !== (pictures.at(-1)?.join("") ?? "")) pictures.push(picture);
  }
}

/** A line of the terminal as SVG text: a tspan for each run of the same style. */
function lineOf(terminal: InstanceType<typeof headless.Terminal>, row: number): string {
  const { active } = terminal.buffer;
  const line = active.getLine(active.baseY + row);
  const runs: { text: string; classes: string }[] = [];
  for (let column = 0; line && column < line.length; column++) {
    const cell = line.getCell(column);
    if (!cell || cell.getWidth() === 0) continue;
    const classes = [
      cell.isFgPalette() && COLOURS[cell.getFgColor() % 8] ? `c${cell.getFgColor() % 8}` : "",
      cell.isBold() ? "b" : "",
      cell.isDim() ? "d" : "",
    ]
      .filter(Boolean)
      .join(" ");
    const last = runs.at(-1);
    const text = cell.getChars() || " ";
    if (last?.classes === classes) last.text += text;
    else runs.push({ text, classes });
  }
  const spans = runs.map(({ text, classes }) =>
    classes ? `<tspan class="${classes}">${escaped(text)}</tspan>` : escaped(text),
  );
  return spans.join("").trimEnd();
}

function svgOf(
  pictures: string[][],
  { columns, rows, title }: { columns: number; rows: number; title: string },
): string {
  const [width, height] = [Math.ceil(columns * WIDTH) + 2 * MARGIN, rows * HEIGHT + 2 * MARGIN];
  const lines = [...new Set(pictures.flat().filter((line) => line !== ""))];
  const numbers = new Map(lines.map((line, number) => [line, number]));
  const shown = pictures.map((_, at) => (at === 0 || at === pictures.length - 1 ? READING_SECONDS : SECONDS));
  const all = shown.reduce((sum, seconds) => sum + seconds, 0);
  let since = 0;
  const frames = pictures.map((picture, at) => {
    const uses = picture.flatMap((line, row) =>
      line === "" ? [] : [`<use href="#l${numbers.get(line)}" y="${MARGIN + (row + 0.75) * HEIGHT}"/>`],
    );
    const begin = since;
    since += shown[at] ?? 0;
    const [on, off] = [begin / all, since / all].map((part) => Number(part.toFixed(4)));
    // Without an animation, as in a printed page, the last one stays.
    const values =
      at === 0
        ? `values="visible;hidden" keyTimes="0;${off}"`
        : `values="hidden;visible;hidden" keyTimes="0;${on};${off}"`;
    const last = at === pictures.length - 1;
    const animated = last ? `values="hidden;visible" keyTimes="0;${on}"` : values;
    const animate = `<animate attributeName="visibility" calcMode="discrete" dur="${all}s" repeatCount="indefinite" ${animated}/>`;
    return `<g visibility="${last ? "visible" : "hidden"}">${pictures.length > 1 ? animate : ""}${uses.join("")}</g>`;
  });
  const colours = COLOURS.map((colour, number) => `.c${number}{fill:${colour}}`).join("");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:${COLOURS[7]};white-space:pre}.b{font-weight:700}.d{opacity:.6}${colours}</style>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    `<defs>${lines.map((line, number) => `<text id="l${number}" x="${MARGIN}" xml:space="preserve">${line}</text>`).join("\n")}</defs>`,
    ...frames,
    "</svg>\n",
  ].join("\n");
}
