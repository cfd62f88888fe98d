import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import headless from "@xterm/headless";
import { stopwatch } from "../../cluster/time.ts";
import { RESTORE, RKE_UP_LAST } from "../../messages/steps.ts";
import { writeReport } from "../../output/report/writeReport.ts";
import { type RunRecord, recordSchema } from "../../run/record.ts";
import { readAsciicast } from "./asciicast.ts";
import { movingPicture } from "./movingPicture.ts";

export const FOLDER = join(import.meta.dirname, "../session");

/** Writes the page, the film and the reports of the recorded session from its recording and its record. */
export async function writeSession(): Promise<void> {
  const { cast, record } = readSession();
  writeReport(record, FOLDER);
  writeFileSync(join(FOLDER, "README.md"), await sessionPage(cast, record));
  writeFileSync(join(FOLDER, "apply.svg"), await movingPicture(cast));
}

export function readSession(): { cast: string; record: RunRecord } {
  const [cast = "", record = ""] = ["apply.cast", "report.json"].map((file) =>
    readFileSync(join(FOLDER, file), "utf8"),
  );
  return { cast, record: recordSchema.parse(JSON.parse(record)) };
}

/** The recorded session as text: the terminal at some moments. @throws Error where the session lacks one of them. */
export async function sessionPage(cast: string, record: RunRecord): Promise<string> {
  const recording = readAsciicast(cast);
  const screens = await screensOf(recording, momentsOf(recording, record));
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

interface Moment {
  title: string;
  /** Since the beginning of the recording. */
  seconds: number;
}

type Recording = ReturnType<typeof readAsciicast>;

function momentsOf({ chunks, typed }: Recording, { steps, wipedAt, endedAt }: RunRecord): Moment[] {
  const end = chunks.at(-1)?.seconds ?? 0;
  // The last that is shown is how the run ended. A time that the record lacks is NaN.
  const since = (time = "") => end + (Date.parse(time) - Date.parse(endedAt ?? "")) / 1000;
  const between = (from?: string, to?: string) => (since(from) + since(to)) / 2;
  const step = (name: string) => steps.find((one) => one.step === name);
  const moments = [
    { title: "The preview, and the question", seconds: typed[0]?.seconds ?? Number.NaN },
    { title: "While etcd is restored", seconds: between(wipedAt, step(RESTORE)?.endedAt) },
    {
      title: "While rke up runs, and Rancher serves already",
      seconds: between(step(RKE_UP_LAST)?.startedAt, step(RKE_UP_LAST)?.endedAt),
    },
    { title: "The end", seconds: since(endedAt) },
  ];
  let before = 0;
  for (const { title, seconds } of moments) {
    if (!(seconds >= before && seconds <= end)) throw new Error(`the recorded session has no moment "${title}"`);
    before = seconds;
  }
  return moments;
}

async function screensOf({ columns, rows, chunks }: Recording, moments: Moment[]): Promise<Screen[]> {
  const terminal = new headless.Terminal({ cols: columns, rows, scrollback: 1000, allowProposedApi: true });
  const screens: Screen[] = [];
  let shown = 0;
  for (const { title, seconds } of moments) {
    for (let next = chunks[shown]; next && next.seconds <= seconds; next = chunks[shown]) {
      const { text } = next;
      await new Promise<void>((done) => terminal.write(text, done));
      shown += 1;
    }
    screens.push({ title, at: stopwatch(seconds), lines: screenOf(terminal) });
  }
  return screens;
}

/** All that can be scrolled to, without empty lines at the end. */
function screenOf(terminal: InstanceType<typeof headless.Terminal>): string[] {
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at)?.translateToString(true) ?? "");
  return lines.join("\n").trim().split("\n");
}
