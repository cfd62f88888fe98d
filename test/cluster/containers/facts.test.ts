import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import type { Role } from "../../../cluster/clusterFile/clusterFile.ts";
import { componentFactsScript, expectedComponents, rancherFactsScript } from "../../../cluster/containers/facts.ts";
import { parseNodeFacts } from "../../../cluster/verification/nodeFacts.ts";
import { onNode } from "../../support/fakeDocker.ts";
import { CATTLE } from "../../support/rancher.ts";
import { ALL, BYSTANDERS, NETWORK, RANCHER, WORKER } from "./someContainers.ts";

const names = (containers: string[]) => containers.map((container) => container.split(" ")[0]);

describe("the components a node must have", () => {
  test.each<[Role[], string[]]>([
    [["controlplane", "etcd", "worker"], ALL],
    [["controlplane"], ALL],
    [["etcd"], WORKER],
    [["worker"], WORKER],
    [["etcd", "worker"], WORKER],
    [["controlplane", "worker"], ALL],
  ])("with the roles %j are %j", (roles, components) => {
    expect(expectedComponents({ roles })).toEqual(components);
  });
});

describe("a node's containers", () => {
  test("are reported with when they started and whether they run, without pause containers and bystanders", () => {
    const { status, stdout } = onNode(componentFactsScript({ roles: ["worker"] }), {
      containers: [...WORKER, ...NETWORK, ...BYSTANDERS],
      exited: ["kube-proxy"],
    });
    expect(status).toBe(0);
    const startedAt = Date.parse("2026-11-23T14:00:00.123Z");
    expect(parseNodeFacts(stdout)).toEqual({
      containers: [
        { name: "nginx-proxy", running: true, startedAt },
        { name: "kubelet", running: true, startedAt },
        { name: "kube-proxy", running: false, startedAt },
        ...names(NETWORK).map((name) => ({ name, running: true, startedAt })),
      ],
    });
  });

  test("are reported as absent where they are missing", () => {
    const { stdout } = onNode(componentFactsScript({ roles: ["worker"] }), { containers: ["kubelet"] });
    expect(parseNodeFacts(stdout).containers).toContainEqual({ name: "kube-proxy", running: false });
  });
});

describe("Rancher's own containers", () => {
  const containers = [...WORKER, ...BYSTANDERS, ...RANCHER];

  test("are reported with when they started", () => {
    const { stdout } = onNode(rancherFactsScript(CATTLE), { containers });
    const startedAt = Date.parse("2026-11-23T14:00:00.123Z");
    expect(parseNodeFacts(stdout).containers).toEqual(RANCHER.map((name) => ({ name, running: true, startedAt })));
    // What Rancher calls itself in a pod with the host's network.
    expect(parseNodeFacts(stdout).host).toBe(hostname());
  });

  test("are found by the names of the chart as well, without those of rancher-webhook", () => {
    const chart = "k8s_rancher_rancher-6d8-abcde_cattle-system_uid_0";
    const script = rancherFactsScript({ namespace: "cattle-system", deployment: "rancher", container: "rancher" });
    const webhook = "k8s_rancher-webhook_rancher-webhook-6d8-1_cattle-system_uid_0";
    const { stdout } = onNode(script, { containers: [...WORKER, webhook, chart] });
    expect(parseNodeFacts(stdout).containers.map(({ name }) => name)).toEqual([chart]);
  });
});
