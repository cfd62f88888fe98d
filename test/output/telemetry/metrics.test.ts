import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { metricsText, writeMetrics } from "../../../output/telemetry/metrics.ts";
import { tempFolder } from "../../support/folder.ts";
import { someRecord } from "../display/someRun.ts";
import { killed, refused } from "../report/someRecord.ts";

describe("the metrics of a run", () => {
  test("are lines of OpenMetrics text, each metric described first, and an end", async () => {
    const text = await metricsText(someRecord());
    const lines = text.trimEnd().split("\n");
    expect(lines.at(-1)).toBe("# EOF");
    for (const line of lines.slice(0, -1)) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) rancher_rollback_\w+ .+|rancher_rollback_\w+\{(\w+="[^"]*",?)+\} -?[\d.e+]+)$/,
      );
    }
    const described = lines.flatMap((line) => /^# TYPE (\S+) gauge$/.exec(line)?.[1] ?? []);
    expect(new Set(described).size).toBe(described.length);
  });

  test("leave out whether the point of no return was passed where that is unknown", async () => {
    expect(await metricsText(killed())).not.toContain("point_of_no_return_passed{");
    expect(await metricsText(refused())).toContain('point_of_no_return_passed{stack="prod",command="apply"');
  });

  test("have how it ended, how long it and its steps took, and what was lost", async () => {
    const text = await metricsText(someRecord());
    const own = 'stack="prod",command="apply",cluster="prod",snapshot="before-upgrade"';
    for (const line of [
      `rancher_rollback_duration_seconds{${own}} 60`,
      `rancher_rollback_point_of_no_return_passed{${own}} 1`,
      `rancher_rollback_lost_seconds{${own}} 12000`,
      `rancher_rollback_result{result="succeeded",${own}} 1`,
      `rancher_rollback_result{result="failed",${own}} 0`,
      `rancher_rollback_step_duration_seconds{step="snapshot-node2",phase="Fetch the snapshot",node="node2",failed="false",${own}} 10`,
    ]) {
      expect(text.split("\n")).toContain(line);
    }
  });

  test("of a run that was killed have no end", async () => {
    const { endedAt: _, result: __, ...killed } = someRecord();
    const text = await metricsText(killed);
    expect(text).not.toContain("rancher_rollback_duration_seconds");
    expect(text).toMatch(/rancher_rollback_result\{result="succeeded",.*\} 0/);
  });

  test("are a file that takes the place of the last run's, and nothing else is left", async () => {
    const folder = tempFolder();
    const file = join(folder, "metrics.prom");
    writeFileSync(file, "the last run's");
    await writeMetrics(someRecord(), file);
    expect(readFileSync(file, "utf8")).toBe(await metricsText(someRecord()));
    expect(readdirSync(folder)).toEqual(["metrics.prom"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("hold whatever a stack's name holds", async () => {
    const text = await metricsText({ ...someRecord(), stack: 'a"b\\c\nd' });
    expect(text).toContain('stack="a\\"b\\\\c\\nd"');
    expect(text.split("\n").filter((line) => !/^(#|rancher_rollback_|$)/.test(line))).toEqual([]);
  });
});
