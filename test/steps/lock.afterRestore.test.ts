import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { holderName } from "../../cluster/operator.ts";
import { restoreBegins } from "../../cluster/rke/unfinishedWipe.ts";
import { textFile } from "../support/folder.ts";
import { finishedRecord, remember, restoreRecord } from "../support/restores.ts";
import { failureOf } from "../support/steps.ts";

import { cluster, HOSTS, holderOf } from "./lockedCluster.ts";

describe("the lock for a restore that was done before", () => {
  test.each([1, 3])("is not taken, and the report has the restore: known to %i hosts", async (count) => {
    const { nodes, rollback } = cluster();
    remember(nodes.slice(3 - count), finishedRecord({ stack: "other" }));
    expect(await rollback("aaaaaaaa").lock()).toEqual({
      id: "aaaaaaaa",
      hosts: [],
      restored: finishedRecord({ stack: "other" }),
    });
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, undefined]);
  });

  test("is released where this stack still holds it", async () => {
    const { nodes, rollback } = cluster();
    await rollback("aaaaaaaa").lock();
    remember(nodes, finishedRecord());
    expect(await rollback("aaaaaaaa").lock()).toMatchObject({ hosts: [] });
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, undefined]);
  });

  test("is refused while another rollback holds the cluster, until that lock is broken by name", async () => {
    const { nodes, rollback } = cluster();
    await rollback("bbbbbbbb", { hosts: ["node3"], snapshot: "newer" }).lock();
    remember(nodes, finishedRecord());
    expect(await failureOf(rollback("aaaaaaaa").lock())).toMatchObject({
      kind: "locked",
      happened: expect.arrayContaining([expect.stringMatching(/^node3: .*to snapshot newer/)]),
    });
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, "bbbbbbbb"]);
    const breaking = rollback("aaaaaaaa", { breakLockOf: "bbbbbbbb" });
    expect(await breaking.lock()).toMatchObject({ hosts: [], restored: { snapshot: "base" } });
    expect(breaking.warned).toEqual(["node3: the lock bbbbbbbb was released, as breakLockOf asks"]);
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, undefined]);
  });

  test.each([{ run: 2 }, { snapshot: "other" }])("is taken for another restore: %j", async (over) => {
    const { nodes, rollback } = cluster();
    remember(nodes, finishedRecord());
    expect(await rollback("aaaaaaaa", over).lock()).toEqual({ id: "aaaaaaaa", hosts: HOSTS });
    expect(nodes.map(holderOf)).toEqual(["aaaaaaaa", "aaaaaaaa", "aaaaaaaa"]);
  });

  test("is taken for one that has begun and is not known to have finished", async () => {
    const { nodes, rollback } = cluster();
    remember(nodes, restoreRecord());
    expect(await rollback("aaaaaaaa").lock()).toEqual({ id: "aaaaaaaa", hosts: HOSTS });
  });

  test("is taken where a later restore has wiped the cluster and did not finish", async () => {
    const { nodes, rollback } = cluster();
    remember(nodes, finishedRecord());
    remember(nodes, restoreRecord({ snapshot: "later", number: 2, holder: holderName() }));
    const mine = rollback("aaaaaaaa");
    const log = textFile(join(dirname(mine.clusterFile), "logs/1.log"), "INFO[0020] Cleaning old kubernetes cluster\n");
    restoreBegins(mine.clusterFile, { since: "2026-11-24T14:00:00.000Z", log, hosts: [] });
    expect(await mine.lock()).toEqual({ id: "aaaaaaaa", hosts: HOSTS });
  });
});
