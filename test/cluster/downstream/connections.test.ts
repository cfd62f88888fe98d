import { describe, expect, test } from "vitest";
import { connectionsText, readConnections } from "../../../cluster/downstream/connections.ts";
import { apiReader, kubernetesAnswers } from "../../support/kubernetes.ts";
import type { Answers } from "../../support/server.ts";

const CLUSTERS = "/apis/management.cattle.io/v3/clusters";

const read = async (answers: Answers) => await readConnections(await apiReader({ ...kubernetesAnswers(), ...answers }));

const cluster = (name: string, conditions: Record<string, string>) => ({
  metadata: { name },
  spec: { displayName: `${name}-shop` },
  status: {
    serviceAccountToken: "hunter2",
    conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })),
  },
});

describe("the clusters that Rancher manages", () => {
  test("are ready and connected as their conditions say, and the local one is none of them", async () => {
    const items = [
      cluster("local", { Ready: "True" }),
      cluster("c-1", { Ready: "True", Connected: "True" }),
      cluster("c-2", { Ready: "True", Connected: "False" }),
      cluster("c-3", { Ready: "Unknown" }),
    ];
    const found = await read({ [CLUSTERS]: JSON.stringify({ items }) });
    expect(found).toEqual([
      { id: "c-1", name: "c-1-shop", ready: true, connected: true },
      { id: "c-2", name: "c-2-shop", ready: true, connected: false },
      { id: "c-3", name: "c-3-shop", ready: false },
    ]);
    expect(connectionsText(found)).toBe("1 of 3 ready; not: c-2-shop (not connected), c-3-shop (not ready)");
  });

  test("are none where this Rancher has no such kind", async () => {
    expect(await read({})).toEqual([]);
    expect(connectionsText([])).toBeUndefined();
  });

  test("are not known where the API fails", async () => {
    await expect(read({ [CLUSTERS]: [500, '{"message":"no leader"}'] })).rejects.toThrow();
  });
});
