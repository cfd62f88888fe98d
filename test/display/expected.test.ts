import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectedSeconds } from "../../display/expected.ts";
import type { RunEvent } from "../../run/events.ts";
import { tempFolder } from "../support/folder.ts";
import { recordOf, someEnd, someRun } from "./someRun.ts";

function leave(folder: string, name: string, events: RunEvent[]): void {
  const own = join(folder, ".rancher-rollback", "runs", name);
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, "report.json"), JSON.stringify(recordOf(events)));
}

test("what a phase will take is what it took in the cluster's own runs, or else on the lab", () => {
  const folder = tempFolder();
  expect(expectedSeconds(join(folder, "cluster.yml"))["restore etcd"]).toBe(expectedSeconds(undefined)["restore etcd"]);
  leave(folder, "1", [...someRun(6), someEnd()]);
  leave(folder, "2", [
    ...someRun(2),
    { ...(someEnd() as Extract<RunEvent, { event: "run-ended" }>), result: "failed" },
  ]);
  mkdirSync(join(folder, ".rancher-rollback", "runs", "3"));
  const expected = expectedSeconds(join(folder, "cluster.yml"));
  expect(expected).toMatchObject({ "restore etcd": 10, "restart the components": 20 });
  expect(expected["rke up"]).toBe(expectedSeconds(undefined)["rke up"]);
});
