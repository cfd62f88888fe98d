import type { V1Deployment, V1Pod } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { describeRollout, differentDigests } from "../../../cluster/kubernetes/deployment.ts";

const IMAGE = "rancher/rancher:v2.5.8";

describe("a rollout", () => {
  interface Of {
    replicas?: number | undefined;
    updated?: number;
    available?: number;
    observed?: number;
    pods?: (string | { image: string; phase: string; deletionTimestamp?: Date })[];
  }

  function rollout({ replicas = 3, updated = 3, available = 3, observed = 5, pods = [IMAGE, IMAGE, IMAGE] }: Of = {}) {
    const deployment: V1Deployment = {
      metadata: { generation: 5 },
      spec: {
        replicas,
        selector: {},
        template: {
          spec: {
            containers: [
              { name: "sidecar", image: "s" },
              { name: "cattle-server", image: IMAGE },
            ],
          },
        },
      },
      status: { observedGeneration: observed, updatedReplicas: updated, availableReplicas: available },
    };
    const found = pods.map((pod, at): V1Pod => {
      const { image, phase, ...metadata } = typeof pod === "string" ? { image: pod, phase: "Running" } : pod;
      return {
        metadata: { name: `cattle-${at + 1}`, ...metadata },
        spec: { containers: [{ name: "cattle-server", image }] },
        status: { phase },
      };
    });
    return describeRollout(deployment, found, "cattle-server");
  }

  test("is over when every replica runs the image and is available", () => {
    expect(rollout()).toEqual({
      image: IMAGE,
      rolledOut: true,
      state: "3 of 3 replicas updated, 3 available",
      pods: [1, 2, 3].map((number) => ({ name: `cattle-${number}`, image: IMAGE })),
    });
  });

  test.each<[string, Of, string]>([
    ["a replica is not updated yet", { updated: 2 }, "2 of 3 replicas updated, 3 available"],
    ["a replica is not available", { available: 2 }, "3 of 3 replicas updated, 2 available"],
    ["a replica too many is updated", { updated: 4 }, "4 of 3 replicas updated, 3 available"],
    ["the controller has not seen the change yet", { observed: 4 }, "3 of 3 replicas updated, 3 available"],
    ["nothing is to run", { replicas: 0, updated: 0, available: 0 }, "0 of 0 replicas updated, 0 available"],
    [
      "a pod of an older image is left",
      { pods: [IMAGE, IMAGE, IMAGE, "rancher/rancher:v2.5.9"] },
      "3 of 3 replicas updated, 3 available, 1 pods of an older image left",
    ],
  ])("is not over as long as %s", (_what, of, state) => {
    expect(rollout(of)).toMatchObject({ image: IMAGE, rolledOut: false, state });
  });

  test.each<[string, Of, true | undefined]>([
    ["some replicas of the image are not available, as where a node is down", { available: 2 }, true],
    ["none is available", { available: 0 }, undefined],
    ["a replica is not updated yet", { updated: 2, available: 2 }, undefined],
    ["a pod of an older image is left", { available: 2, pods: [IMAGE, IMAGE, "rancher/rancher:v2.5.9"] }, undefined],
    ["all are available", {}, undefined],
  ])("is only degraded or not where %s", (_what, of, degraded) => {
    expect(rollout(of).degraded).toBe(degraded);
  });

  test("has each pod's node, digest and start, as far as they are known", () => {
    const pod: V1Pod = {
      metadata: { name: "cattle-1" },
      spec: { nodeName: "node2", containers: [{ name: "cattle-server", image: IMAGE }] },
      status: {
        phase: "Running",
        containerStatuses: [
          { name: "rancher-audit-log", image: "s", imageID: "docker://sha256:99", ready: true, restartCount: 0 },
          {
            ...{ name: "cattle-server", image: IMAGE, imageID: "docker://sha256:12", ready: true, restartCount: 0 },
            state: { running: { startedAt: new Date("2026-11-23T15:00:00Z") } },
          },
        ],
      },
    };
    expect(describeRollout({}, [pod, {}], "cattle-server").pods).toEqual([
      {
        ...{ name: "cattle-1", node: "node2", image: IMAGE, imageId: "docker://sha256:12" },
        startedAt: Date.parse("2026-11-23T15:00:00Z"),
      },
      { name: "" },
    ]);
  });

  test("has the host of a pod that has its host's network, as far as it is known", () => {
    const pod = (name: string, spec: object): V1Pod => ({
      metadata: { name },
      spec: { containers: [{ name: "cattle-server", image: IMAGE }], ...spec },
    });
    const pods = [pod("cattle-1", { hostNetwork: true, nodeName: "node1" }), pod("cattle-2", { hostNetwork: true })];
    expect(describeRollout({}, pods, "cattle-server").pods).toEqual([
      { name: "cattle-1", image: IMAGE, node: "node1", host: "node1" },
      { name: "cattle-2", image: IMAGE },
    ]);
  });

  test("is held up by a pod of an older image that is being deleted, as it still writes", () => {
    const old = { image: "rancher/rancher:v2.6.0", phase: "Running", deletionTimestamp: new Date() };
    expect(rollout({ pods: [IMAGE, IMAGE, IMAGE, old] }).rolledOut).toBe(false);
  });

  test("is not held up by pods of an older image that ended long ago, as evicted ones stay for ever", () => {
    const image = "rancher/rancher:v2.5.9";
    const ended = ["Failed", "Succeeded"].map((phase) => ({ image, phase }));
    expect(rollout({ pods: [IMAGE, IMAGE, IMAGE, ...ended] }).rolledOut).toBe(true);
  });

  test("of a Deployment that does not say how many replicas it wants is of one", () => {
    const deployment: V1Deployment = {
      spec: { selector: {}, template: { spec: { containers: [{ name: "c", image: IMAGE }] } } },
      status: { updatedReplicas: 1, availableReplicas: 1 },
    };
    expect(describeRollout(deployment, [], "c").rolledOut).toBe(true);
  });

  test("has no image where the Deployment has no container of that name, and is not over", () => {
    const deployment: V1Deployment = {
      spec: { selector: {}, template: { spec: { containers: [{ name: "c", image: IMAGE }] } } },
      status: { updatedReplicas: 1, availableReplicas: 1 },
    };
    expect(describeRollout(deployment, [], "other")).toMatchObject({ image: undefined });
  });
});

describe("the digests of the pods", () => {
  const digests = (...ids: (string | undefined)[]) =>
    differentDigests(ids.map((imageId, at) => ({ name: `cattle-${at}`, ...(imageId && { imageId }) })));

  test("are listed where one tag stands for two images", () => {
    expect(digests("docker://sha256:12", "docker://sha256:12", "docker://sha256:34")).toEqual([
      "docker://sha256:12",
      "docker://sha256:34",
    ]);
  });

  test("are not listed where they are equal, not known yet, or one image was pulled and also loaded from a file", () => {
    expect(digests("docker://sha256:12", undefined, "docker://sha256:12")).toEqual([]);
    expect(digests("docker-pullable://rancher/rancher@sha256:ab", "docker://sha256:12")).toEqual([]);
  });

  test("are listed where one repository has had two images under the tag, with a runtime in front of it or none", () => {
    const [hub, pushedAgain] = ["rancher/rancher@sha256:ab", "rancher/rancher@sha256:cd"];
    expect(digests(hub, pushedAgain)).toEqual([hub, pushedAgain]);
    const [one, two] = [`docker-pullable://${hub}`, `docker-pullable://${pushedAgain}`];
    expect(digests(one, "docker-pullable://registry.local/rancher/rancher@sha256:ab", two)).toEqual([one, two]);
  });

  test("are not listed where nodes have the image from two repositories, whose digests differ once it was pushed again", () => {
    for (const digest of ["ab", "cd"]) {
      const own = `docker-pullable://registry.local:5000/rancher/rancher@sha256:${digest}`;
      expect(digests("docker-pullable://rancher/rancher@sha256:ab", own), digest).toEqual([]);
    }
  });
});
