import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { provenSnapshots } from "../../cluster/opened/provenSnapshots.ts";
import type { Failure } from "../../messages/failure.ts";
import type { StepInput } from "../../steps/contract.ts";
import { preflight } from "../../steps/preflight.ts";
import { clusterFileIn, THREE_NODES } from "../support/clusterFile.ts";
import { tempFolder, textFile } from "../support/folder.ts";
import { RKE } from "../support/settings.ts";
import { rkeZip, sha256, snapshotBytes } from "../support/snapshot.ts";
import { reach, SnapshotNode } from "../support/snapshotNode.ts";
import { failureOf, stepTools } from "../support/steps.ts";

const SNAPSHOT = snapshotBytes(400);
const DOCKER = `case $1 in
  version) echo 20.10.24 ;;
  ps) cat "$here/containers" 2>/dev/null ;;
  inspect) [ -f "$here/status" ] && echo etcd:v3.4 ;;
  run) cat "$here/status"; while read -r line || [ -n "$line" ]; do case $line in '{'*) exit ;; esac; done <"$here/status"; exit 1 ;;
esac`;

interface Running extends Partial<Pick<StepInput<"preflight">, "rkeVersion" | "defaultKubernetes" | "expectedWay">> {
  reachable?: Record<string, SnapshotNode>;
}

/** A cluster of three nodes at 10.0.0.1, .2 and .3 that all hold the snapshot. */
function cluster() {
  const folder = tempFolder();
  const clusterFile = clusterFileIn(folder);
  const version = { currentState: { rkeConfig: { kubernetesVersion: "v1.20.15-rancher2-2" } } };
  textFile(join(folder, "rancher-cluster.rkestate"), JSON.stringify(version));
  const nodes = [1, 2, 3].map(
    () =>
      new SnapshotNode([..."sh dd wc tr od tail head tee cat sha256sum df du id gzip mkdir rm date touch".split(" ")]),
  );
  for (const node of nodes) {
    node.program("docker", DOCKER);
    node.put("base", SNAPSHOT);
  }
  const [one, two, three] = nodes as [SnapshotNode, SnapshotNode, SnapshotNode];
  const addresses = { "10.0.0.1": one, "10.0.0.2": two, "10.0.0.3": three };
  const tools = stepTools(clusterFile);
  const run = async ({ reachable = addresses, rkeVersion = RKE, ...asked }: Running = {}) => {
    reach(reachable);
    return await preflight({ snapshot: "base", rkeVersion, timeoutSeconds: 60, ...asked }, tools);
  };
  return { one, two, three, addresses, tools, run };
}

async function failure(run: Promise<object>): Promise<Failure> {
  const failed = await failureOf(run);
  expect(failed).toMatchObject({ kind: "check", pointOfNoReturn: { state: "not-reached" } });
  return failed;
}

describe("the proof before the wipe", () => {
  test("is remembered on this machine, once all of it is right", async () => {
    const { tools, two, run } = cluster();
    two.put("base", SNAPSHOT.subarray(0, 700));
    await failure(run());
    expect(provenSnapshots(tools.clusterFile)).toEqual([]);
    two.put("base", SNAPSHOT);
    await run();
    expect(provenSnapshots(tools.clusterFile)).toEqual([
      expect.objectContaining({
        ...{ name: "base", how: "hash", by: "apply", nodes: ["node1", "node2", "node3"], unpacked: SNAPSHOT.length },
      }),
    ]);
  });

  test("asks for room for RKE's restore unless the operator was told of another way", async () => {
    const { two, run } = cluster();
    two.program("df", "echo Filesystem; echo /dev/sda1 2000000 1900000 100000 95% /");
    const { happened } = await failure(run());
    expect(happened).toEqual([expect.stringMatching(/^node2: RKE's restore needs 192 MiB in .* 97 MiB free$/)]);
    await failure(run({ expectedWay: "rke" }));
    expect((await run({ expectedWay: "in-place" })).nodes).toHaveLength(3);
  });

  test("tells which file it proved on which node", async () => {
    const { two, run } = cluster();
    const zip = rkeZip("base", SNAPSHOT);
    // RKE takes the zip, where both are there.
    two.put("base.zip", zip);
    const [plain, zipped] = [
      { file: "base", bytes: SNAPSHOT.length, unpacked: SNAPSHOT.length, sha256: sha256(SNAPSHOT) },
      { file: "base.zip", bytes: zip.length, unpacked: SNAPSHOT.length, sha256: sha256(SNAPSHOT) },
    ];
    expect(await run()).toEqual({
      nodes: [
        { node: "node1", ...plain },
        { node: "node2", ...zipped },
        { node: "node3", ...plain },
      ],
    });
  });

  test("fails for a node that is down and a snapshot that is cut short, both named at once", async () => {
    const { two, addresses, run } = cluster();
    two.put("base", SNAPSHOT.subarray(0, 1000));
    const { "10.0.0.3": _, ...reachable } = addresses;
    const { happened, remedies } = await failure(run({ reachable }));
    expect(happened).toEqual([
      expect.stringMatching(/^node2 \(10\.0\.0\.2\): .*is cut short/),
      expect.stringMatching(/^node3 \(10\.0\.0\.3\)/),
    ]);
    // A pull that has run does not ask the source once more.
    expect(remedies).toContainEqual({
      text: expect.stringMatching(/^where an earlier run has fetched it, preview again: .*; where none has, fetch it/),
      pulumi: "config set snapshotSource node:10.0.0.1",
    });
  });

  test("fails for a node that has a snapshot of that name from another day", async () => {
    const { two, run } = cluster();
    two.put("base", snapshotBytes(500));
    two.setTime("base", "2026-11-22T23:40:00Z");
    const { happened, remedies } = await failure(run());
    // By the source alone no whole snapshot is replaced: the hash says which one is meant.
    expect(remedies).toContainEqual({
      text: expect.stringMatching(
        `set snapshotSha256 to that one's, ${sha256(SNAPSHOT)} \\(node1, node3\\) or ${sha256(snapshotBytes(500))} \\(node2\\)`,
      ),
      pulumi: "config set snapshotSource node:10.0.0.1",
    });
    expect(happened).toEqual([
      expect.stringMatching(/^the nodes hold different snapshots of this name: .*node2 \(saved 2026-11-22T23:40:00Z/),
    ]);
  });

  test("changes nothing on any node when it fails", async () => {
    const { one, two, three, run } = cluster();
    two.put("base", Buffer.concat([SNAPSHOT.subarray(0, 512), Buffer.alloc(512), SNAPSHOT.subarray(1024)]));
    textFile(join(one.root, "containers"), "container etcd-restore Exited (0) 1 day ago\n");
    await failure(run());
    for (const node of [one, two, three]) {
      expect(node.names()).toEqual(["base"]);
      expect(node.argv.join("\n")).not.toMatch(/docker rm/);
    }
  });

  test("lets etcd itself read it on a node that has one, and leaves nothing there", async () => {
    const { two, run } = cluster();
    two.put("status", '{"hash":1,"revision":4711,"totalKey":42,"totalSize":1}', two.root);
    expect(await run()).toMatchObject({ etcd: { revision: 4711, keys: 42 } });
    expect(two.names()).toEqual(["base"]);
    // Under SELinux a container may not read /opt/rke otherwise.
    expect(two.argv).toContainEqual(
      expect.stringMatching(/^docker run .*--security-opt label=disable .*snapshot status/),
    );
  });

  test("reads what etcd says from v3.5 on, after etcdctl's warning that the command is deprecated", async () => {
    const { two, run } = cluster();
    const deprecated = "Deprecated: Use `etcdutl snapshot status` instead.\n";
    two.put("status", `${deprecated}\n{"hash":1,"revision":4711,"totalKey":42,"totalSize":1}\n`, two.root);
    expect(await run()).toMatchObject({ etcd: { revision: 4711, keys: 42 } });
  });

  const CRASHED = "panic: freepages: failed to get all reachable pages";
  test.each([
    ["", "Error: snapshot file integrity check failed", "Error: snapshot file integrity"],
    [
      ", and says why etcd crashed on it, not where",
      `${CRASHED}\n\ngoroutine 4:\n\tbbolt/db.go:1054 +0x1ea`,
      `${CRASHED}$`,
    ],
  ])("fails when etcd cannot read it%s", async (_, status, why) => {
    const { two, run } = cluster();
    two.put("status", status, two.root);
    const said = `node2 \\(10\\.0\\.0\\.2\\): etcd cannot read base: ${why}`;
    expect((await failure(run())).happened).toEqual([expect.stringMatching(said)]);
    expect(two.names()).toEqual(["base"]);
  });

  test("refuses RKE's default version of Kubernetes where the cluster has another and its file names none", async () => {
    const { tools, run } = cluster();
    const defaultKubernetes = "v1.32.2-rancher1-1";
    expect((await failure(run({ defaultKubernetes }))).happened).toEqual([
      expect.stringContaining("RKE v1.8.0 would install its own default, v1.32.2-rancher1-1"),
    ]);
    clusterFileIn(dirname(tools.clusterFile), `kubernetes_version: v1.20.15-rancher2-2\n${THREE_NODES}`);
    await run({ defaultKubernetes });
  });

  test("goes on with a Docker that RKE only warns of, and says so", async () => {
    const { two, tools, run } = cluster();
    two.program("docker", DOCKER.replace("20.10.24", "24.0.7"));
    clusterFileIn(dirname(tools.clusterFile), `ignore_docker_version: true\n${THREE_NODES}`);
    expect((await failure(run())).happened).toEqual([
      expect.stringContaining("node2: RKE does not accept Docker 24.0.7"),
    ]);
    await run({ rkeVersion: { major: 1, minor: 1, patch: 2, text: "v1.1.2" } });
    expect(tools.notices.map(({ message }) => message)).toEqual([
      expect.stringContaining("node2: RKE does not support Docker 24.0.7"),
    ]);
  });

  test("removes what an earlier RKE left behind, and says so", async () => {
    const { one, tools, run } = cluster();
    textFile(
      join(one.root, "containers"),
      "container etcd-checksum-checker Exited (0) 1 day ago\ncontainer etcd Up 1 day\n",
    );
    await run();
    expect(one.argv).toContain("docker rm --force --volumes etcd-checksum-checker");
    expect(tools.said).toContain("node1: removed containers that an earlier RKE left behind: etcd-checksum-checker");
  });
});
