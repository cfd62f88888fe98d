import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { proofMetricsText } from "../../output/telemetry/proofMetrics.ts";

const SOME = {
  ...{ proven: true, startedAt: "2026-11-27T03:00:00.000Z", seconds: 9.5 },
  ...{ lastProvenTakenAt: 1_795_770_000, unpacked: 7_340_064, keys: 1234 },
};

interface Dashboard {
  panels: {
    id: number;
    gridPos: { x: number; y: number; w: number; h: number };
    targets: { expr: string }[];
  }[];
  templating: { list: { query: string | { query: string } }[] };
}

const doc = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

/** Names of the metrics that prove writes. */
async function writtenMetrics(): Promise<string[]> {
  const text = await proofMetricsText(SOME, { stack: "prod", cluster: "lab-a", source: "hosts" });
  return [...text.matchAll(/^# TYPE (\w+) gauge$/gm)].map(([, name = ""]) => name);
}

test("the alerts and the page on metrics name metrics that prove writes", async () => {
  const written = await writtenMetrics();
  const { groups } = parse(doc("alerts.rules.yml"));
  const rules: { alert: string; expr: string }[] = groups.flatMap((group: { rules: object[] }) => group.rules);
  expect(rules).toHaveLength(5);
  for (const { expr } of rules) expect(written).toContain(/rancher_rollback_\w+/.exec(expr)?.[0]);
  const page = doc("telemetry.md");
  for (const name of written) expect(page).toContain(`\`${name}\``);
});

test("an alert fires also where no run of prove has ever written its metrics, or their file is gone", () => {
  const { groups } = parse(doc("alerts.rules.yml"));
  const exprs = groups.flatMap(({ rules }: { rules: { expr: string }[] }) => rules.map(({ expr }) => expr));
  expect(exprs).toContain("absent(rancher_rollback_proof_timestamp_seconds)");
});

test("an alert of its own fires for each source of each cluster whose metrics come no longer", () => {
  const { groups } = parse(doc("alerts.rules.yml"));
  const rules: { alert: string; expr: string }[] = groups.flatMap((group: { rules: object[] }) => group.rules);
  const gone = rules.find(({ alert }) => alert === "RancherSnapshotProofGone");
  expect(gone?.expr.match(/max by \(stack, cluster, source\)/g)).toHaveLength(2);
  expect(gone?.expr).toContain(" unless ");
});

test("the Grafana dashboard shows every metric that prove writes and no other, of the chosen clusters and stacks", async () => {
  const { panels, templating } = JSON.parse(doc("grafana.dashboard.json")) as Dashboard;
  const shown = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  const chosen = templating.list.flatMap(({ query }) => (typeof query === "string" ? [] : [query.query]));
  const named = [...shown, ...chosen].flatMap((expr) => expr.match(/rancher_rollback_\w+/g) ?? []);
  expect(new Set(named)).toEqual(new Set(await writtenMetrics()));
  for (const expr of shown) expect(expr).toContain('{cluster=~"$cluster", stack=~"$stack"}');
});

test("the dashboard's panels have ids of their own and do not overlap", () => {
  const { panels } = JSON.parse(doc("grafana.dashboard.json")) as Dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(Math.max(...panels.map(({ gridPos }) => gridPos.x + gridPos.w))).toBe(24);
});
