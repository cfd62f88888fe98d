import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { keptTokens } from "../../cluster/downstream/serviceAccountTokens.ts";
import { restoreFound } from "../../cluster/history/note.ts";
import { restoreBegins } from "../../cluster/rke/unfinishedWipe.ts";
import { safetyCopy } from "../../steps/safetyCopy.ts";
import { DATABASE, etcdHosts } from "../support/etcdHosts.ts";
import { textFile } from "../support/folder.ts";
import { apiWithClusters, managedCluster } from "../support/managedClusters.ts";
import { CATTLE } from "../support/rancher.ts";
import { RKE } from "../support/settings.ts";
import { sha256, snapshotBytes } from "../support/snapshot.ts";
import { failureOf } from "../support/steps.ts";

/** Three etcd hosts; `revisions` are those of the members that answer. */
function cluster(revisions: (number | undefined)[], { free = 9_999_999 } = {}) {
  const hosts = etcdHosts(revisions, { free, state: "the state" });
  const input = { hosts: ["node1", "node2", "node3"], rancher: CATTLE, rkeVersion: RKE, timeoutSeconds: 60 };
  return { ...hosts, input, run: () => safetyCopy(input, hosts.tools) };
}

/** A copy's name is the second it was begun in. */
function aMinuteLater(): void {
  vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
}

describe("the safety copy", () => {
  test("is saved by the member with the newest revision, and is the same on every etcd host", async () => {
    const { nodes, tools, run } = cluster([41, 43, 42]);
    const saved = snapshotBytes(101);
    const report = await run();
    expect(report).toMatchObject({ kind: "live", nodes: ["node1", "node2", "node3"], sha256: sha256(saved) });
    expect(report.name).toMatch(/^safety-\d{8}T\d{6}Z$/);
    for (const node of nodes) expect(node.files()).toEqual({ [report.name]: saved });
    expect(tools.said.join()).toContain("on node2, whose etcd answers");
    expect(tools.copies).toEqual([report.name]);
  });

  test("leaves nothing in etcd's own folder", async () => {
    const { nodes, run } = cluster([43, 42, 41]);
    await run();
    for (const node of nodes) expect(readdirSync(join(node.root, "etcd"))).toEqual(["member"]);
  });

  test("needs one member that answers, not a quorum", async () => {
    const { nodes, run } = cluster([undefined, undefined, 7]);
    const { name, kind } = await run();
    expect(kind).toBe("live");
    for (const node of nodes) expect(node.names()).toEqual([name]);
  });

  test("is made of the data where no member answers: the database and its sha256, while etcd is stopped", async () => {
    const { nodes, run } = cluster([undefined, undefined, undefined]);
    const { name, kind } = await run();
    expect(kind).toBe("cold");
    const snapshot = Buffer.concat([DATABASE, Buffer.from(sha256(DATABASE), "hex")]);
    for (const node of nodes) expect(node.files()).toEqual({ [name]: snapshot });
    const [source] = nodes.filter((node) => existsSync(join(node.root, "rancher-rollback", name)));
    expect(readFileSync(join(source?.root ?? "", "rancher-rollback", name, "etcd-data/member/snap/db"))).toEqual(
      DATABASE,
    );
    expect(source?.argv.filter((line) => /stop|start/.test(line))).toEqual(["docker stop etcd", "docker start etcd"]);
  });

  test("is saved by a replacement of an earlier rollback, where no etcd of a host that stays answers", async () => {
    const { nodes, tools, input } = cluster([undefined, 42, 43]);
    for (const hosts of [["node1"], []]) {
      for (const node of nodes) for (const name of node.names()) rmSync(join(node.snapshots, name));
      expect(await safetyCopy({ ...input, hosts }, tools)).toMatchObject({
        kind: "live",
        sha256: sha256(snapshotBytes(102)),
      });
      aMinuteLater();
    }
  });

  test("is not made of what a replacement keeps on its disk, which is told", async () => {
    const { tools, input } = cluster([undefined, undefined, undefined]);
    const { happened, remedies } = await failureOf(safetyCopy({ ...input, hosts: [] }, tools));
    expect(happened).toEqual([
      "no etcd answers and no etcd host that stays has a database; node1, node2, node3, which replace others, have one",
    ]);
    expect(JSON.stringify(remedies)).toContain("take what is replaced already out of replacements");
  });

  test("lets etcd run again also when the copy failed", async () => {
    const { nodes, tools, run } = cluster([undefined, undefined, undefined]);
    for (const node of nodes) node.program("cp", "exit 1");
    expect(await failureOf(run())).toMatchObject({
      kind: "check",
      step: "safety-copy",
      pointOfNoReturn: { state: "not-reached" },
    });
    const stopped = nodes.flatMap((node) => node.argv).filter((line) => line === "docker stop etcd");
    const started = nodes.flatMap((node) => node.argv).filter((line) => line === "docker start etcd");
    expect([stopped.length, started.length, tools.copies]).toEqual([1, 1, []]);
    for (const node of nodes) expect(node.names()).toEqual([]);
  });

  test("is not begun without room for it, and says how to continue without", async () => {
    const { nodes, run } = cluster([1, 2, 3], { free: 1000 });
    const { happened, remedies } = await failureOf(run());
    expect(happened).toEqual([1, 2, 3].map((node) => expect.stringContaining(`node${node}: a safety copy needs 2`)));
    expect(remedies).toEqual([expect.objectContaining({ pulumi: "config set safetyCopy skip" })]);
    for (const node of nodes) expect(node.names()).toEqual([]);
  });

  describe("on disks of their own for etcd, the snapshots and what this program keeps", () => {
    const PLENTY = 9_999_999;

    /** What is free, KiB; a host's etcd has data of 20 MiB, of which its database is 10 MiB. */
    function apart(revisions: (number | undefined)[], free: { etcd?: number; snapshots?: number; own?: number }) {
      const made = cluster(revisions);
      const { etcd = PLENTY, snapshots = PLENTY, own = PLENTY } = free;
      for (const node of made.nodes) {
        node.program("du", `case $2 in */db) echo 10240 "$2" ;; *) echo 20480 "$2" ;; esac`);
        node.program(
          "df",
          `echo Filesystem; case $2 in
  */etcd) echo /dev/etcd 9 9 ${etcd} 9% /x ;;
  */etcd-snapshots) echo /dev/snapshots 9 9 ${snapshots} 9% /y ;;
  *) echo /dev/own 9 9 ${own} 9% / ;;
esac`,
        );
      }
      return made;
    }
    const SPARE = 256 * 1024;

    test("is not begun where etcd's own has no room, which etcd would fill: only the host that saves needs it", async () => {
      const { nodes, run } = apart([41, 43, 42], { etcd: SPARE + 10239 });
      const { happened, remedies } = await failureOf(run());
      expect(happened).toEqual([`node2: a safety copy needs 266 MiB in ${nodes[1]?.root}/etcd, there are 265 MiB`]);
      expect(remedies).toEqual([expect.objectContaining({ pulumi: "config set safetyCopy skip" })]);
      expect(nodes.flatMap((node) => [...node.names(), ...node.argv.filter((line) => /save/.test(line))])).toEqual([]);
      expect((await apart([41, 43, 42], { etcd: SPARE + 10240 }).run()).kind).toBe("live");
    });

    test("is made twice on the snapshots' disk of the host that saves: plain, and in a zip", async () => {
      const { nodes, run } = apart([41, 43, 42], { snapshots: SPARE + 15000 });
      expect((await failureOf(run())).happened).toEqual([
        `node2: a safety copy needs 276 MiB in ${nodes[1]?.snapshots}, there are 270 MiB`,
      ]);
    });

    test("is not begun cold where all that etcd keeps has no room on the disk that it goes to", async () => {
      const { nodes, run } = apart([undefined, undefined, undefined], { own: SPARE + 20479 });
      const { happened } = await failureOf(run());
      expect(happened).toEqual([
        expect.stringMatching(/^node\d: a safety copy needs 276 MiB in .*, there are 275 MiB$/),
      ]);
      expect(nodes.flatMap((node) => node.argv).filter((line) => line === "docker stop etcd")).toEqual([]);
      const roomy = apart([undefined, undefined, undefined], { own: SPARE + 20480, snapshots: SPARE + 20480 });
      expect((await roomy.run()).kind).toBe("cold");
    });
  });

  test("that is cold needs room for the copy and all that etcd keeps where both go to one disk, and on one host", async () => {
    const { nodes, run } = cluster([undefined, undefined, undefined], { free: 256 * 1024 + 40959 });
    for (const node of nodes) node.program("du", `case $2 in */db) echo 10240 "$2" ;; *) echo 20480 "$2" ;; esac`);
    expect((await failureOf(run())).happened).toEqual([
      expect.stringMatching(/^node\d: a safety copy needs 296 MiB in .*\/etcd-snapshots, there are 295 MiB$/),
    ]);
  });

  test("that came out damaged is no safety copy, and does not stay", async () => {
    const { nodes, run } = cluster([3, 2, 1]);
    for (const node of nodes) writeFileSync(join(node.root, "saved"), snapshotBytes(100).subarray(0, 700));
    expect((await failureOf(run())).happened).toEqual([expect.stringMatching(/^node1: the copy is cut short/)]);
    for (const node of nodes) expect(node.names()).toEqual([]);
  });

  test("keeps what belongs to it beside the cluster file", async () => {
    const { folder, run } = cluster([1, 2, 3]);
    const report = await run();
    expect(report.folder).toBe(join(folder, ".rancher-rollback/safety", report.name));
    expect(readdirSync(report.folder).sort()).toEqual([
      "deployment.json",
      "kube_config_rancher-cluster.yml",
      "manifest.json",
      "rancher-cluster.rkestate",
      "rancher-cluster.yml",
    ]);
    for (const file of readdirSync(report.folder)) {
      expect(statSync(join(report.folder, file)).mode & 0o777, file).toBe(0o600);
    }
  });

  test("keeps the service-account tokens of now where Rancher needs them, and shows none", async () => {
    const { nodes, folder, tools, input } = cluster([1, 2, 3]);
    const { kubeconfig } = await apiWithClusters([managedCluster("c-a", "hunter1", "ServiceAccountMigrated")]);
    textFile(join(folder, "kube_config_rancher-cluster.yml"), kubeconfig);
    const report = await safetyCopy({ ...input, keepTokens: true }, tools);
    expect(keptTokens(report.folder)).toEqual([{ name: "c-a", token: "hunter1" }]);
    expect(tools.said.at(-1)).toBe("kept the service-account tokens of c-a");
    expect(JSON.stringify([report, tools.said, tools.warned])).not.toContain("hunter1");
    expect(nodes.flatMap((node) => node.argv).join()).not.toContain("hunter1");
  });

  test("is saved without those tokens where no API answers, with a warning", async () => {
    const { tools, input } = cluster([1, 2, 3]);
    const report = await safetyCopy({ ...input, keepTokens: true }, tools);
    expect(keptTokens(report.folder)).toEqual([]);
    expect(tools.warned.join()).toMatch(/the service-account tokens .* cannot be read, they are in safety-.* alone: /);
    expect(tools.notices.at(-1)?.remedy).toMatch(/^see docs\/downstream\.md/);
  });

  describe("after a restore that wiped the cluster and did not finish", () => {
    function wiped(folder: string, copy?: string): void {
      const log = textFile(
        join(folder, ".rancher-rollback/logs/restore.log"),
        "INFO[0020] Cleaning old kubernetes cluster\n",
      );
      const since = new Date().toISOString();
      restoreBegins(join(folder, "rancher-cluster.yml"), { since, log, hosts: [], ...(copy && { copy }) });
    }

    test("remains the one made before it, on every host: what etcd has since is no way back", async () => {
      const { folder, nodes, tools, run } = cluster([1, 2, 3]);
      const { name, sha256 } = await run();
      wiped(folder, name);
      for (const node of nodes) rmSync(join(node.root, "answers"));
      rmSync(join(nodes[2]?.snapshots ?? "", name));
      expect(await run()).toMatchObject({
        name,
        sha256,
        kind: "live",
        folder: join(folder, ".rancher-rollback/safety", name),
      });
      for (const node of nodes) expect(node.names()).toEqual([name]);
      expect(tools.said.at(-1)).toContain(`${name}, made before it, remains the way back`);
    });

    test("is not replaced unseen where what is known of the one made before it cannot be read", async () => {
      const { folder, nodes, run } = cluster([1, 2, 3]);
      const { name, folder: kept } = await run();
      wiped(folder, name);
      const manifest = textFile(join(kept, "manifest.json"), '{"name":');
      await expect(run()).rejects.toMatchObject({
        problem: {
          message: `what is known of the safety copy ${name}, which is the way back, ${manifest}, cannot be read: it is no JSON`,
          remedy: expect.stringContaining(`move the folder ${kept} away`),
        },
      });
      for (const node of nodes) expect(node.names()).toEqual([name]);
    });

    test("remains the one that another machine made before it: on a host there is something to save", async () => {
      const { folder, nodes, tools, run } = cluster([undefined, undefined, undefined]);
      const copy = { name: "safety-0", rancherImage: "rancher/rancher:v2.5.9" };
      restoreFound(join(folder, "rancher-cluster.yml"), { at: new Date().toISOString(), by: "ops@laptop", copy });
      for (const node of nodes) rmSync(join(node.root, "etcd/member"), { recursive: true });
      nodes[1]?.put("safety-0", snapshotBytes(60));
      const kept = await run();
      expect(kept).toMatchObject({ ...copy, sha256: sha256(snapshotBytes(60)), nodes: ["node1", "node2", "node3"] });
      for (const node of nodes) expect(node.names()).toEqual(["safety-0"]);
      expect([tools.copies, readdirSync(kept.folder)]).toEqual([["safety-0"], ["manifest.json"]]);
      expect(await run()).toEqual(kept);
    });

    test("that is on no host any more is a warning with what to do, where another machine made it", async () => {
      const { folder, tools, run } = cluster([1, 2, 3]);
      const copy = { name: "safety-0", rancherImage: "rancher/rancher:v2.5.9" };
      restoreFound(join(folder, "rancher-cluster.yml"), { at: new Date().toISOString(), by: "ops@laptop", copy });
      await run();
      expect(tools.notices).toContainEqual({
        message: expect.stringMatching(/^the safety copy safety-0, .* is on no etcd host or damaged$/),
        remedy: expect.objectContaining({ pulumi: expect.stringContaining("safetyCopy skip") }),
      });
    });

    test("is none of a rollback before, where that restore went without one of its own", async () => {
      const { folder, nodes, tools, run } = cluster([1, 2, 3]);
      const { name } = await run();
      wiped(folder);
      for (const node of nodes) rmSync(join(node.root, "answers"));
      aMinuteLater();
      const saved = await run();
      expect([saved.kind, saved.name === name]).toEqual(["cold", false]);
      expect(tools.warned.join()).not.toContain("did not finish");
    });

    test("is a new one where etcd answers, as somebody may have repaired the cluster, with a warning about the other", async () => {
      const { folder, tools, run } = cluster([1, 2, 3]);
      const { name } = await run();
      wiped(folder, name);
      aMinuteLater();
      expect((await run()).name).not.toBe(name);
      expect(tools.notices).toContainEqual({
        message: `an earlier restore did not finish; the old data are in ${name}`,
        remedy: { text: expect.stringMatching(/^keep that snapshot/), command: "snapshots" },
      });
    });

    test("is none when that one is gone from every host, and its failure does not claim that nothing was wiped", async () => {
      const { folder, nodes, run } = cluster([1, 2, 3]);
      const { name } = await run();
      wiped(folder, name);
      for (const node of nodes) {
        rmSync(join(node.root, "answers"));
        rmSync(join(node.snapshots, name));
      }
      const { happened, pointOfNoReturn } = await failureOf(run());
      expect(happened).toEqual([
        expect.stringContaining(
          `the safety copy ${name}, made before the restore that did not finish, is on no etcd host`,
        ),
      ]);
      expect(pointOfNoReturn).toMatchObject({ state: "passed-earlier", at: expect.any(String) });
    });
  });
});
