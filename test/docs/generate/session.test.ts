import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { asciicast, readAsciicast } from "../../../docs/generate/asciicast.ts";
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

test("the recorded session's page and reports are what the program makes of it now", async () => {
  expect(record).toMatchObject({ command: "apply", result: "succeeded" });
  expect(file("README.md")).toBe(await sessionPage(cast, record));
  expect(file("report.html")).toBe(reportPage(record));
  expect(file("report.md")).toBe(reportTicket(record));
});

test("the recorded session contains nothing of the machine it was recorded on", () => {
  for (const name of readdirSync(FOLDER)) expect(file(name)).not.toMatch(/\/root\b|\/var\/tmp|\.cache\/|\/work\//);
});

describe("the page of a session", () => {
  const BEGIN = Date.parse("2026-11-23T15:00:00Z");
  const at = (seconds: number) => new Date(BEGIN + seconds * 1000).toISOString();
  const step = (name: string, from: number, to: number) => ({
    ...{ step: name, operation: "create" as const, startedAt: at(from), endedAt: at(to), failed: false, lines: [] },
  });
  const run = {
    ...record,
    ...{ startedAt: at(0), wipedAt: at(22), endedAt: at(60) },
    steps: [step("etcd-restore", 20, 30), step("rke-up-last", 40, 50)],
  };
  const shows = [
    { seconds: 5, text: "a preview\r\n" },
    { seconds: 12, text: "steps\r\n" },
    { seconds: 25, text: "restoring\r\n" },
    { seconds: 31, text: "verifying\r\n" },
    { seconds: 44, text: "rke up\r\n" },
    { seconds: 51, text: "unlocking\r\n" },
    { seconds: 60, text: "it is done\r\n" },
  ];
  const recorded = (typed = [{ seconds: 10, text: "base\r" }]) =>
    asciicast({ columns: 40, rows: 20, title: "a session", chunks: shows, typed });

  test("shows the terminal at its moments by the record of the run, whatever is on the screen", async () => {
    const page = await sessionPage(recorded(), run);
    const shown = [...page.matchAll(/^## (.*)\n\n```text\n([^`]*)\n```/gm)].map(([, title, text]) => [title, text]);
    expect(shown).toEqual([
      ["The preview, and the question, at 0:10", "a preview"],
      ["While etcd is restored, at 0:26", "steps\nrestoring"],
      ["While rke up runs, and Rancher serves already, at 0:45", "verifying\nrke up"],
      ["The end, at 1:00", "unlocking\nit is done"],
    ]);
  });

  const { wipedAt: _, ...harmless } = run;
  const { endedAt: __, ...cutOff } = run;
  test.each([
    ["The preview, and the question", recorded([]), run],
    ["While etcd is restored", recorded(), harmless],
    ["While rke up runs, and Rancher serves already", recorded(), { ...run, steps: [step("etcd-restore", 20, 30)] }],
    ["While etcd is restored", recorded(), cutOff],
    ["While etcd is restored", recorded([{ seconds: 40, text: "base\r" }]), run],
  ])("is an error where it lacks %j, and never a page without it", async (title, film, its) => {
    await expect(sessionPage(film, its)).rejects.toThrow(`no moment "${title}"`);
  });
});
