import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  clusterDown,
  kubectl,
  type LabCluster,
  rancherVersion,
  saveSnapshot,
  setRancherImage,
  ssh,
} from "../../lab/cluster/cluster.ts";
import { addUser, users } from "../../lab/cluster/users.ts";
import type { Engine } from "../../lab/engine/engine.ts";
import { waitFor } from "../../lab/machine/progress.ts";
import { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import { labConfig, RollbackStack } from "../../lab/rehearsals/rollbackStack.ts";
import { recordSchema } from "../../run/record.ts";
import { tempFolder } from "../support/folder.ts";
import {
  answerOf,
  etcdCreated,
  eventsOf,
  healthyCluster,
  lockedNodes,
  mark,
  marks,
  PRIOR,
  printedOn,
  removeMarks,
} from "./support.ts";

/** Cluster a has Rancher as the runbook's add-on installs it, cluster c as the Helm chart does, of a later version. */
const versions = { a: PRIOR, c: "v2.7.0" };
type Stack = keyof typeof versions;
const stacks: Stack[] = ["a", "c"];
/** It goes on running and migrates restored data within a second. */
const WRITES_ON = "v2.6.1";
const snapshotOf = (stack: Stack) => `several-${stack}-${process.pid}`;

const KUBE_PROXY_START = "docker inspect --format '{{.State.StartedAt}}' kube-proxy";

const folder = tempFolder();
const clusters = {} as Record<Stack, LabCluster>;
let engine: Engine;

beforeAll(async () => {
  for (const stack of stacks) {
    const isChart = stack === "c";
    const version = versions[stack];
    const healthy = await healthyCluster(stack, { version, ...(isChart && { form: "chart" }) });
    const { cluster } = healthy;
    clusters[stack] = cluster;
    engine = healthy.engine;
    const { acceptDataLossOf: _, ...config } = labConfig(cluster, snapshotOf(stack), version);
    const names: Record<string, string> = isChart ? { rancherDeployment: "rancher" } : {};
    await (await RollbackStack.open(stack, folder, engine)).configure({ ...config, ...names });
    await removeMarks(cluster);
    await addUser(cluster, "alice");
    await mark(cluster, "before");
    await saveSnapshot(cluster, snapshotOf(stack), console.log);
    await mark(cluster, "after");
  }
  await setRancherImage(clusters.a, WRITES_ON);
  const migrated = () =>
    kubectl(clusters.a, ["get", "users.management.cattle.io", "-o", "jsonpath={.items[*].principalDigest}"]);
  expect(await waitFor(async () => (await migrated()).includes(" "), 180_000, 1000)).toBe(true);
});
afterAll(async () => {
  if (clusters.a) await removeMarks(clusters.a);
  await clusterDown("c", console.log);
});

/** Roles apart, etcd without a shell on an internal address, a node of a cloud's name, a user without sudo. */
describe("a cluster as unpleasant as the world", () => {
  let cluster: LabCluster;
  let rollback: CommandLine;

  beforeAll(() => {
    cluster = clusters.c;
    rollback = new CommandLine("c", folder, engine);
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
    const { verified, checks } = answerOf(await rollback.type(["verify", "--json"]), "verify");
    expect([verified, ...checks.flatMap(({ problems }) => problems)]).toEqual([true]);
  });

  test("is refused by doctor and plan, with the reason, while the user may not use Docker", async () => {
    const reason = "rke is not root, may not use sudo without a password, and may not use Docker: ";
    await ssh(cluster, "node3", "gpasswd --delete rke docker");
    try {
      const examined = await rollback.type(["doctor", "--json"]);
      const remedy = { text: "as root: usermod -aG docker rke", on: ["node3"] };
      const failures = answerOf(examined, "doctor").findings.filter(({ level }) => level === "failure");
      expect(failures).toMatchObject([{ message: expect.stringContaining(reason), remedy }]);
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
    expect(record.plan?.snapshot).toMatchObject({ name: snapshotOf("c"), provenOn: ["node1"] });
    expect(record.plan?.lost?.exact).toMatchObject({ kinds: expect.any(Array) });
    expect(await etcdCreated(cluster)).toEqual(before);
    expect(await leftBehind(cluster)).toEqual([]);
  });
});

describe("two clusters", () => {
  test("are not rolled back, neither of them, when one is not confirmed", async () => {
    const rollback = new CommandLine(stacks, folder, engine);
    const { code, stdout } = await rollback.type(["apply", "--accept-data-loss-of", snapshotOf("a")], console.log);
    expect(code).toBe(1);
    expect(stdout).toContain(`--accept-data-loss-of ${snapshotOf("c")}`);
    for (const cluster of Object.values(clusters)) {
      expect(await marks(cluster)).toEqual(["after", "before"]);
      expect(await lockedNodes(cluster)).toEqual([]);
    }
  });

  test("are rolled back at once, one by a user without sudo, with one exit code and a report for each", async () => {
    const rollback = new CommandLine(stacks, folder, engine);
    const report = join(folder, "report");
    const accepted = stacks.flatMap((stack) => ["--accept-data-loss-of", snapshotOf(stack)]);
    const words = ["apply", "--parallel", "2", "--json", "--report", report, ...accepted];
    const { code, stdout } = await rollback.type(words, console.log);
    expect(code).toBe(0);
    const order = eventsOf(stdout).filter(({ event }) => event === "wiping" || event === "run-ended");
    // At once: each is in the middle of it before the other ends.
    const first = order.slice(0, 2).map(({ event, stack }) => `${event} ${stack}`);
    expect(first.sort()).toEqual(["wiping a", "wiping c"]);
    for (const stack of stacks) {
      const cluster = clusters[stack];
      const record = recordSchema.parse(JSON.parse(readFileSync(join(report, stack, "report.json"), "utf8")));
      expect(record).toMatchObject({ stack, result: "succeeded", plan: { snapshot: { name: snapshotOf(stack) } } });
      expect(await marks(cluster)).toEqual(["before"]);
      expect(await rancherVersion(cluster)).toBe(versions[stack]);
      // Nothing of a newer Rancher has migrated what was restored.
      expect(await users(cluster)).toEqual(["admin", "alice"]);
      expect(await lockedNodes(cluster)).toEqual([]);
      expect(await leftBehind(cluster)).toEqual([]);
    }
    const typed = await new CommandLine("c", folder, engine).type(["verify", "--json"]);
    const { verified, checks } = answerOf(typed, "verify");
    expect([verified, ...checks.flatMap(({ problems }) => problems)]).toEqual([true]);
  });
});

describe("the unpleasant cluster once more", () => {
  test("is restored in place with raised revisions, and what watches through it goes on without a restart", async () => {
    const cluster = clusters.c;
    await mark(cluster, "later");
    const before = await printedOn(cluster, KUBE_PROXY_START);
    const words = ["apply", "--accept-data-loss-of", `${snapshotOf("c")}#2`];
    const settings = ["--config", "run=2", "--config", "restoreWith=in-place"];
    const rollback = new CommandLine("c", folder, engine);
    const { record } = await rollback.roll([...words, ...settings], console.log);
    expect(record.error).toBeUndefined();
    expect(await marks(cluster)).toEqual(["before"]);
    expect(await printedOn(cluster, KUBE_PROXY_START)).toEqual(before);
    // A service of now: kube-proxy must hear of it.
    const ports = [{ port: 80, nodePort: 30999 }];
    const spec = { type: "NodePort", selector: { app: "rancher" }, ports };
    const metadata = { name: "later", namespace: "cattle-system" };
    await kubectl(cluster, ["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "Service", metadata, spec }));
    const [{ address }] = cluster.nodes as [LabCluster["nodes"][number]];
    const ask = `curl --silent --output /dev/null --retry 20 --retry-delay 1 --retry-connrefused http://${address}:30999/`;
    expect((await ssh(cluster, "node1", ask)).code).toBe(0);
    expect(await leftBehind(cluster)).toEqual([]);
  });
});

/** Containers and images of this program on the nodes. */
async function leftBehind(cluster: LabCluster): Promise<string[]> {
  const ask = "docker ps --all --quiet --filter label=rancher-rollback; docker images --quiet rancher-rollback";
  return (await printedOn(cluster, ask)).filter(Boolean);
}
