import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { reportPage } from "../../../output/report/page.ts";
import { reportTicket } from "../../../output/report/ticket.ts";
import { writeReport } from "../../../output/report/writeReport.ts";
import { recordSchema } from "../../../run/record.ts";
import { tempFolder } from "../../support/folder.ts";
import { failed, succeeded } from "./someRecord.ts";

test("a report is three files that only the operator reads, in a folder of the operator's", () => {
  const folder = join(tempFolder(), "reports", "one");
  const paths = writeReport(failed(), folder);
  expect(paths).toEqual({
    html: join(folder, "report.html"),
    json: join(folder, "report.json"),
    md: join(folder, "report.md"),
  });
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const path of Object.values(paths)) expect(statSync(path).mode & 0o777, path).toBe(0o600);
  expect(readFileSync(paths.html, "utf8")).toBe(reportPage(failed()));
  expect(readFileSync(paths.md, "utf8")).toBe(reportTicket(failed()));
  expect(recordSchema.parse(JSON.parse(readFileSync(paths.json, "utf8")))).toEqual(failed());
});

test("a report that is written again takes the place of the earlier one, and leaves nothing beside it", () => {
  const folder = tempFolder();
  writeReport(failed(), folder);
  const { html } = writeReport(succeeded(), folder);
  expect(readFileSync(html, "utf8")).toContain("The rollback succeeded");
  expect(readdirSync(folder).sort()).toEqual(["report.html", "report.json", "report.md"]);
});

test("a file that cannot be replaced is as it was, and what was half written is gone", () => {
  const folder = tempFolder();
  mkdirSync(join(folder, "report.html"));
  writeFileSync(join(folder, "report.html", "kept"), "");
  expect(() => writeReport(failed(), folder)).toThrow(/report\.html/);
  expect(readdirSync(folder).sort()).toEqual(["report.html", "report.json"]);
  expect(readdirSync(join(folder, "report.html"))).toEqual(["kept"]);
});
