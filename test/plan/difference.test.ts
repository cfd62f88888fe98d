import { describe, expect, test } from "vitest";
import { differenceText } from "../../output/differenceText.ts";
import { planDifferences } from "../../plan/difference.ts";
import { differenceSchema, type RollbackPlan } from "../../plan/plan.ts";
import { someLoss, somePlan } from "./somePlan.ts";

describe("the plan that was read and the one of now", () => {
  test("are the same while only time goes on, and etcd chooses another leader", () => {
    const later = { readAt: "2026-11-23T03:09:00.000Z", lost: { ...somePlan().lost, seconds: 12_540 } };
    const etcd = { ...somePlan().etcd, leader: "etcd-node2" };
    expect(planDifferences(somePlan(), somePlan({ ...later, etcd, accepted: false }))).toEqual([]);
  });

  test("are the same while objects come and go by themselves", () => {
    const of = (kind: string) =>
      somePlan({ lost: { ...somePlan().lost, exact: someLoss({ kind, of: "kubernetes", byHand: false }) } });
    expect(planDifferences(of("certificates.cert-manager.io"), of("config maps"))).toEqual([]);
  });

  test("are the same where another host opened its own copy, which was saved a moment later", () => {
    const openedOn = (on: string, takenAt: string) => {
      const exact = { ...someLoss({ kind: "users", of: "rancher" }), on };
      return somePlan({
        snapshot: { ...somePlan().snapshot, takenAt, holds: { takenAt } },
        lost: { ...somePlan().lost, exact },
      });
    };
    const [one, other] = ["2026-11-22T23:39:50.000Z", "2026-11-22T23:40:00.000Z"];
    expect(planDifferences(openedOn("node1", one), openedOn("node2", other))).toEqual([]);
    expect(planDifferences(openedOn("node1", one), openedOn("node1", other))).toHaveLength(1);
  });

  test("differ where another host's copy tells of another loss", () => {
    const on = (node: string, kind: string) =>
      somePlan({ lost: { ...somePlan().lost, exact: { ...someLoss({ kind, of: "rancher" }), on: node } } });
    const lost = (kind: string) => [{ kind, created: 1, deleted: 1 }];
    expect(planDifferences(on("node1", "users"), on("node2", "projects"))).toEqual([
      { what: "lost", was: lost("users"), now: lost("projects") },
    ]);
  });

  test("are the same where only one of them could open the snapshot", () => {
    const holds = { takenAt: "2026-11-22T23:59:50.000Z" };
    const snapshot = { ...somePlan().snapshot, takenAt: holds.takenAt, holds };
    const opened = { snapshot, lost: { ...somePlan().lost, exact: someLoss({ kind: "users", of: "rancher" }) } };
    expect(planDifferences(somePlan(), somePlan(opened))).toEqual([]);
    expect(planDifferences(somePlan(opened), somePlan())).toEqual([]);
    // Its etcd was opened, and the live one did not answer.
    const alone = { ...opened, lost: { ...opened.lost, exact: { unknown: "etcd did not answer" } } };
    const not = somePlan({ lost: { ...somePlan().lost, exact: { unknown: "node1 did not answer" } } });
    expect(planDifferences(not, somePlan(alone))).toEqual([]);
  });

  test("are the same where a failed check counts other figures, and where one has passed since", () => {
    const room = (mib: number) => ({ check: "room" as const, of: "node1", message: `${mib} MiB free`, remedy: "df" });
    const failed = (...failedChecks: RollbackPlan["failedChecks"]) => somePlan({ failedChecks });
    expect(planDifferences(failed(room(90)), failed(room(89)))).toEqual([]);
    expect(planDifferences(failed(room(90)), failed())).toEqual([]);
    const elsewhere = { ...room(90), of: "node2" };
    expect(planDifferences(failed(room(90)), failed(room(90), elsewhere))).toHaveLength(1);
  });

  test("differ where a volume claim was made, whatever its kind is called", () => {
    const of = (...kinds: Parameters<typeof someLoss>) =>
      somePlan({ lost: { ...somePlan().lost, exact: someLoss(...kinds) } });
    const claim = { kind: "claims of volumes", of: "kubernetes", byHand: true } as const;
    expect(planDifferences(of(), of(claim))).toEqual([
      { what: "lost", was: [], now: [{ kind: "claims of volumes", created: 1, deleted: 1 }] },
    ]);
  });

  test.each([
    [
      "a namespace was made",
      { lost: { ...somePlan().lost, namespaces: { count: 2, names: ["a", "b"] } } },
      "namespaces",
    ],
    ["a member is gone", { etcd: { members: 2, problems: [] } }, "etcd's members: was 3, now 2"],
    ["the image was set", { rancher: { ...somePlan().rancher, now: "rancher/rancher:v2.6.1" } }, "v2.6.1"],
    [
      "a check fails",
      { failedChecks: [{ message: "node1: there is no base", remedy: "" }] },
      "node1: there is no base",
    ],
    [
      "etcd is restored another way",
      { restore: { way: "in-place" as const, reasons: [], expectedSeconds: 25 } },
      "how etcd is restored: was rke, now in-place",
    ],
    ["the snapshot is another", { snapshot: { ...somePlan().snapshot, bytes: 1 } }, "the snapshot"],
  ])("differ when %s", (_, changes, text) => {
    const differences = planDifferences(somePlan(), somePlan(changes));
    expect(differences).toHaveLength(1);
    expect(differences.map((one) => differenceText(differenceSchema.parse(one)))).toEqual([
      expect.stringContaining(text),
    ]);
  });

  test("differ when a user was made, by the opened snapshot", () => {
    const of = (exact: Parameters<typeof someLoss>[0]) =>
      somePlan({ lost: { ...somePlan().lost, exact: someLoss(exact) } });
    const differences = planDifferences(
      of({ kind: "config maps", of: "kubernetes", byHand: false }),
      of({ kind: "users", of: "rancher" }),
    );
    expect(differences).toEqual([{ what: "lost", was: [], now: [{ kind: "users", created: 1, deleted: 1 }] }]);
    expect(differences.map(differenceText)).toEqual([
      "what is lost: was nothing created or deleted, now users: 1 created, 1 deleted",
    ]);
  });
});
