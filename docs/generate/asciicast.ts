import type { Chunk } from "../../lab/rehearsals/terminal.ts";

/** The terminal splits one write into pieces: those within this time belong together. */
const TOGETHER_SECONDS = 0.05;

interface Recording {
  columns: number;
  rows: number;
  title: string;
  chunks: Chunk[];
  typed?: Chunk[];
}

/** Chunks that belong together as one, so that no word is split. */
export function merged(chunks: Chunk[]): Chunk[] {
  const all: Chunk[] = [];
  for (const chunk of chunks) {
    const last = all.at(-1);
    if (last && chunk.seconds - last.seconds < TOGETHER_SECONDS) last.text += chunk.text;
    else all.push({ ...chunk });
  }
  return all;
}

/** A recording as asciinema plays it (asciicast v2: a header line, then `[seconds, "o", text]` a line, "i" for what is typed). */
export function asciicast({ columns, rows, title, chunks, typed = [] }: Recording): string {
  const header = { version: 2, width: columns, height: rows, title, idle_time_limit: 2 };
  const lines = [
    ...chunks.map((chunk) => ({ ...chunk, code: "o" })),
    ...typed.map((chunk) => ({ ...chunk, code: "i" })),
  ]
    .sort((one, other) => one.seconds - other.seconds)
    .map(({ seconds, code, text }) => [Math.round(seconds * 1000) / 1000, code, text]);
  return [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** @throws SyntaxError where it is no asciicast. */
export function readAsciicast(cast: string): Required<Recording> {
  const [header = "", ...lines] = cast.trimEnd().split("\n");
  const { width, height, title } = JSON.parse(header);
  const events = lines.map((line): [seconds: number, code: string, text: string] => JSON.parse(line));
  const of = (wanted: string) =>
    events.flatMap(([seconds, code, text]): Chunk[] => (code === wanted ? [{ seconds, text }] : []));
  return { columns: width, rows: height, title, chunks: of("o"), typed: of("i") };
}
