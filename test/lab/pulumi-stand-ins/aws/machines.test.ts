import { beforeEach, expect, test, vi } from "vitest";
import type { Engine } from "../../../../lab/docker/docker.ts";
import { labMachines } from "../../../../lab/pulumi-stand-ins/aws/machines.ts";

/** A docker engine with containers, and what was done to them. */
const docker = vi.hoisted(() => ({ containers: [] as string[], did: [] as string[], broken: "" }));

vi.mock("../../../../lab/docker/dockerEngine.ts", () => ({ theEngine: async () => engine }));
vi.mock("../../../../lab/machine/lock.ts", () => ({
  withLabLock: async (_what: string, _say: unknown, work: () => unknown) => work(),
}));
vi.mock("../../../../lab/cluster/machines.ts", () => ({
  startMachine: async (_cluster: object, node: string) => {
    docker.did.push(`start ${node}`);
    const id = `${node.at(-1)}${"a".repeat(63)}`;
    const line = `${id} rancher-rollback-lab-a-${node} Up Less than a second`;
    docker.containers = [...docker.containers.filter((other) => !other.includes(node)), line];
  },
  runUserData: async (_cluster: object, node: string, script: string) => {
    if (docker.broken) throw new Error(docker.broken);
    docker.did.push(`run ${script} on ${node}`);
  },
}));
vi.mock("../../../../lab/cluster/cluster.ts", () => {
  const nodes = ["node1", "node2", "node3"].map((name) => ({ name }));
  const cluster = async (name: string) => ({ name, nodes });
  return {
    clusterOf: cluster,
    existingCluster: cluster,
    nodeOf: (_cluster: object, name: string) => ({ name, address: `198.18.0.1${name.at(-1)}` }),
    removeNode: async (_cluster: object, node: string) => {
      docker.did.push(`remove ${node}`);
      docker.containers = docker.containers.filter((line) => !line.includes(node));
    },
    stopNode: async (_cluster: object, node: string) => void docker.did.push(`stop ${node}`),
  };
});

const engine = {
  docker: async (args: string[]) => {
    expect(args).toContain("label=rancher-rollback-lab=a");
    return docker.containers.map((line) => `${line}\n`).join("");
  },
} as unknown as Engine;

const say = () => {};
const machines = labMachines("a");

beforeEach(() => {
  const own = [1, 2, 3].map((node) => `${node}${"b".repeat(63)} rancher-rollback-lab-a-node${node} Up 3 hours`);
  Object.assign(docker, { containers: own, did: [], broken: "" });
});

test("an instance is a machine in the next free place, and runs its user data where it has some", async () => {
  expect(await machines.start("#!/bin/sh", say)).toMatchObject({ id: `i-4${"a".repeat(16)}`, address: "198.18.0.14" });
  expect(await machines.start("", say)).toMatchObject({ id: `i-5${"a".repeat(16)}`, address: "198.18.0.15" });
  expect(docker.did).toEqual(["start node4", "run #!/bin/sh on node4", "start node5"]);
});

test("places end, which is reported", async () => {
  for (let number = 4; number <= 9; number++) await machines.start("", say);
  await expect(machines.start("", say)).rejects.toThrow("node4, node5, node6, node7, node8, node9");
});

test("an instance is found by its id, on or off, until it is removed", async () => {
  const { id } = await machines.start("", say);
  expect(await machines.find(id)).toMatchObject({ id, isOn: true });
  docker.containers = docker.containers.map((line) => line.replace(/ Up Less.*/, " Exited (137) 2 seconds ago"));
  expect(await machines.find(id)).toMatchObject({ id, isOn: false });
  await machines.remove(id);
  expect(await machines.find(id)).toBeUndefined();
  await machines.remove(id);
  expect(docker.did).toEqual(["start node4", "remove node4"]);
});

test("a node of the cluster is no instance", async () => {
  const id = `i-1${"b".repeat(16)}`;
  expect(await machines.find(id)).toBeUndefined();
  await machines.remove(id);
  expect(docker.did).toEqual([]);
});

test("an instance is stopped and started where it was", async () => {
  const { id } = await machines.start("", say);
  await machines.restart(id, say);
  expect(docker.did.slice(1)).toEqual(["stop node4", "start node4"]);
});

test("a machine that does not take its user data is removed, because nobody would know its id", async () => {
  docker.broken = "no space left";
  await expect(machines.start("#!/bin/sh", say)).rejects.toThrow("no space left");
  expect(docker.did).toEqual(["start node4", "remove node4"]);
});
