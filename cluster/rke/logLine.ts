import { printable, redact } from "../text.ts";

export type Level = "debug" | "info" | "warning" | "error" | "fatal";

/** A message of RKE's log, printable and without secrets. */
export interface LogMessage {
  level: Level;
  text: string;
  /** When RKE wrote it, ISO 8601; a terminal's form does not say. */
  at?: string;
}

type LogLine =
  | { kind: "message"; message: LogMessage }
  /** A further line of the message above it, or of another program. */
  | { kind: "further"; text: string }
  /** A line of client-go, which RKE mixes into its own. */
  | { kind: "noise"; text: string };

const LEVELS: Record<string, Level> = {
  TRAC: "debug",
  DEBU: "debug",
  INFO: "info",
  WARN: "warning",
  ERRO: "error",
  FATA: "fatal",
  PANI: "fatal",
};

/** logrus in a file (main.go of RKE v0.1.7 to v1.8.0). The quotes of a line that was cut off are not closed. */
const IN_FILE = /^time=(?:"(?<quotedTime>[^"]*)"|(?<time>\S+)) level=(?<level>\w+)(?: msg=(?<message>.*))?$/;
/** logrus on a terminal. */
const ON_TERMINAL = /^(?<level>[A-Z]{4})\[\d+\] ?(?<message>.*)$/;
/** The RKE inside Rancher. */
const IN_RANCHER = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[(?<level>[A-Z]+)\] (?<message>.*)$/;
const KLOG = /^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ \S+\.go:\d+\] /;

/**
 * Reads a line. The level counts at its start only: RKE quotes the logs of containers, with their levels, in its own.
 * @param above the message that this line may belong to.
 */
export function parseLogLine(raw: string, above?: LogMessage): LogLine {
  const line = printable(raw).trimEnd();
  const inFile = above && quotesContainer(above) ? undefined : IN_FILE.exec(line)?.groups;
  const { level: word, message = "" } = inFile ?? (ON_TERMINAL.exec(line) ?? IN_RANCHER.exec(line))?.groups ?? {};
  const level = word && LEVELS[word.toUpperCase().slice(0, 4)];
  if (!level) return { kind: KLOG.test(line) ? "noise" : "further", text: redact(line) };
  const at = Date.parse(inFile?.quotedTime ?? inFile?.time ?? "");
  return {
    kind: "message",
    message: {
      level,
      text: redact(inFile ? printable(unquoted(message)) : message).trimEnd(),
      ...(!Number.isNaN(at) && { at: new Date(at).toISOString() }),
    },
  };
}

/** Whether a terminal's message ends within the log of a container: `… stderr: [time="…" level=fatal msg="…"`. */
function quotesContainer({ at, text }: LogMessage): boolean {
  return at === undefined && text.split("[").length > text.split("]").length;
}

const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r" };

/** A value as logrus writes it: `word`, or quoted by Go's %q; what follows it is kept. */
function unquoted(value: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"?/.exec(value);
  if (!quoted) return value;
  const text = (quoted[1] ?? "").replaceAll(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g,
    (_, x?: string, u?: string, long?: string, letter = "") => {
      const code = x ?? u ?? long;
      return code === undefined ? (ESCAPES[letter] ?? letter) : String.fromCodePoint(Number.parseInt(code, 16));
    },
  );
  return text + value.slice(quoted[0].length);
}

/** A message as a person reads it, line by line: its level is named where it is not info. */
export function shownLines({ level, text }: LogMessage): string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const [first = "", ...more] = lines;
  return [`${level === "info" ? "" : `${level.toUpperCase()} `}${first}`, ...more];
}
