import { describe, expect, test } from "vitest";
import { reportTicket } from "../../../output/report/ticket.ts";
import { somePlan } from "../../plan/somePlan.ts";
import { ERROR, EVERY_KIND, failed, inPlace, previewed, refused, succeeded, unchanged } from "./someRecord.ts";

describe("the ticket", () => {
  test.each(Object.entries(EVERY_KIND))(
    "of a run that is %s begins with the result and the point of no return",
    (_, record) => {
      expect(reportTicket(record())).toMatch(
        /^## (The rollback|Preview) .*\n\n\*\*Point of no return: (passed|passed earlier|not reached|unknown)\*\*, /,
      );
    },
  );

  test("of a failed run has its error in full, the way back and what made up the time", () => {
    const text = reportTicket(failed());
    expect(text).toContain(`\`\`\`text\n${ERROR}\n\`\`\``);
    expect(text).toContain("rancher-rollback undo --stack prod");
    expect(text).toContain("- `Run rke up` 5 min 11 s, 67 %");
    expect(text).not.toContain("Lock the cluster");
  });

  test("says of a step that was skipped that it was", () => {
    expect(reportTicket(inPlace())).toContain("- `Run rke up, skipped` 2 s, 2 %");
  });

  test("of a preview that would be refused names nothing to confirm", () => {
    const failedChecks = [{ message: "node2: there is no base", remedy: "fetch it" }];
    expect(reportTicket({ ...previewed(), plan: somePlan({ accepted: false }) })).toContain("--accept-data-loss-of");
    expect(reportTicket({ ...previewed(), plan: somePlan({ accepted: false, failedChecks }) })).not.toContain(
      "--accept-data-loss-of",
    );
  });

  test("of a preview says what it would do, what it would lose and what is to be typed first", () => {
    const text = reportTicket(previewed());
    expect(text).toContain("### Planned steps\n\n- `Lock the cluster`");
    expect(text).toContain("- `Fetch the snapshot` on `node1, node2, node3`");
    expect(text).toContain("### What would be lost\n\n- every change of the last 3 h 20 min");
    expect(text).toContain("rancher-rollback apply --stack prod --accept-data-loss-of before-upgrade");
    expect(text).toContain("### Warnings\n\n- `node3: its clock is 9 s ahead");
    expect(text).not.toContain("### Undo");
  });

  test("has what to check of the downstream clusters, before the rollback and after it", () => {
    const before = reportTicket(previewed());
    const after = reportTicket(succeeded());
    const prod = "- [ ] `prod (c-prod)` CAN LOSE DATA: `Kubernetes v1.25.3+rke2r1 is v1.24.4+rke2r1 in the snapshot`; ";
    for (const text of [before, after]) {
      expect(text).toContain(`### Downstream clusters\n\n${prod}`);
      expect(text).toContain("- [ ] `edge (c-edge)` needs work: `deleted since the snapshot`; ");
      expect(text).toContain("- [ ] `all clusters` needs work: `fleet's repositories changed (fleet-default/shop)`; ");
      expect(text).toContain("; after: `set the cluster's Kubernetes version to v1.25.3+rke2r1 before any other edit`");
      expect(text).not.toContain("quiet");
    }
    expect(before).toContain("; before: `take a snapshot of the cluster's own etcd");
    expect(after).not.toContain("; before: ");
  });

  test("has what to do about a warning of the run", () => {
    expect(reportTicket(succeeded())).toContain(
      "a later upgrade may revert it`; remedy: `look at the release: rancher-rollback verify --stack prod`",
    );
  });

  test("of a refused run names the failed checks and their remedies", () => {
    expect(reportTicket(refused())).toContain(
      "- `node2: there is no before-upgrade`; remedy: `set snapshotSource, so that it is fetched`",
    );
  });

  test("of a run with nothing to do is short", () => {
    expect(reportTicket(unchanged()).split("\n").length).toBeLessThan(20);
  });
});
