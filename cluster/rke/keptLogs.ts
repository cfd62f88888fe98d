import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { replaceSynced } from "../stateFolder/keep.ts";
import { redact } from "../text.ts";

/** Takes the secrets out of a log that RKE no longer writes to. */
export function redactLog(path: string): void {
  const log = readFileSync(path, "utf8");
  const redacted = redact(log);
  if (redacted === log) return;
  const { atime, mtime } = statSync(path);
  replaceSynced(path, redacted);
  // Its time is when RKE wrote last.
  utimesSync(path, atime, mtime);
}

/** Removes the secrets from all logs in a folder: a step that was killed has left its own as RKE wrote it. */
export function redactLogs(folder: string): void {
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)) if (file.endsWith(".log")) redactLog(join(folder, file));
}
