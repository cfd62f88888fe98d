import { describe, expect, test } from "vitest";
import { apiErrorMessage, isNotFound } from "../../../cluster/kubernetes/apiError.ts";
import { apiReader, kubernetesAnswers } from "../../support/kubernetes.ts";
import { CATTLE } from "../../support/rancher.ts";

const IMAGE = "rancher/rancher:v2.5.8";

const LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

describe("the reader of a cluster", () => {
  test("tells which server it asks, and whether that is ready", async () => {
    const read = await apiReader(kubernetesAnswers());
    expect(read.server).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(await read.isReady()).toBe(true);
  });

  test("tells the nodes with what RKE knows them by, their readiness and when their kubelets were heard of", async () => {
    const renewTime = "2026-11-23T15:59:58.123456Z";
    const read = await apiReader(kubernetesAnswers({ nodes: { node1: true, node2: false }, renewTime }));
    const renewedAt = Date.parse("2026-11-23T15:59:58.123Z");
    expect(await read.nodes()).toEqual([
      { name: "node1", hostname: "node1", internalIps: ["10.0.0.1"], ready: true, renewedAt },
      { name: "node2", hostname: "node2", internalIps: ["10.0.0.1"], ready: false, renewedAt },
    ]);
  });

  test("tells of a node that has no lease that it was never heard of", async () => {
    const read = await apiReader({ ...kubernetesAnswers(), [LEASES]: '{"items":[]}' });
    expect(await read.nodes()).toEqual([{ name: "node1", hostname: "node1", internalIps: ["10.0.0.1"], ready: true }]);
  });

  test("goes by the nodes' conditions where there are no leases, as before Kubernetes v1.14", async () => {
    const { [LEASES]: _, ...answers } = kubernetesAnswers();
    const nodes = JSON.parse(String(answers["/api/v1/nodes"])) as { items: { status: { conditions: object[] } }[] };
    const lastHeartbeatTime = "2026-11-23T15:59:58Z";
    for (const { status } of nodes.items) {
      status.conditions = status.conditions.map((condition) => ({ ...condition, lastHeartbeatTime }));
    }
    const read = await apiReader({ ...answers, "/api/v1/nodes": JSON.stringify(nodes) });
    expect(await read.nodes()).toMatchObject([{ name: "node1", renewedAt: Date.parse(lastHeartbeatTime) }]);
  });

  test("finds Rancher's image and the pods that the Deployment selects", async () => {
    const good = await apiReader(kubernetesAnswers());
    expect(await good.rancher(CATTLE)).toMatchObject({ image: IMAGE, rolledOut: true });
    const mixed = await apiReader(kubernetesAnswers({ podImages: [IMAGE, "rancher/rancher:v2.5.9"] }));
    expect(await mixed.rancher(CATTLE)).toMatchObject({ rolledOut: false });
  });

  test("tells a Deployment that is not there from an API that fails", async () => {
    const read = await apiReader(kubernetesAnswers());
    const missing = await read.rancher({ ...CATTLE, deployment: "rancher" }).catch((error: unknown) => error);
    expect(isNotFound(missing)).toBe(true);
    expect(apiErrorMessage(missing)).toBe("HTTP 404: not found");

    const failing = await apiReader({ "/api/v1/nodes": [500, '{"message":"etcdserver: no leader"}'] });
    const failed = await failing.nodes().catch((error: unknown) => error);
    expect(isNotFound(failed)).toBe(false);
    expect(apiErrorMessage(failed)).toMatch(/^HTTP (500: etcdserver: no leader|404: not found)$/);
  });

  test("tells in one line that nobody answers, and why", async () => {
    const error = await (await apiReader()).nodes().catch((reason: unknown) => reason);
    expect(isNotFound(error)).toBe(false);
    expect(apiErrorMessage(error)).toMatch(/^[^\n]*: the connection was refused$/);
  });
});
