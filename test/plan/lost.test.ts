import { describe, expect, test } from "vitest";
import type { Loss } from "../../cluster/opened/loss.ts";
import { type ApiReading, nothingFromApi } from "../../plan/apiReading.ts";
import { createdSince } from "../../plan/lost.ts";

const TAKEN = Date.parse("2026-01-01T12:00:00Z");
const api: ApiReading = {
  ...nothingFromApi({ unknown: "not asked" }),
  namespaces: [
    { name: "old", uid: "1", at: TAKEN - 60_000 },
    { name: "seconds-before", uid: "2", at: TAKEN + 2000 },
    { name: "after", uid: "3", at: TAKEN + 60_000 },
  ],
};

function loss(...names: string[]): Loss {
  const none = { count: 0, names: [] };
  const line = { kind: "namespaces", one: "namespace", of: "kubernetes" as const, namespaces: 0 };
  return {
    ...{ on: "node1", revision: 10, liveRevision: 20, quorum: true, lineage: "same", ignored: [] },
    kinds:
      names.length === 0 ? [] : [{ ...line, created: { count: names.length, names }, changed: none, deleted: none }],
  };
}

describe("what was created since the snapshot", () => {
  test("is told by the opened snapshot where there is one, whatever the clocks say", () => {
    expect(createdSince(TAKEN, api, loss("after"))).toMatchObject({
      namespaces: { count: 1, names: ["after"] },
      workloads: { count: 0, names: [] },
      rancherUsers: { count: 0, names: [] },
    });
    expect(createdSince(TAKEN, api, loss()).namespaces).toEqual({ count: 0, names: [] });
  });

  test("is named in one order, five at most", () => {
    const { namespaces } = createdSince(TAKEN, api, loss("f", "b", "a", "e", "d", "c"));
    expect(namespaces).toEqual({ count: 6, names: ["a", "b", "c", "d", "e"] });
  });

  test.each([undefined, { unknown: "no etcd answers" }])("is told by the time of creation otherwise: %j", (exact) => {
    expect(createdSince(TAKEN, api, exact)).toMatchObject({
      namespaces: { count: 2, names: ["after", "seconds-before"] },
      workloads: { unknown: "not asked" },
    });
  });

  test("is unknown where neither is known", () => {
    expect(createdSince(undefined, api, undefined).namespaces).toEqual({
      unknown: "the time of the snapshot is unknown",
    });
  });
});
