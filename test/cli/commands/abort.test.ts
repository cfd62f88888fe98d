import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { StackState } from "../../../cli/stackState.ts";
import { holderName } from "../../../cluster/operator.ts";
import { restoreBegins } from "../../../cluster/rke/unfinishedWipe.ts";
import { textFile } from "../../support/folder.ts";
import { restoreRecord } from "../../support/restores.ts";
import { restored, stateOf } from "../../support/roll.ts";
import { someNode, someReplacement, someSettings } from "../../support/settings.ts";
import {
  ADDRESSES,
  began,
  clusterFile,
  containerOf,
  folder,
  gaveUp,
  hostsForEachTest,
  killedInPlace,
  locked,
  lockOf,
  MINE,
  SINCE,
  STOPPED,
} from "./abortedHosts.ts";

hostsForEachTest();

const kubeletOf = (address: string) => containerOf(address, "kubelet");

describe("a rollback that is given up", () => {
  test("releases its lock on every etcd host and says so of each", async () => {
    locked(MINE);
    const { aborted, text } = await gaveUp();
    expect(aborted.hosts).toEqual(["node1", "node2", "node3"].map((node) => ({ node, released: true })));
    expect(ADDRESSES.map(lockOf).some((file) => existsSync(file))).toBe(false);
    expect(text).toBe("node1: released\nnode2: released\nnode3: released");
  });

  test("leaves another stack's lock where it is, and names its holder", async () => {
    locked("ffffffff");
    const { aborted, text } = await gaveUp();
    expect(aborted.hosts.map(({ released, lock }) => [released, lock?.id])).toEqual(
      ADDRESSES.map(() => [undefined, "ffffffff"]),
    );
    expect(ADDRESSES.map(lockOf).every((file) => existsSync(file))).toBe(true);
    expect(text).toContain("node1: locked by ann@laptop");
    expect(text).not.toContain("to release what is left");
  });

  test("tells the whole remedy where the hosts' keys are not known", async () => {
    textFile(join(folder, "unknown"), "");
    const { text } = await gaveUp();
    expect(text).toContain("pulumi config set allowUnknownHostKeys true --stack prod");
    expect(text).not.toContain("[object");
  });

  test("may be given up twice", async () => {
    locked(MINE);
    await gaveUp();
    expect((await gaveUp()).text).toBe("node1: not locked\nnode2: not locked\nnode3: not locked");
  });

  test("releases the other hosts where one cannot be reached, and says how to release that one", async () => {
    locked(MINE, ADDRESSES.slice(0, 2));
    const { aborted, text } = await gaveUp();
    expect(aborted.hosts.map(({ released }) => released)).toEqual([true, true, undefined]);
    expect(aborted.hosts[2]?.problem?.message).toContain("node3");
    expect(text).toContain("rm /opt/rke/rancher-rollback/lock");
  });

  test("asks the hosts that it has locked, also where the settings have replaced them since, and names those it cannot ask", async () => {
    locked(MINE);
    const lock = { id: MINE, hosts: ["node1", "node2", "node3", "node9"] };
    const { aborted, text } = await gaveUp(stateOf({ ...began, lock }), {
      replacements: [someReplacement(someNode(3))],
    });
    expect(aborted.hosts).toEqual([
      ...["node1", "node2", "node3"].map((node) => ({ node, released: true })),
      {
        node: "node9",
        problem: {
          message: expect.stringContaining("node9: it was locked, and is not in the cluster file any more"),
          remedy: "on node9: rm /opt/rke/rancher-rollback/lock",
        },
      },
    ]);
    expect(text).toContain("rm /opt/rke/rancher-rollback/lock");
  });

  test("asks the machines that replace them where every etcd host is replaced: the restore has locked those", async () => {
    locked(MINE);
    const { aborted } = await gaveUp(stateOf({ ...began, lock: { id: MINE, hosts: [] } }), {
      replacements: someSettings().cluster.nodes.map((node) => someReplacement(node, `old-${node.name}`)),
    });
    expect(aborted.hosts.map(({ released }) => released)).toEqual([true, true, true]);
  });

  test("that has locked nothing asks no host", async () => {
    const { aborted, text } = await gaveUp(new StackState(undefined));
    expect(aborted).toEqual({ command: "abort", stack: "prod", hosts: [] });
    expect(text).toContain("rancher-rollback unlock --stack prod");
  });

  test("puts RKE's state file back where its restore was killed before it wiped anything", async () => {
    locked(MINE);
    const stateFile = textFile(join(folder, "rancher-cluster.rkestate"), "before");
    const log = textFile(join(folder, ".rancher-rollback/logs/restore.log"), "");
    restoreBegins(clusterFile, { since: SINCE, log, hosts: [] });
    textFile(stateFile, "as RKE has rewritten it");
    textFile(log, `time="${SINCE}" level=info msg="Restoring etcd snapshot base"\n`);
    const { aborted, said } = await gaveUp();
    expect(aborted.hosts.every(({ released }) => released)).toBe(true);
    expect(readFileSync(stateFile, "utf8")).toBe("before");
    expect(said.join("\n")).toContain("RKE's state file is put back");
  });

  test("starts kubelet again where its restore had stopped it and was killed, while it still holds the lock", async () => {
    locked(MINE);
    textFile(kubeletOf("198.18.0.11"), "false\n");
    textFile(kubeletOf("198.18.0.12"), "true\n");
    const { aborted, said } = await gaveUp();
    expect(aborted).not.toHaveProperty("stopped");
    expect(readFileSync(kubeletOf("198.18.0.11"), "utf8")).toBe("true\n");
    expect(said).toEqual(["node1: starting kubelet"]);
  });

  test("starts kubelet also where an earlier abort has released the lock and could not reach that node", async () => {
    locked(MINE, ADDRESSES.slice(0, 2));
    const first = await gaveUp();
    expect(first.aborted.stopped?.map(({ message }) => message)).toEqual([expect.stringContaining("node3")]);
    expect(first.text).toContain("to start it by hand, on the node, ");
    textFile(kubeletOf("198.18.0.13"), "false\n");
    expect((await gaveUp()).aborted).not.toHaveProperty("stopped");
    expect(readFileSync(kubeletOf("198.18.0.13"), "utf8")).toBe("true\n");
  });

  test("starts no kubelet while another rollback holds the cluster, which may have stopped it", async () => {
    locked("ffffffff", ADDRESSES.slice(0, 1));
    textFile(kubeletOf("198.18.0.12"), "false\n");
    const { said } = await gaveUp();
    expect(readFileSync(kubeletOf("198.18.0.12"), "utf8")).toBe("false\n");
    expect(said).toEqual([]);
  });

  test.each([
    ["starts etcd again where RKE had stopped it before its wipe", holderName(), "true\n", []],
    [
      "leaves etcd alone where another machine began a restore by RKE, which may be at work, and warns of it",
      "ops@laptop",
      "false\n",
      [
        expect.stringMatching(
          /^WARNING: ops@laptop began a restore of this cluster at .* it may have wiped the cluster/,
        ),
      ],
    ],
  ])("%s", async (_, holder, etcd, warned) => {
    locked(MINE);
    textFile(containerOf("198.18.0.11", "etcd"), "false\n");
    const record = JSON.stringify(restoreRecord({ holder }));
    for (const address of ADDRESSES) textFile(join(folder, address, "rancher-rollback/restores/base.1.json"), record);
    const { aborted, text } = await gaveUp();
    expect(aborted.hosts.every(({ released }) => released)).toBe(true);
    expect(text.split("\n").filter((line) => line.startsWith("WARNING"))).toEqual(warned);
    expect(readFileSync(containerOf("198.18.0.11", "etcd"), "utf8")).toBe(etcd);
    expect(aborted).not.toHaveProperty("stopped");
  });

  test("starts etcd everywhere, then the control planes, then kubelet where a restore in place was killed as it stopped them", async () => {
    killedInPlace();
    const { aborted } = await gaveUp();
    expect(aborted).not.toHaveProperty("stopped");
    expect(aborted.hosts.map(({ released }) => released)).toEqual([true, true, true]);
    for (const address of ADDRESSES) {
      for (const name of STOPPED) expect(readFileSync(containerOf(address, name), "utf8")).toBe("true\n");
    }
    const order = readFileSync(join(folder, "started"), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[1]);
    expect(order.slice(0, 3)).toEqual(["etcd", "etcd", "etcd"]);
    expect(order.slice(-3)).toEqual(["kubelet", "kubelet", "kubelet"]);
  });

  test("names a node once on which what a restore in place stopped cannot be started", async () => {
    killedInPlace();
    textFile(containerOf("198.18.0.13", "etcd"), "false\n");
    renameSync(join(folder, "198.18.0.13"), join(folder, "gone"));
    const { aborted, text } = await gaveUp();
    expect(aborted.stopped).toHaveLength(1);
    expect(text).toContain("what the restore stopped may still be stopped: node3");
    expect(readFileSync(containerOf("198.18.0.11", "etcd"), "utf8")).toBe("true\n");
  });

  test("is warned that it wiped the cluster where it was not verified since", async () => {
    locked(MINE);
    const { aborted, text } = await gaveUp(stateOf({ ...began, "etcd-restore": restored }));
    expect(aborted.wipedAt).toBe(restored.wipedAt);
    expect(aborted.hosts.every(({ released }) => released)).toBe(true);
    expect(text).toContain("rancher-rollback undo --stack prod");
  });
});
