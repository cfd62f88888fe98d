import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { RunKeeper } from "../../../cli/roll/runKeeper.ts";
import { MOMENTS } from "../../../output/webhook/cloudEvent.ts";
import type { RunEvent } from "../../../run/events.ts";
import { type RunRecord, recordSchema } from "../../../run/record.ts";
import { tempFolder } from "../../support/folder.ts";
import { listen } from "../../support/server.ts";
import { someSettings } from "../../support/settings.ts";

let folder: string;
let events: RunEvent[];
let keeper: RunKeeper;

beforeEach(() => {
  folder = tempFolder();
  events = [];
  keeper = new RunKeeper({ command: "apply", stack: "prod" }, (event) => events.push(event));
});

test("a run that is killed leaves a report that says how far it came", () => {
  keeper.begin(settings(), {});
  keeper.tell({ event: "step-started", step: "etcd-restore", operation: "create" });
  keeper.tell({ event: "line", step: "etcd-restore", text: "Cleaning old kubernetes cluster" });
  keeper.tell({ event: "wiping", step: "etcd-restore" });
  const record = kept();
  expect(record.result).toBeUndefined();
  expect(record.wipedAt).toBeDefined();
  expect(record.steps[0]?.lines).toEqual(["Cleaning old kubernetes cluster"]);
});

test("a run says who started it, and from where", () => {
  vi.stubEnv("GITHUB_ACTIONS", "");
  vi.stubEnv("GITLAB_CI", "true");
  vi.stubEnv("CI_JOB_URL", "https://gitlab.example.com/ops/rancher/-/jobs/7");
  keeper.begin(settings(), {});
  keeper.tell({ event: "confirmed", how: "settings" });
  expect(kept().operator).toMatchObject({
    host: hostname(),
    job: { system: "GitLab CI", url: "https://gitlab.example.com/ops/rancher/-/jobs/7" },
  });
});

describe("a webhook", () => {
  let posted: string[];
  async function withWebhook(status: number): Promise<string> {
    posted = [];
    const server = createServer(async (request, response) => {
      posted.push(JSON.parse((await request.toArray()).join("")).type);
      response.writeHead(status).end();
    });
    return `http://127.0.0.1:${await listen(server)}/sesame`;
  }

  test("is notified of a run once it is confirmed, of its point of no return and of its end", async () => {
    keeper.begin({ ...settings(), webhook: await withWebhook(202) }, {});
    keeper.tell({ event: "changes", steps: [] });
    keeper.tell({ event: "confirmed", how: "settings" });
    keeper.tell({ event: "wiping", step: "etcd-restore" });
    await keeper.end({ result: "succeeded", canBeUndone: false });
    expect(posted).toHaveLength(3);
    expect(new Set(posted)).toEqual(new Set(Object.values(MOMENTS)));
    expect(events.some(({ event }) => event === "note")).toBe(false);
  });

  test("is notified of no run that was not confirmed", async () => {
    keeper.begin({ ...settings(), webhook: await withWebhook(202) }, {});
    await keeper.end({ result: "refused", error: "not confirmed", canBeUndone: false });
    expect(posted).toEqual([]);
  });

  test("that fails is one warning before the end, and its address is in no report", async () => {
    keeper.begin({ ...settings(), webhook: await withWebhook(500) }, {});
    keeper.tell({ event: "confirmed", how: "settings" });
    keeper.tell({ event: "wiping", step: "etcd-restore" });
    await keeper.end({ result: "succeeded", canBeUndone: false });
    expect(events.slice(-2)).toMatchObject([
      { event: "note", level: "warning", text: expect.stringMatching(/^the webhook at 127\.0\.0\.1:\d+ did not/) },
      { event: "run-ended", result: "succeeded" },
    ]);
    expect(JSON.stringify([events, kept()])).not.toContain("sesame");
  });
});

test("a report that cannot be written is complained of, once on the way and once at the end, and ends no run", async () => {
  writeFileSync(join(folder, ".rancher-rollback"), "a file where the folder belongs");
  keeper.begin(settings(), {});
  keeper.tell({ event: "step-started", step: "lock", operation: "create" });
  keeper.tell({ event: "step-ended", step: "lock", operation: "create", failed: false, seconds: 1 });
  await keeper.end({ result: "succeeded", canBeUndone: false });
  expect(events.map(({ event }) => event)).toEqual([
    "run-started",
    "step-started",
    "note",
    "step-ended",
    "note",
    "run-ended",
  ]);
  expect(events.at(-1)).toMatchObject({ result: "succeeded" });
});

test("a run that has ended leaves its report and its metrics beside the cluster file", async () => {
  keeper.begin(settings(), {});
  await keeper.end({ result: "unchanged", canBeUndone: false });
  expect(kept().result).toBe("unchanged");
  const run = runFolder();
  expect(run).toMatch(/\/\d{8}T\d{6}Z-apply$/);
  expect(events.at(-1)).toMatchObject({ event: "run-ended", report: join(run, "report.html") });
  expect(readdirSync(run).sort()).toEqual(["metrics.prom", "report.html", "report.json", "report.md"]);
});

function settings(): Parameters<RunKeeper["begin"]>[0] {
  const { cluster, snapshot } = someSettings();
  return { cluster: { ...cluster, path: join(folder, "rancher-cluster.yml") }, snapshot };
}

function runFolder(): string {
  const runs = join(folder, ".rancher-rollback", "runs");
  return join(runs, readdirSync(runs)[0] ?? "");
}

function kept(): RunRecord {
  return recordSchema.parse(JSON.parse(readFileSync(join(runFolder(), "report.json"), "utf8")));
}
