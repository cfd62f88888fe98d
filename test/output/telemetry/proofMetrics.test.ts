import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { proofMetricsText, writeProofMetrics } from "../../../output/telemetry/proofMetrics.ts";
import { tempFolder } from "../../support/folder.ts";

const LABELS = { stack: "prod", cluster: 'lab "a"', source: "hosts" };
const FAILED = { proven: false, startedAt: "2026-11-27T03:00:00.000Z", seconds: 9.5 };

test("a proof that failed is 0, and what is not known of it is left out", async () => {
  const text = await proofMetricsText({ ...FAILED, lastProvenTakenAt: 1_795_770_000 }, LABELS);
  expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([
    'rancher_rollback_last_proven_snapshot_timestamp_seconds{stack="prod",cluster="lab \\"a\\"",source="hosts"} 1795770000',
    'rancher_rollback_proof_succeeded{stack="prod",cluster="lab \\"a\\"",source="hosts"} 0',
    'rancher_rollback_proof_timestamp_seconds{stack="prod",cluster="lab \\"a\\"",source="hosts"} 1795748400',
    'rancher_rollback_proof_duration_seconds{stack="prod",cluster="lab \\"a\\"",source="hosts"} 9.5',
  ]);
  expect(text.trimEnd().endsWith("# EOF")).toBe(true);
});

test("where none was ever proven, that is told as 0: a series that is missing would fire no alert", async () => {
  expect(await proofMetricsText(FAILED, LABELS)).toMatch(/last_proven_snapshot_timestamp_seconds\{.*\} 0$/m);
});

test("the file can be read by the collector's user, is written over, and no part of it stays", async () => {
  const file = join(tempFolder(), "textfile/prove.prom");
  await writeProofMetrics(file, FAILED, LABELS);
  await writeProofMetrics(file, { ...FAILED, proven: true }, LABELS);
  expect(statSync(file).mode & 0o444).toBe(0o444);
  expect(readFileSync(file, "utf8")).toMatch(/proof_succeeded\{.*\} 1/);
  expect(readdirSync(join(file, ".."))).toEqual(["prove.prom"]);
});
