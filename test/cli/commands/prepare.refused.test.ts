import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { markRun } from "../../../cluster/stateFolder/runMark.ts";
import type { Settings } from "../../../settings/settings.ts";
import { textFile } from "../../support/folder.ts";
import { holdFolder } from "../../support/holdFolder.ts";
import { finishedRecord, remember, wipedAndUnfinished } from "../../support/restores.ts";
import { someReplacement } from "../../support/settings.ts";
import { snapshotBytes } from "../../support/snapshot.ts";
import { cluster } from "./preparedCluster.ts";

const LOCK = { id: "1a2b3c4d", holder: "ann@laptop", stack: "prod", snapshot: "base", since: "2026-11-23T03:00:00Z" };

describe("prepare is refused before anything is saved", () => {
  async function refused(
    { hosts, prepare, folder }: Awaited<ReturnType<typeof cluster>>,
    changes: Partial<Settings> = {},
  ) {
    const before = hosts.map((host) => host.names());
    const { answered, way, messages } = await prepare(changes);
    expect([answered.saved, way]).toEqual([undefined, undefined]);
    expect(hosts.map((host) => host.names())).toEqual(before);
    expect(existsSync(join(folder, ".rancher-rollback/prepared"))).toBe(false);
    return { messages, remedies: answered.problems.map(({ remedy }) => remedy) };
  }

  test("while a rollback holds the lock, whoever's it is", async () => {
    const made = await cluster();
    textFile(join(made.hosts[1]?.root ?? "", "rancher-rollback/lock"), JSON.stringify(LOCK));
    const { messages, remedies } = await refused(made);
    expect(messages).toEqual([expect.stringContaining("node2: a rollback is under way: locked by ann@laptop")]);
    expect(remedies).toEqual([{ text: "wait until it has ended, or find out who holds it", command: "unlock" }]);
  });

  test("where a host does not answer", async () => {
    const { messages } = await refused(await cluster({ reachable: [0, 1] }));
    expect(messages).toEqual([expect.stringContaining("node3")]);
  });

  test("where etcd's own disk has no room, which etcd fills as it saves", async () => {
    const made = await cluster();
    for (const host of made.hosts) {
      mkdirSync(join(host.root, "etcd/member/snap"), { recursive: true });
      host.put("db", "precious", join(host.root, "etcd/member/snap"));
      host.program("du", `echo 10240 "$2"`);
      host.program(
        "df",
        `echo Filesystem; case $2 in */etcd) echo /dev/b 9 9 9999 9% /b ;; *) echo /dev/a 9 9 9999999 9% / ;; esac`,
      );
    }
    const { messages, remedies } = await refused(made);
    const saving = made.hosts.findIndex(({ root }) => messages[0]?.includes(root));
    const etcd = join(made.hosts[saving]?.root ?? "", "etcd");
    expect([messages, remedies]).toEqual([
      [`node${saving + 1}: a snapshot needs 266 MiB in ${etcd}, there are 9 MiB`],
      [`make room on node${saving + 1}: df -h ${etcd}`],
    ]);
    expect(made.hosts.flatMap(({ argv }) => argv).filter((line) => line.includes("snapshot save"))).toEqual([]);
  });

  test("where a snapshot of that name is there: it is never written over", async () => {
    const made = await cluster();
    made.hosts[2]?.put("before", snapshotBytes());
    const { messages, remedies } = await refused(made);
    expect([messages, remedies]).toEqual([["before is there already: node3"], ["choose another name: --name"]]);
  });

  test("where no version is known of the Rancher that runs", async () => {
    for (const image of ["rancher/rancher@sha256:12ab", "rancher/rancher:latest"]) {
      const { messages } = await refused(await cluster({ image }));
      expect(messages).toEqual([
        `cannot determine the running Rancher version: the image of Deployment cattle-system/cattle is ${image}`,
      ]);
    }
    const unreachable = await cluster();
    rmSync(unreachable.settings.cluster.kubeconfig);
    expect((await refused(unreachable)).messages).toEqual([
      expect.stringContaining("cannot determine the running Rancher version"),
    ]);
  });

  test("where the Deployment is not rolled out, as in the middle of an upgrade, with what to do", async () => {
    const image = "rancher/rancher:v2.6.0";
    const made = await cluster({ image, podImages: [image, "rancher/rancher:v2.5.8"] });
    const { messages, remedies } = await refused(made);
    expect(messages).toEqual([
      `Deployment cattle-system/cattle with ${image} is not rolled out: 1 of 1 replicas updated, 1 available, 1 pods of an older image left`,
    ]);
    expect(remedies).toEqual([
      [
        "look at its pods: kubectl -n cattle-system get pods -o wide",
        "during an upgrade, wait until it has ended, then run prepare again",
        "if it failed, roll back to a snapshot from before it",
      ],
    ]);
  });

  test("where the etcd of one host does not answer", async () => {
    const made = await cluster();
    textFile(join(made.hosts[1]?.root ?? "", "broken"), "*endpoint status*\n");
    const { messages } = await refused(made);
    expect(messages).toEqual(["node2: its etcd does not answer"]);
  });

  test("while the stack replaces nodes", async () => {
    const made = await cluster();
    const replacements = made.settings.cluster.nodes.slice(0, 1).map((node) => someReplacement(node, "3.3.3.3"));
    const { messages, remedies } = await refused(made, { replacements });
    expect(messages[0]).toContain("the stack replaces nodes (3.3.3.3 → node1)");
    expect(remedies[0]).toMatchObject({ pulumi: "config rm replacements" });
  });

  test("while a run is alive on this machine, or RKE is at work in the folder", async () => {
    const made = await cluster();
    const done = markRun(made.clusterFile, "prod");
    expect((await refused(made)).messages[0]).toContain("a run of stack prod is alive on this machine");
    done();
    const held = holdFolder(made.clusterFile);
    expect((await refused(made)).messages[0]).toContain("another run holds this cluster folder");
    held.release();
  });

  test("where the note of earlier restores cannot be read", async () => {
    const made = await cluster();
    textFile(join(made.clusterFile, "../.rancher-rollback/restore.json"), "");
    expect((await refused(made)).messages[0]).toContain("may have wiped this cluster");
  });

  test("where a restore has wiped the cluster and not finished", async () => {
    const made = await cluster();
    wipedAndUnfinished(made.clusterFile, LOCK.since);
    const { messages, remedies } = await refused(made);
    expect(messages[0]).toContain("a restore began to wipe this cluster");
    expect(remedies[0]).toContainEqual({ text: "to return to the safety copy", command: "undo" });
  });

  test("but not where another machine has finished that restore since", async () => {
    const made = await cluster();
    wipedAndUnfinished(made.clusterFile, LOCK.since);
    remember(made.hosts, finishedRecord());
    expect((await made.prepare()).messages).toEqual([]);
  });
});
