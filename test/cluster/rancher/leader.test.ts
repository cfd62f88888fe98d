import { describe, expect, test } from "vitest";
import { type LeaderLock, leadership, readLock } from "../../../cluster/rancher/leader.ts";
import { apiReader, kubernetesAnswers } from "../../support/kubernetes.ts";

const START = Date.parse("2026-11-23T15:00:00Z");
const POD = { name: "cattle-5d9c8-abcde", startedAt: START };
const held = (seconds: number, holder = POD.name): LeaderLock => ({ holder, renewedAt: START + seconds * 1000 });

describe("Rancher", () => {
  test("leads when one of its pods has renewed the lock since it started, and does so again", () => {
    expect(leadership([held(10), held(12)], [POD])).toEqual({ state: "leads", pod: POD.name });
  });

  test("does not lead while nobody holds the lock, or it was released", () => {
    expect(leadership([undefined, undefined], [POD])).toEqual({ state: "no-lock" });
    expect(leadership([held(10), held(12, "")], [POD])).toEqual({ state: "no-lock" });
  });

  test("does not lead while the restored lock names a pod that is gone", () => {
    const old = held(-3600, "cattle-77777-zzzzz");
    expect(leadership([old, old], [POD])).toEqual({ state: "held-by-another", holder: old.holder });
  });

  test.each<[string, LeaderLock, LeaderLock]>([
    ["was renewed once, and not again", held(10), held(10)],
    ["has only just come to the pod", held(-3600, "cattle-77777-zzzzz"), held(12)],
    ["was restored with the pod of that name, which has not renewed it yet", held(-3600), held(-3600)],
    ["was renewed by the pod's container before, as the restored times say", held(-10), held(-8)],
  ])("does not lead yet while the lock %s", (_what, first, last) => {
    expect(leadership([first, last], [POD])).toEqual({ state: "not-renewed", pod: POD.name });
  });

  test("does not lead while the container of the holder has not started", () => {
    expect(leadership([held(10), held(12)], [{ name: POD.name }])).toMatchObject({ state: "not-renewed" });
  });

  test("is known by the host name of its pod, which is cut after 63 characters", () => {
    const name = `${"rancher-".repeat(8)}7f9c-abcde`;
    const lock = [held(10, name.slice(0, 63)), held(12, name.slice(0, 63))];
    expect(leadership(lock, [{ name, startedAt: START }])).toEqual({ state: "leads", pod: name });
  });

  test("is known by the name of the host whose network its pod has", () => {
    const pods = ["node1", "node2"].map((host) => ({ ...POD, name: `cattle-on-${host}`, host }));
    const lock = (holder: string) => [held(10, holder), held(12, holder)];
    expect(leadership(lock("node2"), pods)).toEqual({ state: "leads", pod: "cattle-on-node2" });
    expect(leadership(lock("cattle-on-node2"), pods)).toMatchObject({ state: "held-by-another" });
  });
});

describe.concurrent("the lock of Rancher's leader", () => {
  test("is by the Lease from Rancher v2.8.3 on, whatever an old ConfigMap says", async () => {
    const spec = { holderIdentity: "rancher-1", renewTime: "2026-11-23T15:30:02.123456Z" };
    const reader = await apiReader({
      ...kubernetesAnswers(),
      "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/cattle-controllers": JSON.stringify({ spec }),
    });
    expect(await readLock(reader, "v2.8.3")).toEqual({
      holder: "rancher-1",
      renewedAt: Date.parse("2026-11-23T15:30:02.123Z"),
    });
    expect(await readLock(reader, "v2.8.2")).toMatchObject({ holder: "cattle-1" });
  });

  test("is none where a ConfigMap of that name is not one", async () => {
    const empty = { "/api/v1/namespaces/kube-system/configmaps/cattle-controllers": '{"metadata":{}}' };
    expect(await readLock(await apiReader(empty), "v2.5.8")).toBeUndefined();
  });
});
