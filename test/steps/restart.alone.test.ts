import { describe, expect, test } from "vitest";
import { restart } from "../../steps/restart.ts";
import { hold, refused } from "../support/aloneInFolder.ts";
import { type FakeDockerArgs, fakeDocker, restartedIn } from "../support/fakeDocker.ts";
import { CATTLE } from "../support/rancher.ts";
import { HOSTS, restoreStep, WHOLE } from "../support/restoreStep.ts";
import { failureOf } from "../support/steps.ts";

const COMPONENTS = ["kube-apiserver", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy"];
const ASKED = { rancher: CATTLE, order: "parallel", restarts: "auto", timeoutSeconds: 60, silenceSeconds: 60 } as const;
const OLD_KUBELET = { starts: { kubelet: "2026-11-23T13:00:00Z", etcd: "2026-11-23T13:59:00Z" } };

/** Restored nodes whose kubelet is older than their data by default, and a restore of the same cluster. */
function restored(docker: Partial<FakeDockerArgs> = OLD_KUBELET) {
  const made = restoreStep(WHOLE);
  for (const { bin } of made.nodes) fakeDocker(bin, { containers: ["etcd", ...COMPONENTS], ...docker });
  return {
    ...made,
    restart: () => restart({ ...ASKED, wipedAt: "2026-11-23T13:58:00.000Z" }, made.tools),
    restarted: () => made.nodes.map(({ bin }) => restartedIn(bin)),
  };
}

/** An engine that is killed alone leaves its step at work: after `pulumi cancel`, the next run starts another beside it. */
describe("the restart of the components in a cluster folder", () => {
  test("is refused and restarts nothing while another one is at work", async () => {
    const { nodes, restart, restarted } = restored();
    const { held, letGo } = hold(nodes, "restart*");
    const first = restart();
    await held();
    const failure = await failureOf(restart());
    const after = restarted();
    letGo();
    expect(failure).toMatchObject({
      ...refused("\\(restart of the components\\)$"),
      step: "restart",
      pointOfNoReturn: { state: "passed-earlier" },
    });
    expect(failure).not.toHaveProperty("node");
    expect(after).toEqual(HOSTS.map(() => []));
    expect((await first).nodes.map((one) => one.restarted)).toEqual(HOSTS.map(() => ["kubelet"]));
  });

  test("keeps a restore out, whose nodes it would start again, until it has ended", async () => {
    const { nodes, restart, run, ran } = restored();
    const { held, letGo } = hold(nodes, "restart*");
    const first = restart();
    await held();
    const failure = await failureOf(run());
    letGo();
    expect(failure).toMatchObject(refused("\\(restart of the components\\)$"));
    expect(ran()).toBe(false);
    await first;
    expect((await restart()).nodes).toHaveLength(3);
  });

  test("is refused and starts nothing while a restore is at work", async () => {
    const { nodes, tools, run } = restoreStep(WHOLE);
    const { held, letGo } = hold(nodes, "stop*' kubelet'");
    const first = run();
    await held();
    const failure = await failureOf(restart(ASKED, tools));
    const commands = nodes.flatMap(({ argv }) => argv).filter((line) => line.startsWith("docker restart"));
    letGo();
    expect(failure).toMatchObject(refused("\\(etcd restore of snapshot base\\)$"));
    expect(commands).toEqual([]);
    expect(await first).toMatchObject({ way: "rke", adopted: false });
  });

  test("that fails leaves the folder to the next one", async () => {
    const { restart } = restored({ ...OLD_KUBELET, stuck: ["kubelet"] });
    const failures = [await failureOf(restart()), await failureOf(restart())];
    expect(failures.map(({ kind }) => kind)).toEqual(["unreachable", "unreachable"]);
  });
});
