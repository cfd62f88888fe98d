import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import headless from "@xterm/headless";
import { stopwatch } from "../../cluster/time.ts";
import { writeReport } from "../../output/report/writeReport.ts";
import { type RunRecord, recordSchema } from "../../run/record.ts";
import { readAsciicast } from "./asciicast.ts";

/** Where the recorded session is. */
export const FOLDER = join(import.meta.dirname, "../session");

/** What of the session the page shows: when the first of these is seen, and so much later. */
const MOMENTS = [
  { title: "The preview, and the question", seen: "will be lost. T", later: 0 },
  { title: "While etcd is restored", seen: "the point of no return is passed", later: 20 },
  { title: "While the components are restarted", seen: "restarting the network container", later: 2 },
  { title: "The end", seen: "the way back:", later: 1 },
];

/** Writes the page and the report of the session that was recorded; the recording and the record stay as they are. */
export async function writeSession(): Promise<void> {
  const { cast, record } = readSession();
  writeReport(record, FOLDER);
  writeFileSync(join(FOLDER, "README.md"), await sessionPage(cast));
}

/** The recording as asciicast, and the record of the run. */
export function readSession(): { cast: string; record: RunRecord } {
  const [cast = "", record = ""] = ["apply.cast", "report.json"].map((file) =>
    readFileSync(join(FOLDER, file), "utf8"),
  );
  return { cast, record: recordSchema.parse(JSON.parse(record)) };
}

/** The recorded session as text: what the terminal showed at some moments. */
export async function sessionPage(cast: string): Promise<string> {
  const screens = await screensOf(cast);
  return `# A rollback, as it was seen

Recorded on the lab by \`npm run record\`: the upgrade has failed, the operator types \`npx rancher-rollback apply --stack prod\`, reads, and
types the snapshot's name. [apply.cast](apply.cast) is the whole of it: \`asciinema play docs/session/apply.cast\`. The run has left
[report.html](report.html), [report.md](report.md) and [report.json](report.json).
${screens.map((screen, at) => section(screen, screens[at - 1])).join("")}`;
}

interface Screen {
  title: string;
  at: string;
  lines: string[];
}

/** Lines that stand as they stood before are not shown again. */
function section({ title, at, lines }: Screen, before?: Screen): string {
  const from = before ? lines.findIndex((line, row) => line !== before.lines[row]) : 0;
  return `\n## ${title}, at ${at}\n\n\`\`\`text\n${lines.slice(from).join("\n")}\n\`\`\`\n`;
}

async function screensOf(cast: string): Promise<Screen[]> {
  const { columns, rows, chunks } = readAsciicast(cast);
  const terminal = new headless.Terminal({ cols: columns, rows, scrollback: 1000, allowProposedApi: true });
  const moments = [...MOMENTS];
  const screens: Screen[] = [];
  let due: number | undefined;
  let written = 0;
  const shoot = () => {
    const { title = "" } = moments.shift() ?? {};
    screens.push({ title, at: stopwatch(written), lines: screenOf(terminal) });
    due = undefined;
  };
  for (const { seconds, text } of chunks) {
    if (due !== undefined && seconds >= due) shoot();
    await new Promise<void>((done) => terminal.write(text, done));
    written = seconds;
    const [next] = moments;
    if (next && due === undefined && screenOf(terminal).some((line) => line.includes(next.seen)))
      due = seconds + next.later;
  }
  if (due !== undefined) shoot();
  return screens;
}

/** All that can be scrolled to, without what is empty at its end. */
function screenOf(terminal: InstanceType<typeof headless.Terminal>): string[] {
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at)?.translateToString(true) ?? "");
  return lines.join("\n").trim().split("\n");
}
