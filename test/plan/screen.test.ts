import { describe, expect, test } from "vitest";
import type { RollbackPlan } from "../../plan/plan.ts";
import { duration, planScreen } from "../../plan/screen.ts";
import { somePlan } from "./somePlan.ts";

const AUDIENCE = { stack: "prod", program: "rancher-rollback" } as const;
const screen = (changes: Partial<RollbackPlan> = {}) =>
  planScreen(somePlan(changes), AUDIENCE, { json: "/p.json", confirm: "say so" });

describe("the screen", () => {
  test("says what is lost, of which time and what by name, and what nobody knows", () => {
    expect(screen()).toContain("every change of the last 3 h 20 min, in Rancher and in Kubernetes");
    expect(screen()).toContain("namespaces: 1 (after-upgrade)");
    expect(screen()).toContain("workloads: 7 (a/1, a/2, a/3, a/4, a/5 and 2 more)");
    expect(screen()).toContain("Rancher users: none");
    expect(screen()).toContain("Rancher clusters: unknown (HTTP 403: forbidden)");
  });

  test("names the snapshot, when it was taken, its size and where it is proven", () => {
    expect(screen()).toContain("before-upgrade, taken 2026-11-22T23:40:00Z, 12.0 MiB");
    expect(screen()).toContain("proven on node1, node2, node3");
    const { takenAt: _, ...snapshot } = somePlan().snapshot;
    expect(screen({ snapshot })).toContain("before-upgrade, age unknown, 12.0 MiB");
    expect(screen({ snapshot: { ...snapshot, provenOn: [] } })).not.toContain("age unknown");
  });

  test("names every node, etcd, the versions now and then, the certificates and the way of no return", () => {
    for (const line of [
      "node2 (10.0.0.2, controlplane etcd worker) Docker 20.10.24, free 20.0 GiB",
      "3 members, leader etcd-node1, healthy",
      "rancher/rancher:v2.5.9 → rancher/rancher:v2.5.8\n",
      "now answers with v2.5.9 (by /VERSION.txt and the setting server-version)",
      "v1.20.15 → v1.20.15-rancher2-2",
      "the first to expire is kube-apiserver.pem on node2, 2036-01-01",
      "about 4 minutes",
      "Cleaning old kubernetes cluster",
      "/p.json",
    ]) {
      expect(screen()).toContain(line);
    }
  });

  test("says first that the rollback destroys data, and that nothing is done yet", () => {
    expect(screen().split("\n")[1]).toBe("THIS ROLLBACK WILL DESTROY DATA (nothing is done yet)");
  });

  test("shows a remedy that changes a setting as the command to type", () => {
    const remedy = { text: "to take another one", pulumi: "config set snapshot older" };
    const text = screen({ failedChecks: [{ message: "node2: there is no base", remedy }] });
    expect(text).toContain("→ to take another one: pulumi config set snapshot older --stack prod");
  });

  test("shows every failed proof with its remedy, every warning, and what is to be typed first", () => {
    const text = screen({
      accepted: false,
      warnings: ["node3: its clock is 9 s ahead"],
      failedChecks: [{ message: "node2: there is no base", remedy: "fetch it" }],
    });
    expect(text).toMatch(/PROOF FAILED {5}node2: there is no base\n {19} {2}→ fetch it/);
    expect(text).toContain("WARNING          node3: its clock is 9 s ahead");
    expect(text).toContain("not confirmed    say so");
    expect(screen()).not.toMatch(/WARNING|PROOF FAILED|not confirmed/);
  });

  test("says of a cluster that does not answer what it does not know", () => {
    const { now: _, ...rancher } = somePlan().rancher;
    const { lost } = somePlan();
    const { seconds: __, ...unknownTime } = lost;
    const text = screen({
      rancher: { ...rancher, answers: { unknown: "https://rancher.example.com does not answer: refused" } },
      lost: unknownTime,
      kubernetes: { unknown: "no answer within 20 s" },
      etcd: { problems: ["node1: etcd does not answer: timeout"] },
      nodes: [{ ...(somePlan().nodes[0] as RollbackPlan["nodes"][number]), unknown: "node1: refused" }],
    });
    for (const line of [
      "every change since that snapshot was taken",
      "unknown → rancher/rancher:v2.5.8",
      "https://rancher.example.com does not answer: refused",
      "unknown (no answer within 20 s) → RKE's own default",
      "does not answer, see the warnings",
      "UNKNOWN: node1: refused",
    ]) {
      expect(text).toContain(line);
    }
  });

  test("is one screen", () => {
    expect(screen().split("\n").length).toBeLessThan(30);
  });
});

test.each([
  [59, "1 min"],
  [3600, "1 h 0 min"],
  [12_000, "3 h 20 min"],
  [200_000, "2 days 7 h"],
])("%i seconds are %s", (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});
