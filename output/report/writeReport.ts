import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { replaceSynced } from "../../cluster/stateFolder/keep.ts";
import type { RunRecord } from "../../run/record.ts";
import { reportPage } from "./page.ts";
import { reportTicket } from "./ticket.ts";

interface ReportPaths {
  html: string;
  json: string;
  md: string;
}

export function writeReport(record: RunRecord, folder: string): ReportPaths {
  // First, as the others contain nothing that is not in it.
  const json = writeRecord(record, folder);
  const [html, md] = [join(folder, "report.html"), join(folder, "report.md")];
  replaceSynced(html, reportPage(record));
  replaceSynced(md, reportTicket(record));
  return { html, json, md };
}

/** Writes the record of a run. @returns the path of `report.json`. */
export function writeRecord(record: RunRecord, folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const json = join(folder, "report.json");
  replaceSynced(json, `${JSON.stringify(record, undefined, 2)}\n`);
  return json;
}
