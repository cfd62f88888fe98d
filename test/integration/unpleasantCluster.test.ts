import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterDown, kubectl, type LabCluster, rancherVersion, ssh } from "../../lab/cluster/cluster.ts";
import type { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import { answerOf, etcdCreated, lockedNodes, mark, marks, PRIOR, Scene } from "./support.ts";

/** Roles apart, etcd without a shell on an internal address, a node of a cloud's name, a user without sudo. */
describe("a cluster as unpleasant as the world", () => {
  const scene = new Scene("unpleasant");
  const { snapshot } = scene;
  let cluster: LabCluster;
  let rollback: CommandLine;

  beforeAll(async () => {
    ({ cluster, rollback } = await scene.prepare({ cluster: "c", isConfirmed: false }));
  });
  afterAll(async () => {
    await scene.remove();
    await clusterDown("c", console.log);
  });

  test("is what it is meant to be", async () => {
    const row = "{.metadata.name} {.metadata.labels['kubernetes\\.io/hostname']} {.status.addresses[0].address}";
    const nodes = await kubectl(cluster, ["get", "nodes", "-o", `jsonpath={range .items[*]}${row}{'\\n'}{end}`]);
    expect(nodes.trim().split("\n").sort()).toEqual([
      "ip-198-18-0-33.lab.internal node3 198.18.0.33",
      "node1 node1 198.18.0.131",
      "node2 node2 198.18.0.32",
    ]);
    expect((await ssh(cluster, "node1", "docker exec etcd sh -c :")).code).not.toBe(0);
    expect((await ssh(cluster, "node1", "docker exec etcd etcdctl version")).stdout).toContain("3.5.21");
    for (const { name } of cluster.nodes) {
      expect((await ssh(cluster, name, "id -nG rke")).stdout.trim()).toBe("rke docker");
      expect((await ssh(cluster, name, "command -v sudo")).code).not.toBe(0);
    }
  });

  test("is well for the doctor, and as it must be for verify", async () => {
    const examined = await rollback.type(["doctor", "--json"]);
    expect(answerOf(examined, "doctor").findings.filter(({ level }) => level !== "ok")).toEqual([]);
    const verified = await rollback.type(["verify", "--json"]);
    expect(answerOf(verified, "verify")).toMatchObject({ verified: true, problems: [] });
  });

  test("is refused by doctor and plan, with the reason, while the user may not use Docker", async () => {
    const reason = "rke is not root, may not use sudo without a password, and may not use Docker: ";
    await ssh(cluster, "node3", "gpasswd --delete rke docker");
    try {
      const examined = await rollback.type(["doctor", "--json"]);
      const node = answerOf(examined, "doctor").findings.find(({ check }) => check.startsWith("node3 "));
      expect(node).toMatchObject({ level: "failure", remedy: "on node3, as root: usermod -aG docker rke" });
      expect(node?.message).toContain(reason);
      const { record } = await rollback.roll(["plan"], console.log);
      expect(record.plan?.failedChecks.map(({ message }) => message).join()).toContain(reason);
    } finally {
      await ssh(cluster, "node3", "usermod --append --groups docker rke");
    }
  });

  test("is previewed with its etcd and its snapshot, and nothing is changed", async () => {
    const before = await etcdCreated(cluster);
    const { code, record } = await rollback.roll(["plan"], console.log);
    expect(code).toBe(2);
    expect(record.plan?.snapshot).toMatchObject({ name: snapshot, provenOn: ["node1"] });
    expect(record.plan?.lost?.exact).toMatchObject({ kinds: expect.any(Array) });
    expect(await etcdCreated(cluster)).toEqual(before);
    expect(await leftBehind()).toEqual([]);
  });

  test("is rolled back, by a user without sudo, and nothing is left on its nodes", async () => {
    const { record } = await rollback.roll(["apply", "--accept-data-loss-of", snapshot], console.log);
    expect(record.error).toBeUndefined();
    expect(record.result).toBe("succeeded");
    expect(await marks(cluster)).toEqual(["before"]);
    expect(await rancherVersion(cluster)).toBe(PRIOR);
    expect(answerOf(await rollback.type(["verify", "--json"]), "verify")).toMatchObject({
      verified: true,
      problems: [],
    });
    expect(await lockedNodes(cluster)).toEqual([]);
    expect(await leftBehind()).toEqual([]);
  });

  test("is restored in place with raised revisions, and what watches through it goes on without a restart", async () => {
    await mark(cluster, "later");
    const before = await containerStarts("kube-proxy");
    const words = ["apply", "--accept-data-loss-of", `${snapshot}#2`];
    const settings = ["--config", "run=2", "--config", "restoreWith=in-place"];
    const { record } = await rollback.roll([...words, ...settings], console.log);
    expect(record.error).toBeUndefined();
    expect(await marks(cluster)).toEqual(["before"]);
    expect(await containerStarts("kube-proxy")).toEqual(before);
    // A service of now: kube-proxy must hear of it.
    const ports = [{ port: 80, nodePort: 30999 }];
    const spec = { type: "NodePort", selector: { app: "cattle" }, ports };
    const metadata = { name: "later", namespace: "cattle-system" };
    await kubectl(cluster, ["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "Service", metadata, spec }));
    const [{ address }] = cluster.nodes as [LabCluster["nodes"][number]];
    const ask = `curl --silent --output /dev/null --retry 20 --retry-delay 1 --retry-connrefused http://${address}:30999/`;
    expect((await ssh(cluster, "node1", ask)).code).toBe(0);
    expect(await leftBehind()).toEqual([]);
  });

  /** When a container has started on each node. */
  async function containerStarts(name: string): Promise<string[]> {
    const ask = `docker inspect --format '{{.State.StartedAt}}' ${name}`;
    const answers = await Promise.all(cluster.nodes.map((node) => ssh(cluster, node.name, ask)));
    return answers.map(({ stdout }) => stdout.trim());
  }

  /** Containers and images of this program on the nodes. */
  async function leftBehind(): Promise<string[]> {
    const ask = "docker ps --all --quiet --filter label=rancher-rollback; docker images --quiet rancher-rollback";
    const answers = await Promise.all(cluster.nodes.map(({ name }) => ssh(cluster, name, ask)));
    return answers.flatMap(({ stdout }) => stdout.split("\n").filter(Boolean));
  }
});
