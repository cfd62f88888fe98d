import { describe, expect, test } from "vitest";
import { incidentRows, lostText } from "../../../output/report/incident.ts";
import { reportPage } from "../../../output/report/page.ts";
import { reportTicket } from "../../../output/report/ticket.ts";
import type { RunRecord } from "../../../run/record.ts";
import { somePlan } from "../../plan/somePlan.ts";
import { textOutside } from "./skeleton.ts";
import { at, failed, previewed, recordOf, refused, succeeded } from "./someRecord.ts";

const rows = (record: RunRecord) => Object.fromEntries(incidentRows(record));
const LOG = "/clusters/.rancher-rollback/logs/2026-11-23T030034.000Z-etcd-snapshot-restore.log";

describe("what whoever leads the incident asks first", () => {
  test("is answered for a run that succeeded", () => {
    expect(rows(succeeded())).toEqual({
      "run by": [
        "rancher@console, by sudo from alice",
        "GitHub Actions 17, https://github.com/ops/rancher/actions/runs/17",
      ],
      confirmed: ["typed on the terminal"],
      lost: ["from 2026-11-22 23:40:00 UTC to 2026-11-23 03:00:58 UTC: 3 h 21 min"],
      "Rancher away": [
        "from 2026-11-23 03:00:34 UTC to 2026-11-23 03:04:04 UTC: 3 min 30 s",
        "as this run saw it: from when this run stopped it until the verification found it serving the wanted version",
      ],
      "safety copy": ["safety-20261123T030021Z on node1, node2, node3, 3.0 MiB each"],
      "RKE's log": [LOG],
    });
  });

  test("says where this run did not see Rancher come back, and that it was away before", () => {
    const answers = { unknown: "HTTP 503" };
    const plan = somePlan({ rancher: { ...somePlan().rancher, answers } });
    const [since, , before] = rows({ ...failed(), plan })["Rancher away"] ?? [];
    expect(since).toBe("from 2026-11-23 03:00:34 UTC; this run did not see it serve again");
    expect(before).toBe("it did not answer before the run either");
  });

  test("says where an earlier run has stopped Rancher", () => {
    const wipedBefore = at(-600);
    const record: RunRecord = { ...recordOf("apply", []), wipedBefore, outage: { from: wipedBefore, to: at(60) } };
    expect(rows(record)["Rancher away"]).toEqual([
      "from 2026-11-23 02:50:00 UTC to 2026-11-23 03:01:00 UTC: 11 min",
      "as this run saw it: from when an earlier run passed the point of no return until the verification found it serving the wanted version",
    ]);
  });

  test("has no line where nothing is known or nothing happened", () => {
    const { operator: _, ...old } = refused();
    for (const [, lines] of incidentRows(old)) expect(lines).toEqual([]);
  });
});

test("the loss is shown with its times, as far as they are known", () => {
  expect(lostText(succeeded())).toBe(
    "every change from 2026-11-22 23:40:00 UTC to 2026-11-23 03:00:58 UTC, in Rancher and in Kubernetes",
  );
  expect(lostText({ ...succeeded(), loss: { to: at(58) } })).toBe(
    "every change from the snapshot, whose time is unknown, to 2026-11-23 03:00:58 UTC, in Rancher and in Kubernetes",
  );
  expect(lostText(previewed())).toBe(
    "every change of the last 3 h 20 min, in Rancher and in Kubernetes: since 2026-11-22 23:40:00 UTC",
  );
});

test("the page and the ticket have all of it", () => {
  const [page, ticket] = [textOutside(reportPage(succeeded()), ["style"]), reportTicket(succeeded())];
  for (const line of incidentRows(succeeded()).flatMap(([, lines]) => lines)) {
    expect(page).toContain(line);
    expect(ticket).toContain(line);
  }
});

test("the axis of the timeline has the times of day", () => {
  const page = textOutside(reportPage(succeeded()), ["style"]);
  expect(page).toContain("2 min03:02:00");
  expect(page).toContain("no return, 03:00:58");
});
