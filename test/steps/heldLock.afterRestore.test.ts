import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { besideClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import { holderName } from "../../cluster/operator.ts";
import type { StepInput } from "../../steps/contract.ts";
import { restart } from "../../steps/restart.ts";
import { rkeUp } from "../../steps/rkeUp.ts";
import { waitForApi } from "../../steps/waitForApi.ts";
import { fakeDocker, restartedIn } from "../support/fakeDocker.ts";
import { textFile } from "../support/folder.ts";
import { apiServer, takesImage } from "../support/kubernetes.ts";
import { CATTLE } from "../support/rancher.ts";
import { lockOf, restoreStep } from "../support/restoreStep.ts";
import { remember, restoreRecord } from "../support/restores.ts";
import { reach } from "../support/snapshotNode.ts";
import { failureOf } from "../support/steps.ts";
import { cluster, HOSTS, holders, ID, LAPTOP, lockedElsewhere, lockFileOf } from "./lockedCluster.ts";

const STEPS = ["rke-up", "restart", "wait-for-api", "rke-up-last"] as const;

describe("the lock, before a step after the restore changes anything", () => {
  test.each(STEPS)("is asked for by %s, which fails where another machine has taken it since", async (step) => {
    const { nodes, mine } = lockedElsewhere();
    expect(await failureOf(mine.checkAfter(step, HOSTS))).toMatchObject({
      kind: "locked",
      step,
      happened: HOSTS.map((name) => `${name}: ${LAPTOP} has taken over the lock of this rollback while it ran`),
      pointOfNoReturn: { state: "passed-earlier" },
      remedies: ["find out who runs it there, and let one machine alone go on with it"],
    });
    expect(holders(nodes)).toEqual([LAPTOP, LAPTOP, LAPTOP]);
  });

  test.each(STEPS)("is taken over by %s of a run that goes on with what another machine began", async (step) => {
    const { nodes, mine } = lockedElsewhere();
    await mine.checkAfter(step);
    expect(holders(nodes)).toEqual(HOSTS.map(holderName));
    expect(mine.notices).toEqual([
      {
        message: `node1, node2, node3: the lock is taken over from a run of this rollback on another machine, ${LAPTOP}; should that be alive, it fails before its next step`,
        remedy: "see on that machine that nothing is at work there any more: pgrep -fa 'rke|rancher-rollback'",
      },
    ]);
    await mine.checkAfter(step, HOSTS);
  });

  test("is left to the other machine while a restore that began there may be alive", async () => {
    const { nodes, mine } = lockedElsewhere();
    remember(nodes, restoreRecord({ holder: LAPTOP }));
    expect(await failureOf(mine.checkAfter("restart"))).toMatchObject({
      kind: "locked",
      step: "restart",
      remedies: [{ command: `unlock --of ${ID}` }],
    });
    expect(holders(nodes)).toEqual([LAPTOP, LAPTOP, LAPTOP]);
  });

  test.each(STEPS)("is missed by %s of a run that had it: somebody has released it", async (step) => {
    const { rollback } = cluster();
    expect(await failureOf(rollback(ID).checkAfter(step, HOSTS))).toMatchObject({
      kind: "locked",
      step,
      happened: HOSTS.map((name) => `${name}: the lock of this rollback was released while it ran`),
    });
  });

  test.each([
    ["rke-up", true],
    ["restart", true],
    ["wait-for-api", false],
    ["rke-up-last", false],
  ] as const)("that nobody holds is taken by %s where its release must follow: %s", async (step, isTaken) => {
    const { nodes, rollback } = cluster();
    await rollback(ID).checkAfter(step);
    expect(holders(nodes)).toEqual(HOSTS.map(() => (isTaken ? holderName() : "")));
  });

  test.each(STEPS)(
    "is respected by %s where another rollback holds it, and nothing stays locked beside that",
    async (step) => {
      const { nodes, rollback } = cluster();
      await rollback("bbbbbbbb", { hosts: ["node2"] }, "other").lock();
      expect(await failureOf(rollback(ID).checkAfter(step))).toMatchObject({
        kind: "locked",
        happened: [expect.stringMatching(/^node2: the lock is held by .*, stack other, .*\(lock bbbbbbbb\)$/)],
        remedies: [
          {
            text: "wait until that rollback has ended; or, only if it is certainly dead, release its lock",
            command: "unlock --of bbbbbbbb",
          },
        ],
      });
      expect(holders(nodes)).toEqual(["", holderName(), ""]);
    },
  );

  test("that cannot be read is somebody's, and only a hand on that host can take it away", async () => {
    const { nodes, mine } = lockedElsewhere(holderName());
    textFile(lockFileOf(nodes[1]), "mine, hands off");
    for (const step of STEPS) {
      expect(await failureOf(mine.checkAfter(step, HOSTS))).toMatchObject({
        kind: "locked",
        happened: [expect.stringContaining("node2: the lock is held by someone")],
        remedies: [
          "wait until that rollback has ended; or, only if it is certainly dead, on node2: rm /opt/rke/rancher-rollback/lock",
        ],
      });
    }
  });

  test("stops nothing because of a host that cannot be asked, and says so", async () => {
    const { addresses, mine } = lockedElsewhere(holderName());
    const { "10.0.0.3": _, ...others } = addresses;
    reach(others);
    for (const step of STEPS) {
      for (const taken of [HOSTS, []]) await mine.checkAfter(step, taken);
    }
    const unknown = mine.said.filter((line) => line.endsWith("; whether it is still locked is not known"));
    expect(unknown).toHaveLength(2 * STEPS.length);
    for (const line of unknown) expect(line).toMatch(/^node3 \(10\.0\.0\.3\): cannot be reached/);
    expect(mine.warned).toEqual([]);
  });

  test("of another machine is seen on the hosts that answer", async () => {
    const { addresses, mine } = lockedElsewhere();
    const { "10.0.0.1": _, "10.0.0.2": __, ...others } = addresses;
    reach(others);
    expect((await failureOf(mine.checkAfter("restart", HOSTS))).happened).toEqual([
      `node3: ${LAPTOP} has taken over the lock of this rollback while it ran`,
    ]);
  });
});

describe("a step of a rollback that another machine has taken over", () => {
  const lock = { id: ID, hosts: HOSTS, taken: HOSTS, snapshot: "base" };
  const elsewhere = JSON.stringify({ id: ID, holder: LAPTOP, machine: "0123456789abcdef" });
  const locked = {
    kind: "locked",
    happened: [`node2: ${LAPTOP} has taken over the lock of this rollback while it ran`],
  };

  /** A restored cluster, one host of which another machine has locked. */
  function taken() {
    const made = restoreStep("built");
    textFile(lockOf(made.nodes[1]), elsewhere);
    return made;
  }

  test("runs no RKE, first or last, and asks nothing where it is not its turn", async () => {
    const { rke, tools, ran } = taken();
    const up = (over: Partial<StepInput<"rke-up">> = {}) => rkeUp({ rke, silenceSeconds: 60, lock, ...over }, tools);
    const verify = {
      rancher: { ...CATTLE, image: "i:v1", version: "v1", url: "https://x" },
      restarts: {},
      timeoutSeconds: 1,
    };
    expect(await failureOf(up())).toMatchObject({ ...locked, step: "rke-up" });
    expect(await failureOf(up({ verify }))).toMatchObject({ ...locked, step: "rke-up-last" });
    expect(await up({ skip: "has-run" })).toEqual({ skipped: "has-run" });
    expect(ran()).toBe(false);
  });

  test("restarts nothing", async () => {
    const { nodes, tools } = taken();
    for (const { bin } of nodes) fakeDocker(bin, { containers: ["etcd", "kubelet"] });
    const asked = {
      rancher: CATTLE,
      order: "parallel",
      restarts: "always",
      timeoutSeconds: 60,
      silenceSeconds: 60,
    } as const;
    expect(await failureOf(restart({ ...asked, lock }, tools))).toMatchObject({ ...locked, step: "restart" });
    expect(nodes.map(({ bin }) => restartedIn(bin))).toEqual([[], [], []]);
  });

  test("sets no image, and does not even ask the API", async () => {
    const { tools, clusterFile } = taken();
    const api = { asked: 0, image: "rancher/rancher:v2.5.9" };
    const { kubeconfig } = await apiServer({
      ...takesImage(api),
      "/readyz": () => {
        api.asked++;
        return "ok";
      },
    });
    rmSync(besideClusterFile(clusterFile).kubeconfig, { force: true });
    textFile(besideClusterFile(clusterFile).kubeconfig, kubeconfig);
    const asked = { ...CATTLE, image: "rancher/rancher:v2.5.8", timeoutSeconds: 60, silenceSeconds: 60 };
    expect(await failureOf(waitForApi({ ...asked, lock }, tools))).toMatchObject({ ...locked, step: "wait-for-api" });
    expect(api).toEqual({ asked: 0, image: "rancher/rancher:v2.5.9" });
  });

  test("sets no image where it is taken over while it waits for the API", async () => {
    const { tools, clusterFile, nodes } = restoreStep("built");
    const mine = JSON.stringify({ id: ID, holder: holderName(), stack: "prod", snapshot: "base" });
    for (const node of nodes) textFile(lockOf(node), mine);
    const api = { image: "rancher/rancher:v2.5.9" };
    const { kubeconfig } = await apiServer({
      ...takesImage(api),
      "/readyz": () => {
        textFile(lockOf(nodes[1]), elsewhere);
        return "ok";
      },
    });
    rmSync(besideClusterFile(clusterFile).kubeconfig, { force: true });
    textFile(besideClusterFile(clusterFile).kubeconfig, kubeconfig);
    const asked = { ...CATTLE, image: "rancher/rancher:v2.5.8", timeoutSeconds: 60, silenceSeconds: 60 };
    expect(await failureOf(waitForApi({ ...asked, lock }, tools))).toMatchObject({ ...locked, step: "wait-for-api" });
    expect(api.image).toBe("rancher/rancher:v2.5.9");
  });

  test("asks no host where its rollback has locked none, or where an earlier release has left no lock in its input", async () => {
    const { rke, nodes, tools } = taken();
    for (const asked of [{ lock: { ...lock, hosts: [], taken: [] } }, {}]) {
      expect(await rkeUp({ rke, silenceSeconds: 60, ...asked }, tools)).toMatchObject({ rke: "v1.8.0" });
    }
    expect(nodes.flatMap(({ argv }) => argv)).toEqual([]);
  });
});
