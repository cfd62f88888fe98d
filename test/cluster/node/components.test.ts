import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { Role } from "../../../cluster/clusterFile/clusterFile.ts";
import {
  componentFactsScript,
  expectedComponents,
  quietScript,
  RESUME_SCRIPT,
  rancherFactsScript,
  restartScript,
} from "../../../cluster/node/components.ts";
import { parseNodeFacts } from "../../../cluster/node/facts.ts";
import { parseRestart } from "../../../steps/restart.ts";
import { type FakeDockerArgs, fakeDocker, restartedIn, stoppedIn } from "../../support/fakeDocker.ts";
import { tempFolder } from "../../support/folder.ts";

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

const CATTLE = { namespace: "cattle-system", deployment: "cattle", container: "cattle-server" };
const RANCHER = [
  "k8s_cattle-server_cattle-7c9d8-abcde_cattle-system_uid_0",
  "k8s_cattle-server_cattle-55f-x_cattle-system_uid_3",
];

/** Runs a script by a real shell, as it runs on a node. */
function onNode(script: string, args: FakeDockerArgs) {
  const folder = tempFolder();
  fakeDocker(folder, args);
  const { status, stdout, stderr } = spawnSync("sh", ["-s"], {
    input: script,
    encoding: "utf8",
    env: { PATH: `${folder}:/usr/bin:/bin` },
  });
  return { status, stdout, stderr, restarted: restartedIn(folder), stopped: stoppedIn(folder) };
}

const restart = (roles: Role[], args: FakeDockerArgs) => onNode(restartScript({ roles }, CATTLE), args);
const names = (containers: string[]) => containers.map((container) => container.split(" ")[0]);

describe("the components a node must have", { timeout: 60_000 }, () => {
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

describe("the restart on a node", { timeout: 60_000 }, () => {
  test("restarts the components in the runbook's order and then the network containers, and nothing else", () => {
    const { status, restarted } = restart(["controlplane", "etcd", "worker"], {
      containers: [...BYSTANDERS, ...NETWORK, ...[...ALL].reverse()],
    });
    expect(status).toBe(0);
    expect(restarted).toEqual([...ALL, ...names(NETWORK)]);
  });

  test("tells the node's clock from before, and the name of everything that was restarted", () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { stdout, stderr } = restart(["controlplane"], { containers: [...ALL, ...NETWORK] });
    const { clock, restarted } = parseRestart(stdout);
    expect(clock).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Date.parse(clock)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(clock)).toBeLessThanOrEqual(Date.now());
    expect(restarted).toEqual([...ALL, ...names(NETWORK)]);
    expect(stderr).toMatch(/^restarting kube-apiserver kubelet .*\nrestarting the network container[\s\S]*$/);
  });

  test("touches no control plane component on a worker, also where there is one of that name", () => {
    const { status, restarted } = restart(["worker"], { containers: ["nginx-proxy", ...ALL, ...NETWORK] });
    expect(status).toBe(0);
    expect(restarted).toEqual([...WORKER, ...names(NETWORK)]);
  });

  test("is no failure on a node without network containers", () => {
    const { status, restarted } = restart(["worker"], { containers: [...WORKER, ...BYSTANDERS] });
    expect(status).toBe(0);
    expect(restarted).toEqual(WORKER);
  });

  test("ends with 3 and names everything that is missing before anything is restarted", () => {
    const { status, stdout, stderr, restarted } = restart(["controlplane"], {
      containers: ["kubelet", "kube-controller-manager", "kube-proxy", ...NETWORK],
    });
    expect(status).toBe(3);
    expect(restarted).toEqual([]);
    expect(stdout).toMatch(/^clock .*\nmissing kube-apiserver\nmissing kube-scheduler\n$/);
    expect(stderr).toBe("container kube-apiserver is missing\ncontainer kube-scheduler is missing\n");
  });

  test("names what a node without the role controlplane lacks, etcd-only ones too", () => {
    const { status, stdout, restarted } = restart(["etcd"], { containers: ["etcd", "kubelet", "kube-proxy"] });
    expect(status).toBe(3);
    expect(stdout).toMatch(/\nmissing nginx-proxy\n$/);
    expect(restarted).toEqual([]);
  });

  test("says that Docker does not answer, and does not call its containers missing", () => {
    const { status, stdout, stderr, restarted } = restart(["worker"], { containers: WORKER, down: true });
    expect(status).toBe(1);
    expect(stdout).not.toContain("missing");
    expect(stderr).toContain("Cannot connect to the Docker daemon");
    expect(restarted).toEqual([]);
  });

  test("fails when a component cannot be restarted", () => {
    const { status, stderr } = restart(["worker"], { containers: WORKER, stuck: ["kubelet"] });
    expect(status).toBe(1);
    expect(stderr).toContain("kubelet is stuck");
  });

  test("is no failure when kubelet replaces a network container meanwhile, and goes on with the others", () => {
    const [flannel = "", ...others] = names(NETWORK);
    const { status, stdout, restarted } = restart(["worker"], {
      containers: [...WORKER, ...NETWORK],
      vanish: [flannel],
    });
    expect(status).toBe(0);
    expect(restarted).toEqual([...WORKER, ...others]);
    expect(parseRestart(stdout).restarted).toEqual([...WORKER, ...others]);
  });

  test("fails when a network container that is still there cannot be restarted", () => {
    const { status, stderr } = restart(["worker"], {
      containers: [...WORKER, ...NETWORK],
      stuck: ["k8s_kube-flannel_canal-abcde_kube-system_1"],
    });
    expect(status).toBe(1);
    expect(stderr).toContain("k8s_kube-flannel_canal-abcde_kube-system_1 is stuck");
  });
});

describe("Rancher's own containers", { timeout: 60_000 }, () => {
  const containers = [...WORKER, ...BYSTANDERS, ...RANCHER];

  test("are stopped and not restarted, so that kubelet starts those whose pod is still wanted, and no other", () => {
    const { status, stdout, restarted, stopped } = restart(["worker"], { containers });
    expect(status).toBe(0);
    expect(restarted).toEqual(WORKER);
    expect(stopped).toEqual(RANCHER);
    expect(parseRestart(stdout).stopped).toEqual(RANCHER);
  });

  test("are found by the names of the chart as well, without those of rancher-webhook", () => {
    const chart = "k8s_rancher_rancher-6d8-abcde_cattle-system_uid_0";
    const script = restartScript(
      { roles: ["worker"] },
      { namespace: "cattle-system", deployment: "rancher", container: "rancher" },
    );
    const webhook = "k8s_rancher-webhook_rancher-webhook-6d8-1_cattle-system_uid_0";
    expect(onNode(script, { containers: [...WORKER, webhook, chart] }).stopped).toEqual([chart]);
  });

  test("that kubelet takes away meanwhile are no failure", () => {
    const { status, stopped } = restart(["worker"], { containers, vanish: RANCHER.slice(0, 1) });
    expect(status).toBe(0);
    expect(stopped).toEqual(RANCHER.slice(1));
  });

  test("that cannot be stopped are a failure", () => {
    const { status, stderr } = restart(["worker"], { containers, stuck: RANCHER.slice(0, 1) });
    expect(status).toBe(1);
    expect(stderr).toContain(`${RANCHER[0]} is stuck`);
  });

  test("are told with when they started", () => {
    const { stdout } = onNode(rancherFactsScript(CATTLE), { containers });
    const startedAt = Date.parse("2026-11-23T14:00:00.123Z");
    expect(parseNodeFacts(stdout).containers).toEqual(RANCHER.map((name) => ({ name, running: true, startedAt })));
  });
});

describe("a node before its etcd is restored", { timeout: 60_000 }, () => {
  const quiet = (args: FakeDockerArgs) => onNode(quietScript(CATTLE), args);

  test("has kubelet stopped before Rancher's own containers, which it would start anew, and nothing else", () => {
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

  test("has its kubelet started again where it stands still, and only there", () => {
    expect(onNode(RESUME_SCRIPT, { containers: ALL, exited: ["kubelet"] }).stdout).toBe("resumed\n");
    expect(onNode(RESUME_SCRIPT, { containers: ALL })).toMatchObject({ status: 0, stdout: "" });
    expect(onNode(RESUME_SCRIPT, { containers: BYSTANDERS })).toMatchObject({ status: 0, stdout: "" });
  });
});

describe("a node's containers", { timeout: 60_000 }, () => {
  test("are told with when they started and whether they run, without pause containers and bystanders", () => {
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

  test("are told as absent where they are missing", () => {
    const { stdout } = onNode(componentFactsScript({ roles: ["worker"] }), { containers: ["kubelet"] });
    expect(parseNodeFacts(stdout).containers).toContainEqual({ name: "kube-proxy", running: false });
  });
});
