import { randomUUID } from "node:crypto";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RunRecord } from "../run/record.ts";
import { writeSynced } from "../steps/keep.ts";
import { reportPage } from "./page.ts";
import { reportTicket } from "./ticket.ts";

export interface ReportPaths {
  html: string;
  json: string;
  md: string;
}

/** Writes a run's report for a person, for programs and for a ticket; a reader never sees half a file. */
export function writeReport(record: RunRecord, folder: string): ReportPaths {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    // First, as it holds everything of the others.
    json: write(join(folder, "report.json"), `${JSON.stringify(record, undefined, 2)}\n`),
    html: write(join(folder, "report.html"), reportPage(record)),
    md: write(join(folder, "report.md"), reportTicket(record)),
  };
}

function write(path: string, text: string): string {
  const part = `${path}.${randomUUID()}.part`;
  try {
    writeSynced(part, text);
    renameSync(part, path);
  } finally {
    rmSync(part, { force: true });
  }
  return path;
}
