import { parse } from "parse5";
import { describe, expect, test } from "vitest";
import { reportPage } from "../../../output/report/page.ts";
import type { RunRecord } from "../../../run/record.ts";
import { somePlan } from "../../plan/somePlan.ts";
import { textOutside } from "./skeleton.ts";
import { ERROR, failed, inPlace, interrupted, killed, previewed, refused, succeeded, unchanged } from "./someRecord.ts";

const textOf = (record: RunRecord) => textOutside(reportPage(record), ["style"]);
const sections = (record: RunRecord) => [...reportPage(record).matchAll(/<h2 id="([^"]+)"/g)].map(([, id]) => id);

describe("the page", () => {
  test("of a failed run begins with the error, in full", () => {
    expect(sections(failed())[0]).toBe("error");
    expect(textOf(failed())).toContain(ERROR);
  });

  test("has what to do about a warning of the run", () => {
    expect(textOf(succeeded())).toContain(
      "a later upgrade may revert itRemedy: look at the release: rancher-rollback verify --stack prod",
    );
  });

  test("has the sections that the run has something to say in", () => {
    expect(sections(succeeded())).toEqual([
      ...["summary", "undo", "lost", "downstream", "facts", "timeline", "critical-path", "notes", "log", "versions"],
    ]);
    expect(sections(refused())).toEqual(["error", "failed-checks", "summary", "undo", "lost", "facts", "versions"]);
    expect(sections(previewed())).toEqual([
      "summary",
      "lost",
      "downstream",
      "planned-steps",
      "facts",
      "notes",
      "versions",
    ]);
    expect(sections(unchanged())).toEqual(["summary", "undo", "versions"]);
  });

  test("says stack, cluster, snapshot, when it was and how long it took", () => {
    const text = textOf(succeeded());
    for (const said of [
      ...["prod", "/clusters/rancher-cluster.yml", "before-upgrade, taken 2026-11-22 23:40:00 UTC, 12.0 MiB"],
      ...["2026-11-23 03:00:00 UTC", "2026-11-23 03:04:09 UTC", "4 min 10 s", "20.10.24 on node1, node2, node3"],
    ]) {
      expect(text).toContain(said);
    }
  });

  test("sets what was verified beside what was there before, and calls what was only planned so", () => {
    expect(textOf(succeeded())).toMatch(
      /Rancherrancher\/rancher:v2\.5\.9, answers with v2\.5\.9 \(by .*\)→\u00a0v2\.5\.8\n/,
    );
    expect(textOf(failed())).toContain("→\u00a0rancher/rancher:v2.5.8 planned, not verified");
    expect(textOf(refused())).toContain("→\u00a0rancher/rancher:v2.5.8 planned\n");
  });

  test("says what was lost in the words of whether it is", () => {
    expect(textOf(failed())).toContain("What was lost");
    expect(textOf(killed())).toContain("What may be lost");
    expect(textOf(refused())).toContain("What a restore would lose");
    expect(textOf(previewed())).toContain("What would be lost");
    expect(textOf(failed())).toContain("7 (a/1, a/2, a/3, a/4, a/5 and 2 more)");
  });

  test("has a box to check for each hazard of a downstream cluster, with what to do when", () => {
    expect(reportPage(succeeded()).match(/<input type="checkbox">/g)).toHaveLength(6);
    expect(textOf(succeeded())).toContain("edge (c-edge) needs work: deleted since the snapshot");
    expect(textOf(succeeded())).toContain("After: delete it again at once.");
    expect(textOf(succeeded())).not.toContain("Before: take a snapshot");
    expect(textOf(previewed())).toContain("Before: take a snapshot of the cluster's own etcd");
    const downstream = { unknown: "no quorum", clusters: [], common: [] };
    expect(textOf({ ...previewed(), plan: somePlan({ downstream }) })).toContain(
      "What becomes of them is unknown: no quorum.",
    );
  });

  test("says how to undo the run, or that there is nothing to undo", () => {
    expect(textOf(failed())).toContain("rancher-rollback undo --stack prod");
    expect(textOf(interrupted())).toContain(
      "The safety copy safety-20261123T030021Z has etcd's data from when it was saved.",
    );
    expect(textOf(killed())).toContain("A safety copy was saved; its name is in .rancher-rollback/safety");
    expect(textOf(unchanged())).toContain("Nothing was wiped, so there is nothing to undo.");
    const { safetyCopy: _, ...without } = { ...failed(), canBeUndone: false, steps: [] };
    expect(textOf(without)).toContain("This run saved no safety copy");
  });

  test("of a preview says what it would do and what is to be typed first", () => {
    const text = textOf(previewed());
    expect(text).toContain("Fetch the snapshot: node1, node2, node3");
    expect(text).toContain("rancher-rollback apply --stack prod --accept-data-loss-of before-upgrade");
    expect(textOf({ ...previewed(), plan: somePlan() })).not.toContain("acceptDataLossOf");
  });

  test("unfolds the log of the step that failed, and no other", () => {
    const open = [...reportPage(failed()).matchAll(/<details open><summary>([^<]*)/g)].map(([, name]) => name?.trim());
    expect(open).toEqual(["Run rke up"]);
    expect(reportPage(failed()).match(/<details>/g)).toHaveLength(4);
  });

  test("says of a step that was skipped that it was, wherever it names it", () => {
    expect(reportPage(inPlace())).toMatch(/<summary>Run rke up, skipped\s/);
    expect(reportPage(inPlace())).toContain("<td>Run rke up, skipped</td>");
    expect(reportPage(inPlace())).toMatch(/>Run rke up<\/span>.*<span class="took">skipped</);
  });

  test("shows the edit of the cluster file, folded", () => {
    const record = { ...previewed(), plan: somePlan({ clusterFileDiff: "-- address: 3.3.3.3" }) };
    expect(reportPage(record)).toMatch(/<details><summary>The diff.*-- address: 3\.3\.3\.3/);
  });

  test("is whole HTML without a parse error, a script or an address to load from", () => {
    for (const record of [succeeded(), failed(), killed(), previewed()]) {
      const errors: string[] = [];
      parse(reportPage(record), { onParseError: ({ code }) => errors.push(code) });
      expect(errors).toEqual([]);
      expect(reportPage(record)).not.toMatch(/<script|<link|<img| src=|url\(|@import/);
    }
  });
});
