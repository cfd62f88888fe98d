import { describe, expect, test } from "vitest";
import { readRestores, writeRestore } from "../../../cluster/history/hosts.ts";
import { clusterNode } from "../../support/clusterFile.ts";
import { finishedRecord, remember, rememberedBy, restoreRecord } from "../../support/restores.ts";
import { reach, SnapshotNode } from "../../support/snapshotNode.ts";

const CONNECTION = { hostKeys: { allowUnknown: false }, say: () => {} };

/** Three etcd hosts; those of these numbers refuse. */
function hosts(refusing: number[] = []) {
  const nodes = [1, 2, 3].map((number) => clusterNode({ name: `node${number}`, address: `10.0.0.${number}` }));
  const machines = nodes.map(() => new SnapshotNode("sh dd cat mkdir mv sync".split(" ")));
  const reachable = machines.flatMap((machine, at) =>
    refusing.includes(at + 1) ? [] : [[`10.0.0.${at + 1}`, machine] as const],
  );
  reach(Object.fromEntries(reachable));
  return { nodes, machines: machines as [SnapshotNode, SnapshotNode, SnapshotNode] };
}

describe("the history of the cluster's restores", () => {
  test("is written on every host and read from all of them, each restore once", async () => {
    const { nodes, machines } = hosts();
    expect(await writeRestore(CONNECTION, nodes, restoreRecord())).toEqual([]);
    for (const machine of machines) expect(rememberedBy(machine)).toEqual([restoreRecord()]);
    expect(await readRestores(CONNECTION, nodes)).toMatchObject({ records: [restoreRecord()], problems: [] });
  });

  test("is what any host knows, also of a restore's end", async () => {
    const { nodes, machines } = hosts();
    remember(machines, restoreRecord());
    remember([machines[1]], finishedRecord());
    const other = finishedRecord({ snapshot: "other", startedAt: "2026-11-22T14:00:00.000Z" });
    remember([machines[2]], other);
    expect((await readRestores(CONNECTION, nodes)).records).toEqual([other, finishedRecord()]);
  });

  test("has a problem for each host that could not be asked, beside what the others know", async () => {
    const { nodes, machines } = hosts([1, 3]);
    remember(machines, finishedRecord());
    const problems = [1, 3].map((number) => ({
      message: expect.stringContaining(`node${number} (10.0.0.${number}): cannot be reached`),
      remedy: expect.stringContaining(`rancher@10.0.0.${number}`),
    }));
    expect(await readRestores(CONNECTION, nodes)).toMatchObject({ records: [finishedRecord()], problems });
    expect(await writeRestore(CONNECTION, nodes, restoreRecord({ run: 2 }))).toEqual(problems);
    expect(rememberedBy(machines[1])).toHaveLength(2);
  });
});
