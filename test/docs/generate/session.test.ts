import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readAsciicast } from "../../../docs/generate/asciicast.ts";
import { FOLDER, readSession, sessionPage } from "../../../docs/generate/session.ts";
import { reportPage } from "../../../output/report/page.ts";
import { reportTicket } from "../../../output/report/ticket.ts";

const { cast, record } = readSession();
const file = (name: string) => readFileSync(join(FOLDER, name), "utf8");

test("the recorded session is played from its beginning to its end", () => {
  const { chunks } = readAsciicast(cast);
  const times = chunks.map(({ seconds }) => seconds);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
  expect(chunks.map(({ text }) => text).join("")).toContain("done: Rancher v2.5.8");
});

test("the recorded session's page and reports are what the program makes of it now", { timeout: 60_000 }, async () => {
  expect(record).toMatchObject({ command: "apply", result: "succeeded" });
  expect(file("README.md")).toBe(await sessionPage(cast));
  expect(file("report.html")).toBe(reportPage(record));
  expect(file("report.md")).toBe(reportTicket(record));
});

test("the recorded session contains nothing of the machine it was recorded on", () => {
  for (const name of readdirSync(FOLDER)) expect(file(name)).not.toMatch(/\/root\b|\/var\/tmp|\.cache\/|\/work\//);
});
