import { afterEach, describe, expect, test, vi } from "vitest";
import { restart } from "../../steps/restart.ts";
import { selfSigned } from "../support/certificate.ts";
import { clusterFileIn, THREE_NODES } from "../support/clusterFile.ts";
import { type FakeDockerArgs, fakeDocker, restartedIn, stoppedIn } from "../support/fakeDocker.ts";
import { tempFolder } from "../support/folder.ts";
import { kubeconfigFor } from "../support/kubernetes.ts";
import { type Answers, serve } from "../support/server.ts";
import { failureOf, fakeSsh, stepTools } from "../support/steps.ts";

afterEach(() => void vi.unstubAllEnvs());

const COMPONENTS = ["kube-apiserver", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy"];

const CATTLE = { namespace: "cattle-system", deployment: "cattle", container: "cattle-server" };
const CALICO = "k8s_calico-node_x_kube-system_uid_0";
const RANCHER = "k8s_cattle-server_cattle-7c9d8-abcde_cattle-system_uid_0";
const ALL = [...COMPONENTS, CALICO, RANCHER];

/** The wipe, and etcd's start after it; containers of the fake have started at 14:00 unless it is said otherwise. */
const [WIPED, ETCD] = ["2026-11-23T13:58:00.000Z", "2026-11-23T13:59:00.5Z"];
const OLD = "2026-11-23T13:00:00Z";

const tls = selfSigned();

interface Given {
  node?: string;
  refusing?: string[];
  restarts?: "auto" | "always";
  wipedAt?: string | undefined;
  bumped?: boolean;
  api?: Answers;
  timeoutSeconds?: number;
}

async function step(docker: FakeDockerArgs, given: Given = {}) {
  const {
    node = "node2",
    refusing = [],
    restarts = "auto",
    api = { "/readyz": "ok" },
    timeoutSeconds = 60,
    bumped,
  } = given;
  const wipedAt = "wipedAt" in given ? given.wipedAt : WIPED;
  const folder = tempFolder();
  fakeSsh(folder, refusing);
  fakeDocker(folder, { ...docker, starts: { etcd: ETCD, ...docker.starts } });
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
  const used = stepTools(clusterFileIn(folder, THREE_NODES, kubeconfigFor(await serve(api, tls), tls.caFile)));
  const input = {
    node,
    rancher: CATTLE,
    restarts,
    timeoutSeconds,
    ...(wipedAt !== undefined && { wipedAt }),
    ...(bumped && { bumped }),
  };
  const touched = () => ({ restarted: restartedIn(folder).sort(), stopped: stoppedIn(folder) });
  return { said: used.said, touched, run: () => restart(input, used) };
}

describe("the restart of a node's components", { timeout: 60_000 }, () => {
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
      step: "The restart of the components on node2",
      node: "node2",
      happened: ["node2: container kube-apiserver is missing"],
      pointOfNoReturn: { state: "passed earlier" },
      remedies: ["build the cluster with the cluster file: rke up"],
      rerun: "continues from this step",
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

  test("on a node that the cluster file has no more is a failure that says so", async () => {
    const { run } = await step({ containers: COMPONENTS }, { node: "node9" });
    expect((await failureOf(run())).happened).toEqual(["the cluster file has no node node9"]);
  });
});
