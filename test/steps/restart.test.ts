import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { restart } from "../../steps/restart.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { type FakeDockerArgs, fakeDocker, restartedIn, stoppedIn } from "../support/fakeDocker.ts";
import { linesOf } from "../support/fakeRke.ts";
import { program, tempFolder, textFile, until } from "../support/folder.ts";
import { apiServer } from "../support/kubernetes.ts";
import { CATTLE } from "../support/rancher.ts";
import type { Answers } from "../support/server.ts";
import { failureOf, fakeSsh, stepTools } from "../support/steps.ts";

const COMPONENTS = ["kube-apiserver", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy"];

const CALICO = "k8s_calico-node_x_kube-system_uid_0";
const RANCHER = "k8s_cattle-server_cattle-7c9d8-abcde_cattle-system_uid_0";
const ALL = [...COMPONENTS, CALICO, RANCHER];

/** The wipe, and etcd's start after it; containers of the fake have started at 14:00 unless it is said otherwise. */
const [WIPED, ETCD] = ["2026-11-23T13:58:00.000Z", "2026-11-23T13:59:00.5Z"];
const OLD = "2026-11-23T13:00:00Z";

interface Given {
  refusing?: string[];
  order?: "parallel" | "rolling";
  restarts?: "auto" | "always";
  wipedAt?: string | undefined;
  bumped?: boolean;
  api?: Answers;
  timeoutSeconds?: number;
}

/** The step on nodes of these numbers and containers. */
async function stepOn(dockers: Record<number, FakeDockerArgs>, given: Given = {}) {
  const folder = tempFolder();
  fakeSsh(folder, given.refusing);
  for (const [number, docker] of Object.entries(dockers)) {
    fakeDocker(join(folder, `10.0.0.${number}`), { ...docker, starts: { etcd: ETCD, ...docker.starts } });
  }
  const touched = (number: number) => {
    const own = join(folder, `10.0.0.${number}`);
    return { restarted: restartedIn(own).sort(), stopped: stoppedIn(own) };
  };
  return { touched, ...(await prepared(folder, Object.keys(dockers), given)) };
}

/** The step on nodes of these numbers, as the `ssh` in the folder answers for them. */
async function prepared(folder: string, numbers: (string | number)[], given: Given = {}) {
  const { order = "parallel", restarts = "auto", api = { "/readyz": "ok" }, timeoutSeconds = 60, bumped } = given;
  const wipedAt = "wipedAt" in given ? given.wipedAt : WIPED;
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
  const nodes = numbers.map(
    (number) =>
      `  - {address: 10.0.0.${number}, hostname_override: node${number}, user: rancher, role: [controlplane, etcd, worker]}\n`,
  );
  const { kubeconfig } = await apiServer(api);
  const used = stepTools(clusterFileIn(folder, `nodes:\n${nodes.join("")}`, kubeconfig));
  const input = {
    ...{ rancher: CATTLE, order, restarts, timeoutSeconds, silenceSeconds: 60 },
    ...(wipedAt !== undefined && { wipedAt }),
    ...(bumped && { bumped }),
  };
  return { said: used.said, run: () => restart(input, used) };
}

/** The step on node2 alone. */
async function step(docker: FakeDockerArgs, given: Given = {}) {
  const { said, touched, run } = await stepOn({ 2: docker }, given);
  const report = async () => {
    const { nodes } = await run();
    expect(nodes).toHaveLength(1);
    return nodes[0] as (typeof nodes)[number];
  };
  return { said, touched: () => touched(2), run: report };
}

describe("the restart of a node's components", () => {
  test("leaves alone what has started on the restored data, and does not ask for the API", async () => {
    const { said, touched, run } = await step({ containers: ["etcd", ...ALL] }, { api: {} });
    expect(await run()).toEqual({
      node: "node2",
      clock: expect.stringMatching(/^\d{4}-.*Z$/),
      since: "2026-11-23T13:59:00.500Z",
      restarted: [],
      stopped: [],
      kept: ALL,
    });
    expect(touched()).toEqual({ restarted: [], stopped: [] });
    expect(said).toEqual(["node2: 7 containers have started on the restored data and are left alone"]);
  });

  test("restarts what is older than the restored etcd, and stops an older Rancher", async () => {
    const starts = { kubelet: OLD, [CALICO]: OLD, [RANCHER]: OLD };
    const { said, touched, run } = await step({ containers: ["etcd", ...ALL], starts });
    expect(await run()).toMatchObject({
      since: "2026-11-23T13:59:00.500Z",
      restarted: ["kubelet", CALICO],
      stopped: [RANCHER],
      kept: COMPONENTS.filter((name) => name !== "kubelet"),
    });
    expect(touched()).toEqual({ restarted: [CALICO, "kubelet"], stopped: [RANCHER] });
    expect(said[0]).toBe("node2: restarting kubelet");
  });

  test("leaves alone what has read the restored data again, but starts what is stopped and stops an older Rancher", async () => {
    const starts = { kubelet: OLD, "kube-proxy": OLD, [CALICO]: OLD, [RANCHER]: OLD };
    const { said, touched, run } = await step(
      { containers: ["etcd", ...ALL], starts, exited: ["kube-scheduler"] },
      { bumped: true },
    );
    expect(await run()).toMatchObject({
      restarted: ["kube-scheduler"],
      stopped: [RANCHER],
      ranThrough: ["kubelet", "kube-proxy", CALICO],
    });
    expect(touched()).toEqual({ restarted: ["kube-scheduler"], stopped: [RANCHER] });
    expect(said.at(-1)).toContain("have started on the restored data or read it again and are left alone");
  });

  test("restarts everything where that is asked for, and then demands a start after its own", async () => {
    const { touched, run } = await step({ containers: ["etcd", ...ALL] }, { restarts: "always" });
    const { clock, since, ...report } = await run();
    expect(report).toEqual({ node: "node2", restarted: [...COMPONENTS, CALICO], stopped: [RANCHER], kept: [] });
    expect(since).toBe(clock);
    expect(touched()).toEqual({ restarted: [...COMPONENTS, CALICO].sort(), stopped: [RANCHER] });
  });

  test.each<[string, FakeDockerArgs, Given]>([
    ["when the wipe was", { containers: ["etcd", ...ALL] }, { wipedAt: undefined }],
    ["an etcd that started after the wipe", { containers: ["etcd", ...ALL], starts: { etcd: OLD } }, {}],
    ["an etcd", { containers: ALL }, {}],
  ])("restarts everything where it does not find %s", async (_, docker, given) => {
    const { said, run } = await step(docker, given);
    expect((await run()).restarted).toEqual([...COMPONENTS, CALICO]);
    expect(said[0]).toBe("node2: cannot tell when the restored data became active: restarting everything");
  });

  test("touches the network and Rancher only once the API is ready, and then only what still needs it", async () => {
    const starts = { [CALICO]: OLD, [RANCHER]: OLD };
    const { said, touched, run } = await step(
      { containers: ["etcd", ...ALL], starts },
      { api: { "/readyz": [500, '{"message":"etcd failed"}'] }, timeoutSeconds: 1 },
    );
    expect(await failureOf(run())).toMatchObject({
      kind: "kubernetes",
      node: "node2",
      happened: ["the Kubernetes API is not ready after 1 s: its /readyz does not say that it is ready"],
      progress: { of: "restart", done: [], components: ["node2"], left: [] },
    });
    expect(touched()).toEqual({ restarted: [], stopped: [] });
    expect(said).toContain("waiting for the Kubernetes API: its /readyz does not say that it is ready");
  });

  test("is no failure when kubelet replaces a network container meanwhile", async () => {
    const { touched, run } = await step({ containers: ["etcd", ...ALL], starts: { [CALICO]: OLD }, vanish: [CALICO] });
    expect((await run()).restarted).toEqual([]);
    expect(touched().restarted).toEqual([]);
  });

  test("that lacks a component is a failure that names it, and restarts nothing", async () => {
    const { touched, run } = await step({ containers: COMPONENTS.slice(1) }, { restarts: "always" });
    expect(await failureOf(run())).toMatchObject({
      kind: "check",
      step: "restart",
      node: "node2",
      happened: ["node2: container kube-apiserver is missing"],
      pointOfNoReturn: { state: "passed-earlier" },
      remedies: ["build the cluster with the cluster file: rke up"],
    });
    expect(touched().restarted).toEqual([]);
  });

  test("that Docker refuses is a failure", async () => {
    const { run } = await step({ containers: COMPONENTS, stuck: ["kubelet"] }, { restarts: "always" });
    expect((await failureOf(run())).happened).toEqual([
      expect.stringMatching(/^node2 \(10\.0\.0\.2\): a command failed with exit code 1: kubelet is stuck$/),
    ]);
  });

  test("on a node that cannot be reached is a failure that names it", async () => {
    const { run } = await step({ containers: COMPONENTS }, { refusing: ["10.0.0.2"] });
    expect((await failureOf(run())).happened).toEqual([
      "node2 (10.0.0.2): cannot be reached over SSH: connect to host 10.0.0.2: refused",
    ]);
  });
});

describe("the restart of several nodes", () => {
  const whole: FakeDockerArgs = { containers: ["etcd", ...ALL] };
  const olderRancher: FakeDockerArgs = { ...whole, starts: { [RANCHER]: OLD } };

  test("looks at each, restarts what is older there, and reports each", async () => {
    const { said, touched, run } = await stepOn({
      1: { ...whole, starts: { kubelet: OLD } },
      2: whole,
      3: olderRancher,
    });
    const { nodes } = await run();
    expect(nodes.map(({ node, restarted, stopped }) => ({ node, restarted, stopped }))).toEqual([
      { node: "node1", restarted: ["kubelet"], stopped: [] },
      { node: "node2", restarted: [], stopped: [] },
      { node: "node3", restarted: [], stopped: [RANCHER] },
    ]);
    expect([1, 2, 3].map(touched)).toEqual(nodes.map(({ restarted, stopped }) => ({ restarted, stopped })));
    for (const line of said) expect(line).toMatch(/^node[123]: /);
  });

  test("goes on with the others where one fails, and names it with what is done and what is not", async () => {
    const { touched, run } = await stepOn({ 1: olderRancher, 2: whole, 3: whole }, { refusing: ["10.0.0.2"] });
    expect(await failureOf(run())).toMatchObject({
      ...{ kind: "unreachable", step: "restart", node: "node2" },
      happened: ["node2 (10.0.0.2): cannot be reached over SSH: connect to host 10.0.0.2: refused"],
      progress: { of: "restart", done: ["node1", "node3"], components: [], left: ["node2"] },
      remedies: [expect.stringContaining("rancher@10.0.0.2")],
    });
    expect(touched(1).stopped).toEqual([RANCHER]);
  });

  test("names every node that fails, and of none that it is the one", async () => {
    const { run } = await stepOn(
      { 1: { containers: COMPONENTS.slice(1) }, 2: whole, 3: whole },
      { refusing: ["10.0.0.3"] },
    );
    const failure = await failureOf(run());
    expect(failure).not.toHaveProperty("node");
    expect(failure).toMatchObject({
      kind: "check",
      happened: ["node1: container kube-apiserver is missing", expect.stringMatching(/^node3 /)],
      progress: { of: "restart", done: ["node2"], components: [], left: ["node1", "node3"] },
      remedies: ["build the cluster with the cluster file: rke up", expect.stringContaining("rancher@10.0.0.3")],
    });
  });

  test("leaves alone what was restarted before a failure, when it runs again", async () => {
    const missing = { containers: COMPONENTS.slice(1) };
    const { touched, run } = await stepOn({ 1: { ...whole, starts: { kubelet: OLD } }, 2: missing });
    await failureOf(run());
    await failureOf(run());
    expect(touched(1).restarted).toEqual(["kubelet"]);
  });

  test("says once that the API is not ready, for all the nodes that wait for it", async () => {
    const { said, touched, run } = await stepOn(
      { 1: olderRancher, 2: { ...whole, starts: { kubelet: OLD } }, 3: olderRancher },
      { api: { "/readyz": [500, '{"message":"etcd failed"}'] }, timeoutSeconds: 1 },
    );
    expect(await failureOf(run())).toMatchObject({
      kind: "kubernetes",
      happened: ["the Kubernetes API is not ready after 1 s: its /readyz does not say that it is ready"],
      progress: { of: "restart", done: ["node2"], components: ["node1", "node3"], left: [] },
    });
    expect(said.filter((line) => line.startsWith("waiting for the Kubernetes API"))).toHaveLength(1);
    expect([1, 2, 3].map((number) => touched(number).restarted)).toEqual([[], ["kubelet"], []]);
  });

  test("is one after the other where the settings ask for that, and ends with the first that fails", async () => {
    const always = { order: "rolling", restarts: "always" } as const;
    const { said, run } = await stepOn({ 1: whole, 2: whole, 3: whole }, always);
    expect((await run()).nodes.map(({ node }) => node)).toEqual(["node1", "node2", "node3"]);
    const of = said.map((line) => line.slice(0, 5));
    expect(of).toEqual(of.toSorted());

    const failing = await stepOn({ 1: whole, 2: { ...whole, stuck: ["kubelet"] }, 3: whole }, always);
    expect(await failureOf(failing.run())).toMatchObject({
      node: "node2",
      progress: { of: "restart", done: ["node1"], components: [], left: ["node2", "node3"] },
    });
    expect(failing.touched(3)).toEqual({ restarted: [], stopped: [] });
  });

  test("asks only some of very many at once", async () => {
    const folder = tempFolder();
    const lines = ["etcd", ...COMPONENTS].map((name) => `container /${name} true 2026-11-23T14:00:00Z`);
    // Each writes how many there are while it runs, itself among them.
    program(
      join(folder, "ssh"),
      `cat >/dev/null; mkdir -p "\${0%/*}/running"; cd "\${0%/*}"
: >running/$$; ls running | wc -l >>counts; until [ -e go ]; do sleep 0.1; done; rm running/$$
date -u +'clock %Y-%m-%dT%H:%M:%SZ'; printf '%s\n' '${lines.join("' '")}' rancher-below`,
    );
    const numbers = Array.from({ length: 200 }, (_, at) => at + 1);
    const { run } = await prepared(folder, numbers);
    const running = run();
    await until(() => linesOf(join(folder, "counts")).length >= 16 * availableParallelism());
    textFile(join(folder, "go"), "");
    expect((await running).nodes.map(({ node }) => node)).toEqual(numbers.map((number) => `node${number}`));
    const counts = linesOf(join(folder, "counts")).map(Number);
    expect(counts).toHaveLength(200);
    expect(Math.max(...counts)).toBeLessThanOrEqual(16 * availableParallelism());
  });
});
