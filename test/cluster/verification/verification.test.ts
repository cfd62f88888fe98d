import { describe, expect, test } from "vitest";
import { type EtcdView, parseEtcdView } from "../../../cluster/etcd/view.ts";
import type { Problem } from "../../../cluster/problem.ts";
import type { NodeFacts } from "../../../cluster/verification/nodeFacts.ts";
import {
  type ClusterFacts,
  type Expectation,
  verdictOf,
  withHostNames,
} from "../../../cluster/verification/verification.ts";
import { clusterNode } from "../../support/clusterFile.ts";
import { endpointStatusJson, memberListJson } from "../../support/etcd.ts";
import { WANTED } from "../../support/rancher.ts";

const RESTART = Date.parse("2026-11-23T15:00:00Z");
const NAMES = ["node1", "node2", "node3"];

const EXPECTED: Expectation = {
  nodes: NAMES.map((name, at) => clusterNode({ name, address: `10.0.0.${at + 1}` })),
  restarts: Object.fromEntries(NAMES.map((name) => [name, { lookedAt: RESTART, startedSince: RESTART }])),
  rancher: WANTED,
};

function good(): ClusterFacts & { nodes: Record<string, NodeFacts> } {
  return {
    nodes: Object.fromEntries(NAMES.map((name) => [name, goodNode()])),
    kubernetes: NAMES.map((name) => ({
      name: `ip-${name}.compute.internal`,
      hostname: name,
      internalIps: [],
      ready: true,
      renewedAt: RESTART + 5000,
    })),
    rancher: {
      runs: {
        image: "rancher/rancher:v2.5.8",
        rolledOut: true,
        state: "1 of 1 replicas updated, 1 available",
        pods: [
          { name: "cattle-1", node: "ip-node1.compute.internal", image: "rancher/rancher:v2.5.8", startedAt: RESTART },
        ],
      },
      answers: [{ ui: "2.5.8" }],
      settings: ["v2.5.8", "v2.5.8"],
      lock: [1, 2].map((at) => ({ holder: "cattle-1", renewedAt: RESTART + at * 1000 })),
    },
  };
}

function goodNode(): NodeFacts {
  return {
    containers: [
      { name: "kubelet", running: true, startedAt: RESTART + 1000 },
      { name: "kube-proxy", running: true, startedAt: RESTART },
    ],
    etcd: parseEtcdView(memberListJson(), endpointStatusJson()) as EtcdView,
  };
}

const messages = (problems: Problem[]) => problems.map(({ message }) => message);

/** The problems of a good cluster in which one thing is changed. */
function problemsWhen(spoil: (facts: ReturnType<typeof good>) => unknown, expected = EXPECTED): string[] {
  const facts = good();
  spoil(facts);
  return messages(verdictOf(facts, expected).problems);
}

/** node2's entry in what Kubernetes says. */
const second = (facts: ClusterFacts) => {
  if ("error" in facts.kubernetes || !facts.kubernetes[1]) throw new Error("no second node");
  return facts.kubernetes[1];
};
const kubelet = (facts: ReturnType<typeof good>) => {
  const found = facts.nodes.node2?.containers[0];
  if (!found) throw new Error("no kubelet");
  return found;
};

describe("a cluster after a rollback", () => {
  test("is verified when everything is as it must be", () => {
    expect(problemsWhen(() => {})).toEqual([]);
  });

  test.each<[string, (facts: ReturnType<typeof good>) => unknown]>([
    [
      "node2: container kubelet is missing",
      (facts) => {
        Object.assign(kubelet(facts), { running: false });
        delete kubelet(facts).startedAt;
      },
    ],
    ["node2: container kubelet is not running", (facts) => Object.assign(kubelet(facts), { running: false })],
    [
      "node2: container kubelet has not been restarted since the restore",
      (facts) => Object.assign(kubelet(facts), { startedAt: RESTART - 1 }),
    ],
    [
      "node2: etcd does not answer: No such container: etcd",
      (facts) => Object.assign(facts.nodes.node2 ?? {}, { etcd: { error: "No such container: etcd" } }),
    ],
    ["node2: etcd does not answer: no output from etcdctl", (facts) => delete facts.nodes.node2?.etcd],
    [
      "the Kubernetes API does not answer: refused",
      (facts) => Object.assign(facts, { kubernetes: { error: "refused" } }),
    ],
    [
      "node2: Kubernetes does not know this node",
      (facts) => Array.isArray(facts.kubernetes) && facts.kubernetes.splice(1, 1),
    ],
    ["node2: not Ready", (facts) => Object.assign(second(facts), { ready: false })],
    [
      "node2: Ready, but its kubelet has not reported since the restart",
      (facts) => Object.assign(second(facts), { renewedAt: RESTART - 1 }),
    ],
    ["node2: Ready, but its kubelet has not reported since the restart", (facts) => delete second(facts).renewedAt],
    [
      "node9: node is in Kubernetes but not in the cluster file",
      (facts) =>
        Array.isArray(facts.kubernetes) && facts.kubernetes.push({ name: "node9", internalIps: [], ready: true }),
    ],
    [
      "node2: container k8s_cattle-server_cattle-1_cattle-system_uid_0 has not been restarted since the restore",
      (facts) =>
        facts.nodes.node2?.containers.push({
          name: "k8s_cattle-server_cattle-1_cattle-system_uid_0",
          running: true,
          startedAt: RESTART - 1,
        }),
    ],
    [
      "the setting server-version is v2.6.0, not v2.5.8: that version has started last",
      (facts) => Object.assign(facts.rancher, { settings: ["v2.5.8", "v2.6.0"] }),
    ],
  ])("is not verified: %s", (problem, spoil) => {
    expect(problemsWhen(spoil)).toEqual([problem]);
  });

  test("may have containers that ran through the restore, where the restart step says so, and no others", () => {
    const [{ node2: mine, ...others }, at] = [EXPECTED.restarts, RESTART + 1000];
    const late = { lookedAt: RESTART, startedSince: at };
    const restarts = { ...others, node2: { ...mine, ...late } };
    expect(problemsWhen(() => {}, { ...EXPECTED, restarts })).toEqual([
      "node2: container kube-proxy has not been restarted since the restore",
    ]);
    const ranThrough = { ...restarts, node2: { ...late, ranThrough: ["kube-proxy"] } };
    expect(problemsWhen(() => {}, { ...EXPECTED, restarts: ranThrough })).toEqual([]);
  });

  test("is not verified when a node cannot be asked, nor its etcd", () => {
    const unreachable = {
      message: "node2 (10.0.0.2): cannot be reached over SSH: refused",
      remedy: "try it: ssh node2",
    };
    expect(problemsWhen((facts) => Object.assign(facts.nodes, { node2: { unreachable } }))).toEqual([
      unreachable.message,
      "etcd could be asked on 2 of 3 nodes only",
    ]);
  });

  test("is not verified when a node's etcd went on with the old data, though every node is Ready", () => {
    const [, , third] = ["10276657743932975437", "18249187646912138824", "9372538179322589801"];
    const alone = [{ id: third as string, name: "etcd-node3" }];
    const problems = problemsWhen((facts) =>
      Object.assign(facts.nodes.node3 ?? {}, {
        etcd: parseEtcdView(memberListJson(alone, "1"), endpointStatusJson(alone, third, "1")),
      }),
    );
    expect(problems).toContain("etcd is split: 2 cluster ids (14841639068965178418, 1)");
  });

  test.each([[{}], [{ node2: { lookedAt: Number.NaN, startedSince: Number.NaN } }]])(
    "is not verified when a node's restart is not known: %j",
    (restarts) => {
      const problems = problemsWhen(() => {}, { ...EXPECTED, restarts });
      expect(problems.filter((problem) => problem === "node2: was not restarted after the restore")).toHaveLength(1);
    },
  );

  test("has its containers compared by each node's own clock", () => {
    const later = { lookedAt: RESTART + 3_600_000, startedSince: RESTART + 3_600_000 };
    const shifted = { ...EXPECTED, restarts: { ...EXPECTED.restarts, node2: later } };
    expect(problemsWhen(() => {}, shifted)).toHaveLength(3);
    const hourAhead = problemsWhen((facts) => {
      for (const container of facts.nodes.node2?.containers ?? []) container.startedAt = RESTART + 3_600_000;
      second(facts).renewedAt = RESTART + 3_600_000;
    }, shifted);
    expect(hourAhead).toEqual([]);
  });

  test("may have containers that were left alone since before the restart looked, but no kubelet silent since then", () => {
    const left = { lookedAt: RESTART + 5000, startedSince: RESTART };
    const restarts = Object.fromEntries(NAMES.map((name) => [name, left]));
    expect(problemsWhen(() => {}, { ...EXPECTED, restarts })).toEqual([]);
    const silent = problemsWhen((facts) => Object.assign(second(facts), { renewedAt: RESTART + 4999 }), {
      ...EXPECTED,
      restarts,
    });
    expect(silent).toEqual(["node2: Ready, but its kubelet has not reported since the restart"]);
  });

  test("needs no etcd on nodes that have not the role", () => {
    const nodes = EXPECTED.nodes.map((node, at) => (at === 0 ? node : { ...node, roles: ["worker" as const] }));
    const [member] = [{ id: "10276657743932975437", name: "etcd-node1" }];
    const problems = problemsWhen(
      (facts) => {
        for (const name of ["node2", "node3"]) delete facts.nodes[name]?.etcd;
        Object.assign(facts.nodes.node1 ?? {}, {
          etcd: parseEtcdView(memberListJson([member]), endpointStatusJson([member])),
        });
      },
      { ...EXPECTED, nodes },
    );
    expect(problems).toEqual([]);
  });

  test("has all its problems reported at once", () => {
    const nothing: ClusterFacts = {
      nodes: Object.fromEntries(
        NAMES.map((name) => [name, { unreachable: { message: `${name}: off`, remedy: `switch ${name} on` } }]),
      ),
      kubernetes: { error: "refused" },
      rancher: {
        runs: { error: "refused" },
        answers: [{ trouble: { path: "/ping", kind: "no-answer", reason: "refused", isUntrusted: false } }],
        settings: { error: "refused" },
        lock: { error: "refused" },
      },
    };
    const { problems } = verdictOf(nothing, EXPECTED);
    expect(problems[1]).toEqual({ message: "node2: off", remedy: "switch node2 on" });
    expect(messages(problems)).toEqual([
      "node1: off",
      "node2: off",
      "node3: off",
      "etcd could be asked on 0 of 3 nodes only",
      "the Kubernetes API does not answer: refused",
      "Deployment cattle-system/cattle cannot be read: refused",
      "Rancher: https://rancher.example.com does not answer: refused",
    ]);
  });
});

test("Rancher's pods on a node that is gone would get requests that nobody answers", () => {
  const pod = { name: "cattle-2", node: "node9", image: "rancher/rancher:v2.5.8", startedAt: RESTART };
  expect(problemsWhen(({ rancher }) => "pods" in rancher.runs && rancher.runs.pods.push(pod))).toContain(
    "Deployment cattle-system/cattle still has pods on node9, which is gone",
  );
});

const NOT_READY = { message: "node2: not Ready", remedy: "on node2: docker logs --tail 50 kubelet" };

test("a Rancher that serves and does not lead yet is distinguished from everything that is wrong", () => {
  const facts = good();
  Object.assign(facts.rancher, { lock: [undefined, undefined] });
  expect(verdictOf(facts, EXPECTED)).toMatchObject({
    problems: [
      {
        message: expect.stringContaining(
          "Rancher v2.5.8 does not lead yet: the lock kube-system/cattle-controllers has no holder",
        ),
      },
    ],
    onlyLeadershipIsMissing: true,
  });
  Object.assign(second(facts), { ready: false });
  expect(verdictOf(facts, EXPECTED)).toMatchObject({ problems: [NOT_READY], onlyLeadershipIsMissing: false });
});

test("Rancher leads from a pod with its host's network, whatever Kubernetes calls the node", () => {
  const facts = good();
  const { lock, runs } = facts.rancher as { lock: { holder: string }[]; runs: { pods: object[] } };
  for (const look of lock) look.holder = "rancher-host-1";
  Object.assign(runs.pods[0] ?? {}, { host: "ip-node1.compute.internal" });
  expect(verdictOf(withHostNames(facts, EXPECTED.nodes), EXPECTED).onlyLeadershipIsMissing).toBe(true);
  Object.assign(facts.nodes.node2 as NodeFacts, { host: "rancher-host-2" });
  Object.assign(facts.nodes.node1 as NodeFacts, { host: "rancher-host-1" });
  expect(verdictOf(withHostNames(facts, EXPECTED.nodes), EXPECTED).problems).toEqual([]);
});

test("the host's name is no name of a pod with a network of its own", () => {
  const facts = good();
  Object.assign(facts.nodes.node1 as NodeFacts, { host: "rancher-host-1" });
  expect(withHostNames(facts, EXPECTED.nodes)).toEqual(facts);
});

test("each problem belongs to a part of the verification, and leadership is left out where another one is wrong", () => {
  const facts = good();
  const parts = () =>
    verdictOf(facts, EXPECTED).checks.map(({ check, problems, skipped }) => [check, problems, skipped]);
  expect(parts().map(([, problems]) => problems)).toEqual([[], [], [], [], []]);
  Object.assign(second(facts), { ready: false });
  expect(parts()).toEqual([
    ["containers", [], undefined],
    ["etcd-members", [], undefined],
    ["kubernetes-nodes", [NOT_READY], undefined],
    ["rancher-serves", [], undefined],
    ["rancher-leads", [], "others-failed"],
  ]);
});
