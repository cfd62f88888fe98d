import { afterEach, describe, expect, test, vi } from "vitest";
import { parseRestart, restart } from "../../steps/restart.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { type FakeDockerArgs, fakeDocker, restartedIn } from "../support/fakeDocker.ts";
import { tempFolder } from "../support/folder.ts";
import { failureOf, fakeSsh, stepTools } from "../support/steps.ts";

afterEach(() => void vi.unstubAllEnvs());

const COMPONENTS = ["kube-apiserver", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy"];

const CATTLE = { namespace: "cattle-system", deployment: "cattle", container: "cattle-server" };
const RANCHER = "k8s_cattle-server_cattle-7c9d8-abcde_cattle-system_uid_0";

function step(docker: FakeDockerArgs, { node = "node2", refusing = [] as string[] } = {}) {
  const folder = tempFolder();
  fakeSsh(folder, refusing);
  fakeDocker(folder, docker);
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
  const used = stepTools(clusterFileIn(folder));
  return { folder, said: used.said, run: () => restart({ node, rancher: CATTLE, timeoutSeconds: 60 }, used) };
}

describe("the restart of a node's components", { timeout: 60_000 }, () => {
  test("reports the node, its clock and what was restarted, and tells its progress with the node's name", async () => {
    const { folder, said, run } = step({
      containers: [...COMPONENTS, "k8s_calico-node_x rancher/calico-node", RANCHER],
    });
    expect(await run()).toEqual({
      node: "node2",
      clock: expect.stringMatching(/^\d{4}-.*Z$/),
      restarted: [...COMPONENTS, "k8s_calico-node_x"],
      stopped: [RANCHER],
    });
    expect(restartedIn(folder)).toEqual([...COMPONENTS, "k8s_calico-node_x"]);
    expect(said[0]).toBe(`node2: restarting ${COMPONENTS.join(" ")}`);
  });

  test("that lacks a component is a failure that names it, and restarts nothing", async () => {
    const { folder, run } = step({ containers: COMPONENTS.slice(1) });
    expect(await failureOf(run())).toMatchObject({
      kind: "unreachable",
      step: "The restart of the components on node2",
      node: "node2",
      happened: ["node2 (10.0.0.2): a command failed with exit code 3: container kube-apiserver is missing"],
      pointOfNoReturn: { state: "passed earlier" },
      remedies: ["look at the node: ssh -p 22 rancher@10.0.0.2"],
      rerun: "continues from this step",
    });
    expect(restartedIn(folder)).toEqual([]);
  });

  test("on a node that cannot be reached is a failure that names it", async () => {
    const { run } = step({ containers: COMPONENTS }, { refusing: ["10.0.0.2"] });
    expect((await failureOf(run())).happened).toEqual([
      "node2 (10.0.0.2): cannot be reached over SSH: connect to host 10.0.0.2: refused",
    ]);
  });

  test("on a node that the cluster file has no more is a failure that says so", async () => {
    const { run } = step({ containers: COMPONENTS }, { node: "node9" });
    expect((await failureOf(run())).happened).toEqual(["the cluster file has no node node9"]);
  });
});

test("what a restart printed is read without what it does not know", () => {
  expect(parseRestart("clock 2026-11-23T15:00:00Z\nnoise\nrestarted /kubelet 2026\nstopped /rancher\n")).toEqual({
    clock: "2026-11-23T15:00:00Z",
    restarted: ["kubelet"],
    stopped: ["rancher"],
  });
  expect(parseRestart("")).toEqual({ clock: "", restarted: [], stopped: [] });
});
