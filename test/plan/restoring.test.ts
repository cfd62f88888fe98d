import { describe, expect, test } from "vitest";
import type { RestoreRecord } from "../../cluster/history/restores.ts";
import type { InPlaceFacts } from "../../cluster/inPlace/facts.ts";
import type { NodeReading } from "../../plan/nodeReading.ts";
import {
  decideNow,
  exchangedAt,
  hasBegun,
  oldDataWarnings,
  pointOfNoReturn,
  restorePlan,
  unsettledProblems,
} from "../../plan/restoring.ts";
import type { Settings } from "../../settings/settings.ts";
import { ABOUT, exchange, record } from "../cluster/inPlace/someDecision.ts";
import { someFacts } from "../cluster/inPlace/someFacts.ts";
import { somePlaces } from "../cluster/preflight/somePlaces.ts";
import { someNode, someSettings } from "../support/settings.ts";

const NOW = Date.parse("2026-11-23T03:00:00Z");
const RECORD = record({ startedAt: "2026-11-22T03:00:00Z", finishedAt: "2026-11-22T03:01:00Z" });
const EXCHANGE = exchange({ about: { ...ABOUT, startedAt: "2026-11-22T03:00:30Z" } });

const reading = (number: number, facts: Partial<InPlaceFacts>, restores: RestoreRecord[]): NodeReading => ({
  node: someNode(number),
  state: {
    dockerSaid: "",
    places: somePlaces(1),
    helpers: [],
    restoreFolder: false,
    certificateBundle: false,
  },
  about: { certificates: [] },
  inPlace: someFacts(facts),
  restores,
});

interface World {
  settings?: Partial<Settings>;
  facts?: Partial<InPlaceFacts>;
  restores?: RestoreRecord[];
  notRead?: string;
}

function planned({ settings = {}, facts = {}, restores = [], notRead }: World = {}) {
  const asked = someSettings({ restoreWith: "auto", ...settings });
  const nodes = notRead === undefined ? [1, 2, 3].map((number) => reading(number, facts, restores)) : [];
  const restoring = decideNow(asked, nodes, notRead);
  return {
    ...restorePlan(asked, restoring, notRead, 1.36e9),
    ...{ restoring, warnings: oldDataWarnings(asked, restoring, NOW), exchangedAt: exchangedAt(restoring) },
    pointOfNoReturn: pointOfNoReturn(asked, restoring),
  };
}

const UNDO = { settings: { snapshot: "safety-1" }, facts: { exchanges: [EXCHANGE] }, restores: [RECORD] };

describe("the plan says that etcd is restored", () => {
  test("in place, without the time in which the snapshot is restored beside the data", () => {
    const { restore, expectedSeconds, pointOfNoReturn: point } = planned();
    expect(restore).toEqual({
      way: "in-place",
      reasons: [{ kind: "hosts-ready", hosts: 3, tool: "etcdctl 3.4.15" }],
      oldDataKeptDays: 7,
      expectedSeconds: 47,
    });
    expect(expectedSeconds).toBe(100);
    expect(point).toEqual({ when: "exchange" });
  });

  test("by RKE where a node that is no etcd host lacks a container of the control plane", () => {
    const nodes = [1, 2, 3].map((number) => reading(number, {}, []));
    const { inPlace: _, ...other } = reading(4, {}, []);
    const missing = { node: "node4", components: ["kube-scheduler"] };
    const asked = someSettings({ restoreWith: "auto" });
    expect(decideNow(asked, [...nodes, { ...other, incomplete: [missing] }], undefined).decision).toEqual({
      way: "rke",
      reasons: [{ kind: "component-missing", ...missing }],
    });
  });

  test("by RKE, with the reason and a point of no return of its own", () => {
    const { restore, expectedSeconds, pointOfNoReturn: point } = planned({ facts: { hasMember: false } });
    expect(restore).toEqual({
      way: "rke",
      reasons: [1, 2, 3].map((number) => ({ kind: "no-data", node: `node${number}` })),
      expectedSeconds: 116,
    });
    expect(expectedSeconds).toBe(161);
    expect(point).toEqual({ when: "cleaning" });
  });

  test("by a rename back, where what is lost is counted from the exchange", () => {
    const plan = planned(UNDO);
    expect(plan.restore).toMatchObject({ way: "rename-back", oldDataKeptDays: 7, expectedSeconds: 28 });
    expect(plan.exchangedAt).toBe(Date.parse("2026-11-22T03:00:30Z"));
    expect(plan.pointOfNoReturn).toEqual({ when: "rename-back" });
  });

  test("by a rename back whose exchange is noted with the restore alone", () => {
    const { about: _, ...unnoted } = EXCHANGE;
    expect(planned({ ...UNDO, facts: { exchanges: [unnoted] } }).exchangedAt).toBe(Date.parse(RECORD.startedAt));
  });

  test("in a way that is not known where the cluster was not read", () => {
    const { restore } = planned({ notRead: "readCluster is false" });
    expect(restore).not.toHaveProperty("way");
    expect(restore.reasons).toEqual([{ kind: "cluster-not-read", restoreWith: "auto", why: "readCluster is false" }]);
    expect(planned({ notRead: "readCluster is false", settings: { restoreWith: "rke" } }).restore.way).toBe("rke");
  });

  test("in place as demanded though it cannot, which is a problem of its own", () => {
    const { restore, restoring } = planned({ settings: { restoreWith: "in-place" }, facts: { hasMember: false } });
    expect(restore).toMatchObject({ way: "in-place", reasons: [{ kind: "asked-for", restoreWith: "in-place" }] });
    expect(restoring.decision?.impossible).toContainEqual({ kind: "no-data", node: "node2" });
  });
});

describe("the plan warns of old data", () => {
  const OLD = {
    ...{ kind: "old-data-deleted", id: "rollback-1", keptAt: "2026-11-22T03:00:30Z" },
    nodes: ["node1", "node2", "node3"],
  };

  test("that RKE's own restore deletes with everything of etcd's", () => {
    expect(planned({ settings: { restoreWith: "rke" }, facts: { exchanges: [EXCHANGE] } }).warnings).toEqual([
      { ...OLD, why: { by: "rke" } },
    ]);
  });

  test("that are older than they are kept, and of no others", () => {
    const facts = { exchanges: [EXCHANGE] };
    expect(planned({ facts }).warnings).toEqual([]);
    expect(planned({ facts, settings: { keepOldDataDays: 0 } }).warnings).toEqual([
      { ...OLD, why: { by: "age", days: 0 } },
    ]);
  });

  test("but not of those that an undo that was cut off had taken back, unless RKE restores", () => {
    const about = { snapshot: "safety-1", run: 1, startedAt: "2026-11-01T00:00:00Z", way: "rename-back" } as const;
    const taken = { ...EXCHANGE, hasNew: true, hasOld: false, about: { ...about, from: "rollback-0" } };
    const facts = { exchanges: [taken] };
    expect(planned({ facts }).warnings).toEqual([]);
    expect(planned({ facts, settings: { restoreWith: "rke" } }).warnings).toMatchObject([{ why: { by: "rke" } }]);
  });

  test("but not of those that are renamed back", () => {
    expect(planned({ ...UNDO, settings: { snapshot: "safety-1", keepOldDataDays: 0 } }).warnings).toEqual([]);
  });
});

const { finishedAt: _, ...UNFINISHED } = RECORD;

describe("the plan refuses a restore beside an exchange that cannot be settled", () => {
  const GONE = { container: undefined } as unknown as Partial<InPlaceFacts>;

  test.each([1, 2])(
    "where a host that was exchanged has lost its container etcd, whichever run is asked for: %i",
    (run) => {
      const facts = { ...GONE, exchanges: [EXCHANGE] };
      const { restoring } = planned({ settings: { run }, facts, restores: [UNFINISHED] });
      expect(unsettledProblems(restoring)[0]).toEqual({
        message: "node1: there is no container etcd",
        remedy: "bring it back on node1: docker ps -a --filter name=etcd",
      });
    },
  );

  test.each<[string, World]>([
    ["the host has its container", { facts: { exchanges: [EXCHANGE] }, restores: [UNFINISHED] }],
    ["the host was not exchanged", { facts: GONE, restores: [UNFINISHED] }],
    ["the restore is finished", { facts: { ...GONE, exchanges: [EXCHANGE] }, restores: [RECORD] }],
  ])("but not where %s", (_, world) => {
    expect(unsettledProblems(planned(world).restoring)).toEqual([]);
  });
});

describe("a restore has begun", () => {
  const { inPlace: __, ...BY_RKE } = UNFINISHED;
  test.each<[string, World, boolean]>([
    ["where the data are exchanged on some host", { facts: { exchanges: [EXCHANGE] }, restores: [UNFINISHED] }, true],
    ["not where a restore in place has left nothing", { restores: [UNFINISHED] }, false],
    ["where RKE was started", { restores: [BY_RKE] }, true],
    ["where it is finished", { restores: [RECORD] }, true],
    ["not where another run is finished", { restores: [RECORD], settings: { run: 2 } }, false],
    ["not where the cluster remembers nothing", {}, false],
  ])("%s", (_, world, begun) => {
    expect(hasBegun(someSettings(world.settings), planned(world).restoring)).toBe(begun);
  });
});
