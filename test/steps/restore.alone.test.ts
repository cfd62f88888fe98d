import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hold, refused } from "../support/aloneInFolder.ts";
import { dataOf, exchangesOn, runningOn } from "../support/etcdDocker.ts";
import { textFile, until } from "../support/folder.ts";
import { inPlaceStep } from "../support/inPlaceStep.ts";
import { killed } from "../support/killedInPlace.ts";
import { HOSTS, isQuiet, restoreStep, WHOLE } from "../support/restoreStep.ts";
import { rememberedBy } from "../support/restores.ts";
import type { SnapshotNode } from "../support/snapshotNode.ts";
import { failureOf } from "../support/steps.ts";

const stateOf = (nodes: SnapshotNode[]) =>
  nodes.map((node) => [dataOf(node), exchangesOn(node), runningOn(node), rememberedBy(node)]);

/** An engine that is killed alone leaves its step at work: after `pulumi cancel`, the next run starts another beside it. */
describe("a restore while another one of this cluster folder is at work", () => {
  test.each([
    ["restores beside the data", "run*'snapshot restore /'*"],
    ["stops etcd", "stop*' etcd'"],
    ["starts etcd with the new data", "start?etcd"],
  ])("is refused and changes nothing while that one %s", async (_, pattern) => {
    const { nodes, run, again } = await inPlaceStep();
    const { held, letGo } = hold(nodes, pattern);
    const first = run();
    await held();
    const before = stateOf(nodes);
    const { pointOfNoReturn: __, ...failure } = await failureOf(again({}));
    const after = stateOf(nodes);
    letGo();
    expect(failure).toMatchObject(refused("\\(etcd restore of snapshot base\\)$"));
    expect(after).toEqual(before);
    expect(await first).toMatchObject({ way: "in-place", adopted: false });
    expect(await again({})).toMatchObject({ adopted: true });
  });

  test("is refused and changes nothing while that one finishes what a killed run has begun", async () => {
    const { nodes, run, again } = await killed(["exchanged", "prepared", "prepared"]);
    const { held, letGo } = hold(nodes, "start?etcd");
    const first = run();
    await held();
    const before = stateOf(nodes);
    const { kind } = await failureOf(again({ run: 2 }));
    const after = stateOf(nodes);
    letGo();
    expect([kind, after]).toEqual(["busy", before]);
    expect(await first).toMatchObject({ way: "in-place", adopted: true });
  });

  test("is refused between the stop of the kubelets and RKE, and RKE runs once", async () => {
    const { nodes, tools, ran, run, again } = restoreStep(WHOLE);
    const { held, letGo } = hold(nodes, "stop*' kubelet'");
    const first = run();
    await held();
    const failure = await failureOf(again({}));
    const after = [ran(), ...nodes.map(isQuiet)];
    letGo();
    expect(failure).toMatchObject(refused("\\(etcd restore of snapshot base\\)$"));
    expect(after).toEqual([false, ...HOSTS.map(() => false)]);
    expect(await first).toMatchObject({ way: "rke", adopted: false });
    expect(tools.wipes).toHaveLength(1);
  });

  test("is refused while that one's RKE runs, which is named with its log", async () => {
    const { folder, ran, run, again } = restoreStep("wiping; while [ ! -e go ]; do sleep 0.1; done; restored");
    const first = run();
    await until(ran);
    const failure = await failureOf(again({}));
    textFile(join(folder, "go"), "");
    expect(failure).toMatchObject(refused("\\(rke etcd snapshot-restore .*\\); its log: .*snapshot-restore\\.log$"));
    expect(await first).toMatchObject({ way: "rke", adopted: false });
    expect(await again({ run: 2 })).toMatchObject({ way: "rke", adopted: false });
  });
});
