import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import headless from "@xterm/headless";
import { stopwatch } from "../../cluster/time.ts";
import { writeReport } from "../../output/report/writeReport.ts";
import { type RunRecord, recordSchema } from "../../run/record.ts";
import { readAsciicast } from "./asciicast.ts";
import { movingPicture } from "./movingPicture.ts";

/** Where the recorded session is. */
export const FOLDER = join(import.meta.dirname, "../session");

/** The moments of the session that the page shows: when a line is seen on the terminal, and `later` seconds after. */
const MOMENTS = [
  { title: "The preview, and the question", seen: /will be lost\. T/, later: 0 },
  { title: "While etcd is restored", seen: /^point of no return passed/, later: 20 },
  { title: "While rke up runs, and Rancher serves already", seen: /^[^✓ ] .*run rke up/i, later: 5 },
  { title: "The end", seen: /rancher-rollback undo/, later: 1 },
];

/** Writes the page, the film and the reports of the recorded session from its recording and its record. */
export async function writeSession(): Promise<void> {
  const { cast, record } = readSession();
  writeReport(record, FOLDER);
  writeFileSync(join(FOLDER, "README.md"), await sessionPage(cast));
  writeFileSync(join(FOLDER, "apply.svg"), await movingPicture(cast));
}

/** The recording as asciicast, and the record of the run. */
export function readSession(): { cast: string; record: RunRecord } {
  const [cast = "", record = ""] = ["apply.cast", "report.json"].map((file) =>
    readFileSync(join(FOLDER, file), "utf8"),
  );
  return { cast, record: recordSchema.parse(JSON.parse(record)) };
}

/** The recorded session as text: the terminal at some moments. */
export async function sessionPage(cast: string): Promise<string> {
  const screens = await screensOf(cast);
  return `# A recorded rollback

Recorded in the lab with \`npm run record\`: an upgrade has failed, and the operator runs \`rancher-rollback apply --stack prod\` and
confirms with the snapshot's name. Play the whole recording, [apply.cast](apply.cast), with \`asciinema play docs/session/apply.cast\`. The
reports of the run: [report.html](report.html), [report.md](report.md) and [report.json](report.json).
${screens.map((screen, at) => section(screen, screens[at - 1])).join("")}`;
}

interface Screen {
  title: string;
  at: string;
  lines: string[];
}

/** Lines that have not changed since the moment before are left out. */
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
    if (next && due === undefined && screenOf(terminal).some((line) => next.seen.test(line)))
      due = seconds + next.later;
  }
  if (due !== undefined) shoot();
  return screens;
}

/** All that can be scrolled to, without empty lines at the end. */
function screenOf(terminal: InstanceType<typeof headless.Terminal>): string[] {
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at)?.translateToString(true) ?? "");
  return lines.join("\n").trim().split("\n");
}
