import { describe, expect, test } from "vitest";
import { restoreStep, WHOLE } from "../support/restoreStep.ts";
import { reach, SnapshotNode } from "../support/snapshotNode.ts";
import { failureOf } from "../support/steps.ts";

const GONE = { name: "10.0.0.9", address: "10.0.0.9", port: 22, user: "rancher", by: "node3" };

/** A restore in which node3 takes the place of a node on which this runs. */
function replacing(running: string, { isCertain = true, isUp = true, called = "dead" } = {}) {
  const made = restoreStep(WHOLE, { newNodes: ["node3"], replaced: ["10.0.0.9"], givenUp: [{ ...GONE, isCertain }] });
  const gone = new SnapshotNode();
  gone.program("docker", `case $1 in ps) printf 'serves %s\\n' ${running} ;; *) exit 1 ;; esac`);
  gone.program("uname", `echo ${called}`);
  made.nodes[2]?.program("uname", "echo node3");
  const hosts = made.nodes.map((node, at) => [`10.0.0.${at + 1}`, node] as const);
  reach(Object.fromEntries([...hosts, ...(isUp ? [["10.0.0.9", gone] as const] : [])]));
  return { ...made, gone };
}

describe("a node that is given up", { timeout: 120_000 }, () => {
  test("ends the restore before anything is stopped where its control plane is up, with the way to stop it", async () => {
    const { ran, run } = replacing("kubelet kube-apiserver");
    expect(await failureOf(run())).toMatchObject({
      kind: "check",
      happened: [expect.stringMatching(/^10\.0\.0\.9, which is replaced as unresponsive, answers, and kubelet, kube-/)],
      remedies: [expect.stringContaining("docker stop")],
      pointOfNoReturn: { state: "not-reached" },
    });
    expect(ran()).toBe(false);
  });

  test.each([
    ["it does not answer", "kubelet", { isUp: false }],
    ["nothing of Kubernetes runs on it", "nginx", {}],
    ["nobody knows that its address is still this cluster's", "kubelet", { isCertain: false }],
    ["its address leads to the machine that takes its place", "kubelet", { called: "node3" }],
  ])("does not hold the restore up where %s", async (_, running, over) => {
    const { ran, run } = replacing(running, over);
    await run();
    expect(ran()).toBe(true);
  });

  test("is warned of where its Docker does not answer, whose containers may run on, and does not hold the restore up", async () => {
    const { ran, run, gone, tools } = replacing("kubelet");
    gone.program("docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1");
    await run();
    expect(ran()).toBe(true);
    expect(tools.warned).toContainEqual(
      expect.stringMatching(
        /^10\.0\.0\.9.*it is not known whether .*Docker does not answer: Cannot connect to the Docker/,
      ),
    );
  });

  test("is warned of where it answers and does not let the script end, and does not hold the restore up", async () => {
    const { ran, run, gone, tools } = replacing("kubelet");
    gone.program("id", "kill -9 $PPID");
    await run();
    expect(ran()).toBe(true);
    expect(tools.warned).toContainEqual(
      expect.stringMatching(/^10\.0\.0\.9.*, which is replaced as unresponsive, answers, and it is not known/),
    );
  });
});
