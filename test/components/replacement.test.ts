import { describe, expect, test } from "vitest";
import type { Ec2Machine, Replacement } from "../../cluster/clusterFile/replacement.ts";
import { restoreAnnouncement } from "../../components/announcement.ts";
import { RancherRollback } from "../../components/rancherRollback.ts";
import type { Settings } from "../../settings/settings.ts";
import { type Registered, recordResources } from "../support/recordingMonitor.ts";
import { requestOf, someReport } from "../support/reports.ts";
import { someNode, someSettings } from "../support/settings.ts";

const COMMAND = "command:local:Command";
const INSTANCE = "aws:ec2/instance:Instance";
const KEYS = { access: "AKIAEXAMPLE", secret: "hunter2/secret" };
const SOURCE = { kind: "s3", bucket: "rke-etcd-snapshots", keys: KEYS } as const;

describe("the rollback with a machine that is there", () => {
  test("waits for it, pulls the snapshot onto every etcd node, edits the cluster file, and then restores", async () => {
    const rollback = await build();
    expect(resource(rollback, "await-node4").dependencies).toEqual(["lock"]);
    expect(resource(rollback, "snapshot-node4").dependencies).toContain("await-node4");
    expect(resource(rollback, "cluster-config").dependencies).toEqual(
      expect.arrayContaining(["await-node4", "snapshot-node1", "snapshot-node2", "snapshot-node4"]),
    );
    expect(resource(rollback, "preflight").dependencies).toEqual(
      expect.arrayContaining(["lock", "cluster-config", "snapshot-node1", "snapshot-node2", "snapshot-node4"]),
    );
    expect(resource(rollback, "etcd-restore").dependencies).toContain("preflight");
    expect([...rollback.keys()].filter((name) => /^(await|snapshot|restart)-/.test(name)).sort()).toEqual(
      ["await-node4", ...[1, 2, 4].flatMap((number) => [`restart-node${number}`, `snapshot-node${number}`])].sort(),
    );
  });

  // Stacks carry these words in their state: never change them.
  test.each<[string, Partial<Settings>]>([
    ["added", {}],
    ["removed", { replacements: [] }],
    ["renamed", { replacements: [other("new-node")] }],
    ["two", { replacements: [node4(), other("node5")] }],
    ["reordered", { replacements: [other("node5"), node4()] }],
    ["on EC2", { replacements: [onEc2()] }],
  ])("neither locks, checks, saves nor restores again for replacements: %s", async (_, changes) => {
    const rollback = await build(changes);
    for (const name of ["lock", "preflight", "safety-copy", "etcd-restore"]) {
      expect(resource(rollback, name).inputs.triggers, name).toEqual(["snapshot base", "run 1"]);
    }
  });

  test("edits the cluster file because a node is replaced, and fetches the snapshot onto the new machine", async () => {
    const rollback = await build();
    expect(resource(rollback, "cluster-config").inputs.triggers).toEqual([
      "replaces node3 with 198.18.0.14",
      "await-node4 has run",
    ]);
    expect(resource(rollback, "snapshot-node1").inputs.triggers).toEqual(["snapshot base"]);
    expect(resource(rollback, "snapshot-node4").inputs.triggers).toEqual(["snapshot base", "await-node4 has run"]);
  });

  test("locks the hosts that stay", async () => {
    const rollback = await build();
    const lock = { id: "1a2b3c4d", hosts: ["node1", "node2"] };
    expect(input(rollback, "lock")).toEqual({ ...lock, snapshot: "base", run: 1, silenceSeconds: 600 });
    expect(input(rollback, "unlock")).toEqual(lock);
    expect(input(rollback, "etcd-restore")).toMatchObject({ lock });
    expect(input(rollback, "safety-copy")).toMatchObject({ hosts: ["node1", "node2"] });
  });

  test("gives the edit which node is gone and what is written for the new one", async () => {
    expect(input(await build(), "cluster-config")).toEqual({
      replacements: [{ unresponsive: "node3", node: { address: "198.18.0.14", hostnameOverride: "node4" } }],
    });
  });

  test("needs s3cmd on the machine only where the snapshot comes from S3", async () => {
    expect(input(await build(), "await-node4")).toMatchObject({ s3cmd: true, setsItselfUp: false });
    const fromFile = await build({ source: { kind: "file", path: "/backup/base" } });
    expect(input(fromFile, "await-node4")).toMatchObject({ s3cmd: false, kubernetesVersion: "v1.20.15-rancher2-2" });
  });

  test("pulls no snapshot without a source, and onto no node that has no etcd", async () => {
    const { source: _, ...rest } = disaster();
    const without = await record(rest);
    expect([...without.keys()].filter((name) => name.startsWith("snapshot-"))).toEqual([]);
    const worker = await build({
      cluster: { ...disaster().cluster, nodes: [someNode(1), someNode(2, ["worker"]), someNode(4)] },
    });
    expect(worker.has("snapshot-node2")).toBe(false);
  });

  test("hands the keys of S3 over as a secret on standard input, and nowhere else", async () => {
    const rollback = await build();
    for (const number of [1, 2, 4]) {
      expect(resource(rollback, `snapshot-node${number}`).secrets).toContain("stdin");
      expect(input(rollback, `snapshot-node${number}`)).toMatchObject({ source: SOURCE });
    }
    expect(resource(rollback, "await-node4").secrets).toContain("stdin");
    for (const { name, inputs } of rollback.values()) {
      const { stdin: _, ...others } = inputs;
      expect(JSON.stringify(others), name).not.toMatch(/AKIAEXAMPLE|hunter2/);
    }
  });
});

describe("the rollback with a machine on EC2", () => {
  test("makes it with an encrypted disk, IMDSv2 and the user data, for good", async () => {
    const instance = resource(await build({ replacements: [onEc2()] }), "node4");
    expect(instance.type).toBe(INSTANCE);
    expect(instance).toMatchObject({ protect: true, retainOnDelete: true });
    expect(instance.inputs).toMatchObject({
      ami: "ami-0ab1",
      instanceType: "t3.xlarge",
      subnetId: "subnet-0ab1",
      vpcSecurityGroupIds: ["sg-0ab1"],
      keyName: "ops",
      iamInstanceProfile: "reads-the-bucket",
      rootBlockDevice: { encrypted: true, volumeSize: 80 },
      metadataOptions: { httpTokens: "required" },
      associatePublicIpAddress: false,
      tags: { Name: "node4", team: "platform" },
    });
    expect(instance.inputs.userData).toContain("s3cmd");
  });

  test("is not made anew or stopped for a newer image, another type or a new release of this program", async () => {
    const { ignoreChanges } = resource(await build({ replacements: [onEc2()] }), "node4");
    for (const input of ["ami", "userData", "instanceType", "subnetId", "keyName", "rootBlockDevice"]) {
      expect(ignoreChanges).toContain(input);
    }
  });

  test("looks the image up by owner and name", async () => {
    const rollback = await build({ replacements: [onEc2({ ami: { owner: "self", name: "debian-12-*" } })] });
    expect(resource(rollback, "node4").inputs.ami).toBe("ami-of-self-debian-12-*");
  });

  test("logs in at its private address, and writes that into the cluster file", async () => {
    const rollback = await build({ replacements: [onEc2()] });
    expect(input(rollback, "await-node4")).toMatchObject({ node: { address: "10.0.0.4" }, setsItselfUp: true });
    const { replacements } = input(rollback, "cluster-config") as { replacements: { node: object }[] };
    expect(replacements[0]?.node).toEqual({ address: "10.0.0.4", hostnameOverride: "node4" });
  });

  test("or at its public one, with the private one as internal address", async () => {
    const rollback = await build({ replacements: [onEc2({ reachedBy: "public" })] });
    expect(resource(rollback, "node4").inputs.associatePublicIpAddress).toBe(true);
    const { replacements } = input(rollback, "cluster-config") as { replacements: { node: object }[] };
    expect(replacements[0]?.node).toMatchObject({ address: "203.0.113.4", internalAddress: "10.0.0.4" });
  });

  test("edits the cluster file because of the instance, not of its address, which may change", async () => {
    const rollback = await build({ replacements: [onEc2()] });
    expect(resource(rollback, "cluster-config").inputs.triggers).toEqual([
      "replaces node3 with node4-id",
      "await-node4 has run",
    ]);
  });
});

test("a replacement node is made and waited for only where a restore is due", async () => {
  for (const replacements of [[node4()], [onEc2()]]) {
    const rollback = await build({ replacements });
    const asking = [...rollback.values()].filter(({ beforeCreateHooks }) =>
      beforeCreateHooks.includes("announcement-node"),
    );
    const machine = replacements[0]?.machine.kind === "ec2" ? ["node4"] : [];
    expect(asking.map(({ name }) => name).sort()).toEqual(["await-node4", ...machine]);
  }
});

test("the announcement names the node that is gone, what takes its place, the source and the edit", () => {
  const text = restoreAnnouncement(disaster({ clusterFileDiff: "-  - address: 198.18.0.13" }), "prod");
  expect(text).toContain("node3 by node4, 198.18.0.14");
  expect(text).toContain("s3://rke-etcd-snapshots/");
  expect(text).toContain("-  - address: 198.18.0.13");
  expect(text).not.toMatch(/AKIAEXAMPLE|hunter2/);
  expect(restoreAnnouncement(disaster({ replacements: [onEc2()] }), "prod")).toContain(
    "a new EC2 instance (t3.xlarge)",
  );
});

function disaster(changes: Partial<Settings> = {}): Settings {
  const settings = someSettings();
  return {
    ...settings,
    cluster: { ...settings.cluster, nodes: [someNode(1), someNode(2), someNode(4)] },
    kubernetesVersion: "v1.20.15-rancher2-2",
    source: SOURCE,
    replacements: [node4()],
    ...changes,
  };
}

/** A machine that is there, in the place of node3. */
function node4(): Replacement {
  return {
    unresponsive: "node3",
    machine: { kind: "existing", address: "198.18.0.14" },
    planned: { address: "198.18.0.14", hostnameOverride: "node4" },
    node: someNode(4),
  };
}

/** Another machine that is there, by its name. */
function other(name: string): Replacement {
  const [address, planned] = ["198.18.0.15", { address: "198.18.0.15", hostnameOverride: name }];
  return {
    ...{ unresponsive: "node2", machine: { kind: "existing", address }, planned },
    node: { ...someNode(5), name },
  };
}

function onEc2(machine: Partial<Ec2Machine> = {}): Replacement {
  return {
    unresponsive: "node3",
    machine: {
      kind: "ec2",
      ami: { id: "ami-0ab1" },
      instanceType: "t3.xlarge",
      subnetId: "subnet-0ab1",
      securityGroupIds: ["sg-0ab1"],
      keyName: "ops",
      reachedBy: "private",
      instanceProfile: "reads-the-bucket",
      rootVolume: 80,
      tags: { team: "platform" },
      ...machine,
    },
    planned: { address: "address-of-node4", hostnameOverride: "node4" },
    node: { ...someNode(4), address: "address-of-node4" },
  };
}

function build(changes: Partial<Settings> = {}): Promise<Map<string, Registered>> {
  return record(disaster(changes));
}

async function record(settings: Settings): Promise<Map<string, Registered>> {
  const { resources } = await recordResources(
    (type, name, inputs) => {
      if (type === INSTANCE) return { ...inputs, privateIp: "10.0.0.4", publicIp: "203.0.113.4" };
      if (type !== COMMAND) return inputs;
      const report = someReport(requestOf(inputs).step, { finishedAt: `${name} has run` });
      return { ...inputs, stdout: JSON.stringify(report) };
    },
    () => new RancherRollback("rollback", { settings, announce: () => {} }),
  );
  return resources;
}

function resource(rollback: Map<string, Registered>, name: string): Registered {
  const found = rollback.get(name);
  if (!found) throw new Error(`the rollback has no ${name}; it has ${[...rollback.keys()].join(", ")}`);
  return found;
}

/** What the step of a resource is given. */
function input(rollback: Map<string, Registered>, name: string): Record<string, unknown> {
  return requestOf(resource(rollback, name).inputs).input;
}
