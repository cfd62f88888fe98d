import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { answerSchema } from "../../../cli/answers.ts";
import { verify } from "../../../cli/commands/verify.ts";
import { runsFolder } from "../../../run/runs.ts";
import { previewed, succeeded } from "../../output/report/someRecord.ts";
import { clusterFileIn } from "../../support/clusterFile.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { apiWithClusters } from "../../support/managedClusters.ts";
import { someSettings } from "../../support/settings.ts";

const settings = vi.hoisted(() => ({ now: undefined as unknown }));
const { NOT_READY } = vi.hoisted(() => ({
  NOT_READY: { message: "node2: not Ready", remedy: { text: "set it", pulumi: "config set x 1" } },
}));

vi.mock("../../../cli/workspace.ts", () => ({ withWorkspace: async () => settings.now ?? someSettings() }));
vi.mock("../../../cluster/verification/verification.ts", () => ({
  readClusterFacts: async () => ({
    rancher: { answers: [], settings: ["v2.5.8"], lock: [], runs: { error: "refused" } },
  }),
  verdictOf: () => ({
    checks: [
      { check: "etcd-members", problems: [] },
      { check: "kubernetes-nodes", problems: [NOT_READY] },
      { check: "rancher-leads", problems: [], skipped: "others-failed" },
    ],
    problems: [NOT_READY],
    onlyLeadershipIsMissing: false,
  }),
}));

test("verify writes its result as JUnit XML into a file in the folder that it is typed in", async () => {
  const said: string[] = [];
  vi.spyOn(console, "log").mockImplementation((text) => said.push(text));
  const file = join(tempFolder(), "new/verify.xml");
  const options = { stack: "prod", config: [], "config-folder": undefined, json: false, junit: file };
  expect(await verify(options)).toBe(1);
  const xml = readFileSync(file, "utf8");
  expect(xml).toContain('name="verify prod"');
  expect(xml).toContain('tests="3" failures="1"');
  expect([...xml.matchAll(/<testcase name="([^"]*)"/g)].map(([, name]) => name)).toEqual([
    ...["etcd from every member", "nodes in Kubernetes", "Rancher leads"],
  ]);
  expect(xml).toContain('<skipped message="checked only when everything else passes"/>');
  expect(xml).toContain("node2: not Ready");
  const remedy = "→ set it: pulumi config set x 1 --stack prod";
  expect(xml).toContain(`node2: not Ready\n  ${remedy}`);
  expect(said.join("\n")).toContain(`NOT verified:\n  node2: not Ready\n    ${remedy}`);
});

test("verify answers which of its checks have failed, as codes with their problems", async () => {
  const said = vi.spyOn(console, "log").mockImplementation(() => {});
  const options = { stack: "prod", config: [], "config-folder": undefined, json: true, junit: undefined };
  expect(await verify(options)).toBe(1);
  const answered = JSON.parse(said.mock.calls.join());
  expect(answerSchema.parse(answered)).toEqual(answered);
  expect(answered.checks).toEqual([
    { check: "etcd-members", problems: [] },
    { check: "kubernetes-nodes", problems: [NOT_READY] },
    { check: "rancher-leads", problems: [], skipped: "others-failed" },
  ]);
});

test("verify gives its verdict also where its file cannot be written, and says what to type", async () => {
  const said = vi.spyOn(console, "log").mockImplementation(() => {});
  const complaints = vi.spyOn(console, "error").mockImplementation(() => {});
  const file = join(textFile(join(tempFolder(), "file"), ""), "verify.xml");
  const options = { stack: "prod", config: [], "config-folder": undefined, json: false, junit: file };
  expect(await verify(options)).toBe(1);
  expect(said.mock.calls.join()).toContain("NOT verified");
  expect(complaints.mock.calls.flat()).toEqual([
    `${file} was not written: something else of that name is there`,
    "  → Name a file in a folder that this user can write to: --junit FILE",
  ]);
});

test("verify goes through the checklist of the last rollback, and says what is done and what is not", async () => {
  const { kubeconfig } = await apiWithClusters([
    {
      metadata: { name: "c-prod" },
      spec: { displayName: "prod" },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    },
    { metadata: { name: "c-edge" }, spec: { displayName: "edge" } },
  ]);
  const folder = tempFolder();
  const path = clusterFileIn(folder, undefined, kubeconfig);
  const { cluster } = someSettings();
  settings.now = someSettings({
    cluster: { ...cluster, path, kubeconfig: join(folder, "kube_config_rancher-cluster.yml") },
  });
  // A preview since then is no rollback.
  const records = { "2026-11-23T03": succeeded(), "2026-11-24T03": previewed() };
  for (const [name, record] of Object.entries(records))
    textFile(join(runsFolder(path), name, "report.json"), JSON.stringify(record));
  const said: string[] = [];
  vi.spyOn(console, "log").mockImplementation((text) => said.push(text));
  const options = { stack: "prod", config: [], "config-folder": undefined, junit: undefined };
  expect(await verify({ ...options, json: false })).toBe(1);
  expect(said.join("\n").split("\n").slice(-6)).toEqual([
    "downstream clusters: 1 of 2 ready; not: edge (not ready)",
    "the checklist of the rollback to before-upgrade, 2026-11-23 03:00:58 UTC:",
    expect.stringMatching(/^ {2}look {2}prod \(c-prod\): Kubernetes .*; set the cluster's Kubernetes version to /),
    expect.stringMatching(/^ {2}look {2}prod \(c-prod\): agents know newer plans; /),
    "  OPEN  edge (c-edge): deleted since the snapshot; delete it again at once",
    expect.stringMatching(/^ {2}look {2}all clusters: fleet's repositories changed \(fleet-default\/shop\); /),
  ]);
  said.splice(0);
  await verify({ ...options, json: true });
  const { sinceRollback } = JSON.parse(said.join(""));
  expect(sinceRollback.checklist.map(({ standing }: { standing: string }) => standing)).toEqual([
    ...["unknown", "unknown", "open", "unknown"],
  ]);
});
