import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import type { Role } from "../../../cluster/clusterFile/clusterFile.ts";
import {
  componentFactsScript,
  expectedComponents,
  quietScript,
  RESUME_SCRIPT,
  rancherFactsScript,
} from "../../../cluster/restarts/components.ts";
import { parseNodeFacts } from "../../../cluster/verification/nodeFacts.ts";
import { type FakeDockerArgs, onNode } from "../../support/fakeDocker.ts";
import { CATTLE } from "../../support/rancher.ts";

const ALL = ["kube-apiserver", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy"];
const WORKER = ["nginx-proxy", "kubelet", "kube-proxy"];
/** Of every plugin; from a registry whose names say nothing. */
const NETWORK = [
  "k8s_kube-flannel_canal-abcde_kube-system_1 registry.local/1",
  "k8s_install-cni_kube-flannel-1_kube-system_1 registry.local/2",
  "k8s_calico-node_canal-abcde_kube-system_1 registry.local/3",
  "k8s_calico-kube-controllers_calico-kube-controllers-1_kube-system_1 registry.local/4",
  "k8s_weave_weave-net-1_kube-system_1 registry.local/5",
  "k8s_weave-npc_weave-net-1_kube-system_1 registry.local/6",
];
const BYSTANDERS = [
  "etcd rancher/coreos-etcd",
  "k8s_POD_canal-abcde_kube-system_0 rancher/pause",
  "k8s_POD_weave-net-1_kube-system_0 rancher/pause",
  "k8s_POD_cattle-7c9-1_cattle-system_uid_0 rancher/pause",
  "k8s_rancher-audit-log_cattle-7c9-1_cattle-system_uid_0 busybox",
  "k8s_cattle-server_cattle-7c9-1_other-namespace_uid_0 rancher/rancher:v2.5.9",
  "k8s_cluster-register_cattle-cluster-agent-1_cattle-system_uid_0 rancher/rancher-agent:v2.5.9",
  "k8s_web_flannel-shop-1_default_0 shop/calico-weave:1",
  "share-mnt rancher/rke-tools",
  "rancher-rollback-4711 abc123",
];

const RANCHER = [
  "k8s_cattle-server_cattle-7c9d8-abcde_cattle-system_uid_0",
  "k8s_cattle-server_cattle-55f-x_cattle-system_uid_3",
];

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

describe("a node before its etcd is restored", () => {
  const quiet = (args: FakeDockerArgs) => onNode(quietScript(CATTLE), args);

  test("has kubelet stopped before Rancher's own containers, which it would start again, and nothing else", () => {
    const { status, stopped } = quiet({ containers: [...BYSTANDERS, ...RANCHER, ...NETWORK, ...ALL] });
    expect(status).toBe(0);
    expect(stopped).toEqual(["kubelet", ...RANCHER]);
  });

  test("may have no kubelet, as after a wipe that was cut off", () => {
    const { status, stopped } = quiet({ containers: [...BYSTANDERS, ...RANCHER] });
    expect(status).toBe(0);
    expect(stopped).toEqual(RANCHER);
  });

  test("is not quiet while kubelet or Rancher cannot be stopped", () => {
    for (const stuck of ["kubelet", RANCHER[1] as string]) {
      const { status, stderr } = quiet({ containers: [...ALL, ...RANCHER], stuck: [stuck] });
      expect(status).not.toBe(0);
      expect(stderr).toContain(`${stuck} is stuck`);
    }
  });

  test("has its kubelet started again where it is stopped, and only there", () => {
    expect(onNode(RESUME_SCRIPT, { containers: ALL, exited: ["kubelet"] }).stdout).toBe("resumed\n");
    expect(onNode(RESUME_SCRIPT, { containers: ALL })).toMatchObject({ status: 0, stdout: "" });
    expect(onNode(RESUME_SCRIPT, { containers: BYSTANDERS })).toMatchObject({ status: 0, stdout: "" });
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
