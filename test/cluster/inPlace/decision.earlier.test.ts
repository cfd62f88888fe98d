import { describe, expect, test } from "vitest";
import type { RestoreRecord } from "../../../cluster/history/restores.ts";
import { bumpsRevision, type DecisionArgs, oldDataOn } from "../../../cluster/inPlace/decision.ts";
import { ABOUT, BEFORE, decide, exchange, hosts, record } from "./someDecision.ts";
import { someFacts } from "./someFacts.ts";

describe("the old data are renamed back", () => {
  const ASKED = { snapshot: "safety-1", run: 1 };
  const back: Partial<DecisionArgs> = {
    asked: ASKED,
    records: [record({ snapshot: "older", startedAt: "2026-11-22T03:00:00Z" }), record()],
    hosts: hosts({ all: { exchanges: [exchange()] } }),
  };

  test.each([undefined, 3])(
    "where its safety copy is asked for and they are on every host (members: %s)",
    (members) => {
      const about = { ...ABOUT, before: { ...BEFORE, ...(members !== undefined && { members }) } };
      expect(decide({ ...back, hosts: hosts({ all: { exchanges: [exchange({ about })] } }) })).toEqual({
        way: "rename-back",
        from: "rollback-1",
        reasons: [{ kind: "old-data-kept", snapshot: "base", hosts: 3 }],
      });
    },
  );

  test.each<[string, Partial<DecisionArgs>]>([
    [
      "where something was restored since",
      {
        records: [
          record(),
          record({
            snapshot: "later",
            safetyCopy: undefined,
            startedAt: "2026-11-24T03:00:00Z",
          } as Partial<RestoreRecord>),
        ],
      },
    ],
    [
      "where they are gone on one host",
      { hosts: hosts({ all: { exchanges: [exchange()] }, node2: { exchanges: [] } }) },
    ],
    [
      "where a member of theirs has left the cluster since, without which they cannot be proven",
      { hosts: hosts({ all: { exchanges: [exchange({ about: { ...ABOUT, before: { ...BEFORE, members: 4 } } })] } }) },
    ],
    ["where that restore was RKE's", { records: [{ ...record(), inPlace: undefined } as unknown as RestoreRecord] }],
    ["where another snapshot is asked for", { asked: { snapshot: "base", run: 2 } }],
  ])("but not %s: then the snapshot is restored", (_, changes) => {
    expect(decide({ ...back, ...changes }).way).toBe("in-place");
  });

  test("also where an earlier rename back was cut off that had taken them on a host", () => {
    const about = { ...ASKED, startedAt: "2026-11-23T04:00:00Z", way: "rename-back", from: "rollback-1" } as const;
    const taken = exchange({ id: "rollback-2", hasNew: true, hasOld: false, about });
    const { finishedAt: _, ...cutOff } = record({
      ...ASKED,
      startedAt: about.startedAt,
      inPlace: { id: "rollback-2" },
    });
    const args = {
      ...back,
      records: [record(), cutOff],
      hosts: hosts({ all: { exchanges: [exchange()] }, node2: { exchanges: [exchange({ hasOld: false }), taken] } }),
    };
    expect(decide(args)).toMatchObject({ way: "rename-back", from: "rollback-1" });
    // Where RKE is to restore they are deleted like all old data.
    expect(oldDataOn(args.hosts)).toContainEqual({ node: "node2", id: "rollback-2", at: about.startedAt, taken: true });
  });

  test("but not beside a host without a container, whose etcd would be missing", () => {
    const { container: _, ...gone } = someFacts({ exchanges: [exchange()] });
    const alike = hosts({ all: { exchanges: [exchange()] } });
    expect(decide({ ...back, hosts: [...alike.slice(0, 2), { node: "node3", facts: gone }] })).toEqual({
      way: "rke",
      reasons: [{ kind: "no-container", node: "node3" }],
    });
  });
});

describe("an exchange that an earlier run has begun is finished", () => {
  const { finishedAt: _, ...unfinished } = record();

  test("in place, whatever else rules it out", () => {
    const args = {
      records: [unfinished],
      hosts: hosts({
        node1: { exchanges: [exchange()], freeKiB: 0 },
        node2: { exchanges: [exchange({ hasNew: true, hasOld: false })] },
      }),
    };
    expect(decide(args)).toEqual({
      way: "in-place",
      resume: "rollback-1",
      reasons: [{ kind: "exchange-begun", nodes: ["node1"] }],
    });
  });

  test("by the rename back that it was", () => {
    const about = {
      snapshot: "base",
      run: 1,
      startedAt: "2026-11-23T03:00:00Z",
      way: "rename-back",
      from: "rollback-0",
    } as const;
    const args = {
      records: [unfinished],
      hosts: hosts({ node3: { hasMember: false, exchanges: [exchange({ about })] } }),
    };
    expect(decide(args)).toMatchObject({ way: "rename-back", resume: "rollback-1", from: "rollback-0" });
  });

  test("but started over where no host has gone through it", () => {
    const prepared = exchange({ hasNew: true, hasOld: false });
    expect(decide({ records: [unfinished], hosts: hosts({ all: { exchanges: [prepared] } }) })).not.toHaveProperty(
      "resume",
    );
  });
});

test("the revision is raised only where every host can", () => {
  const tool = { name: "etcdutl", version: "3.5.21", bumpsRevision: true } as const;
  expect(bumpsRevision(hosts({ all: { tool } }))).toBe(true);
  expect(bumpsRevision(hosts({ node1: { tool } }))).toBe(false);
  expect(bumpsRevision([])).toBe(false);
});

test("the old data of all exchanges are named by host", () => {
  expect(
    oldDataOn(hosts({ node2: { exchanges: [exchange(), exchange({ id: "rollback-2", hasOld: false })] } })),
  ).toEqual([{ node: "node2", id: "rollback-1" }]);
});
