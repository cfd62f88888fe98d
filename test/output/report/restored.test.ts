import { describe, expect, test } from "vitest";
import { oldDataText, restoredLines, wayOf } from "../../../output/report/restored.ts";
import { reportTicket } from "../../../output/report/ticket.ts";
import { somePlan } from "../../plan/somePlan.ts";
import { inPlace, previewed, succeeded } from "./someRecord.ts";

describe("how etcd was restored", () => {
  test("is reported by what the run did, with the reason", () => {
    expect(restoredLines(inPlace())).toEqual([
      "in place: restored next to the live data, then the two were exchanged",
      "all 3 etcd hosts have etcdctl 3.4.15 and enough disk space for a second copy of etcd's data",
    ]);
    const reasons = [{ kind: "host-not-read" as const, node: "node1", why: "node1 is silent" }];
    expect(restoredLines({ ...inPlace(), restore: { way: "rke", reasons } })).toEqual([
      "by RKE's own restore",
      "node1 is silent",
    ]);
  });

  test("is reported by the plan where nothing was restored", () => {
    expect(restoredLines(previewed())).toEqual(["planned by RKE's own restore", "restoreWith is rke"]);
  });

  test("is not told for a run of an earlier release", () => {
    const { restore: _, ...plan } = somePlan();
    const old = { ...succeeded(), plan };
    expect(restoredLines(old)).toEqual([]);
    expect(wayOf(old)).toBeUndefined();
    expect(reportTicket(old)).not.toContain("- restored");
  });
});

describe("the ticket of a run in place", () => {
  const text = reportTicket(inPlace());

  test("says the way, and that the data are kept, not wiped", () => {
    expect(text).toContain("- restored `in place: restored next to the live data, then the two were exchanged`");
    expect(text).toContain("the data that etcd had until then is kept.");
    expect(text).not.toContain("wiped");
  });

  test("says where the old data lie and until when", () => {
    expect(text).toContain(
      "Etcd's old data are kept in `/var/lib/etcd/.rancher-rollback/rollback-1/old/member` on every etcd host; until 2026-11-30 03:00:00 UTC",
    );
    expect(oldDataText(succeeded(), String)).toBeUndefined();
  });
});
