import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { proofMetricsText } from "../../output/telemetry/proofMetrics.ts";

const SOME = {
  ...{ proven: true, startedAt: "2026-11-27T03:00:00.000Z", seconds: 9.5 },
  ...{ lastProvenTakenAt: 1_795_770_000, unpacked: 7_340_064, keys: 1234 },
};

test("the alerts and the page on metrics name metrics that prove writes", async () => {
  const text = await proofMetricsText(SOME, { stack: "prod", cluster: "lab-a" });
  const written = [...text.matchAll(/^# TYPE (\w+) gauge$/gm)].map(([, name = ""]) => name);
  const { groups } = parse(readFileSync(new URL("../../docs/alerts.rules.yml", import.meta.url), "utf8"));
  const rules: { alert: string; expr: string }[] = groups.flatMap((group: { rules: object[] }) => group.rules);
  expect(rules).toHaveLength(3);
  for (const { expr } of rules) expect(written).toContain(/rancher_rollback_\w+/.exec(expr)?.[0]);
  const page = readFileSync(new URL("../../docs/telemetry.md", import.meta.url), "utf8");
  for (const name of written) expect(page).toContain(`\`${name}\``);
});
