import { describe, expect, test } from "vitest";
import type { Ec2Machine, Replacement } from "../../cluster/clusterFile/replacement.ts";
import { RancherRollback } from "../../components/rancherRollback.ts";
import type { Settings } from "../../settings/settings.ts";
import { type Registered, recordResources } from "../support/recordingMonitor.ts";
import { someNode, someSettings } from "../support/settings.ts";

const COMMAND = "command:local:Command";
const INSTANCE = "aws:ec2/instance:Instance";
const KEYS = { access: "AKIAEXAMPLE", secret: "hunter2/secret" };
const SOURCE = { kind: "s3", bucket: "rke-etcd-snapshots", keys: KEYS } as const;

describe("the road with a machine that is there", () => {
  test("waits for it, pulls the snapshot onto every etcd node, edits the cluster file, and then restores", async () => {
    const road = await build();
    expect(resource(road, "await-node4").dependencies).toEqual(["lock"]);
    expect(resource(road, "snapshot-node4").dependencies).toContain("await-node4");
    expect(resource(road, "cluster-config").dependencies).toEqual(
      expect.arrayContaining(["await-node4", "snapshot-node1", "snapshot-node2", "snapshot-node4"]),
    );
    expect(resource(road, "preflight").dependencies).toEqual(
      expect.arrayContaining(["lock", "cluster-config", "snapshot-node1", "snapshot-node2", "snapshot-node4"]),
    );
    expect(resource(road, "etcd-restore").dependencies).toContain("preflight");
    expect([...road.keys()].filter((name) => /^(await|snapshot|restart)-/.test(name)).sort()).toEqual(
      ["await-node4", ...[1, 2, 4].flatMap((number) => [`restart-node${number}`, `snapshot-node${number}`])].sort(),
    );
  });

  test("restores because a node is replaced, in words that existing stacks carry", async () => {
    expect(resource(await build(), "etcd-restore").inputs.triggers).toEqual([
      "snapshot base",
      "replaces node3 with 198.18.0.14",
    ]);
  });

  test("locks the hosts that stay, anew for every replaced node", async () => {
    const road = await build();
    expect(stdin(road, "lock")).toEqual({ id: "aaaaaaaa", hosts: ["node1", "node2"] });
    expect(resource(road, "lock").inputs.triggers).toEqual(["snapshot base", "replaces node3 by node4"]);
    expect(stdin(road, "unlock")).toEqual(stdin(road, "lock"));
    expect(stdin(road, "safety-copy")).toMatchObject({ hosts: ["node1", "node2"] });
  });

  test("tells the edit which node is gone and what is written for the new one", async () => {
    expect(stdin(await build(), "cluster-config")).toEqual({
      replacements: [{ unresponsive: "node3", node: { address: "198.18.0.14", hostnameOverride: "node4" } }],
    });
  });

  test("needs s3cmd on the machine only where the snapshot comes from S3", async () => {
    expect(stdin(await build(), "await-node4")).toMatchObject({ s3cmd: true, setsItselfUp: false });
    const fromFile = await build({ source: { kind: "file", path: "/backup/base" } });
    expect(stdin(fromFile, "await-node4")).toMatchObject({ s3cmd: false, kubernetesVersion: "v1.20.15-rancher2-2" });
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
    const road = await build();
    for (const number of [1, 2, 4]) {
      expect(resource(road, `snapshot-node${number}`).secrets).toContain("stdin");
      expect(stdin(road, `snapshot-node${number}`)).toMatchObject({ source: SOURCE });
    }
    expect(resource(road, "await-node4").secrets).toContain("stdin");
    for (const { name, inputs } of road.values()) {
      const { stdin: _, ...others } = inputs;
      expect(JSON.stringify(others), name).not.toMatch(/AKIAEXAMPLE|hunter2/);
    }
  });
});

describe("the road with a machine on EC2", () => {
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
    const road = await build({ replacements: [onEc2({ ami: { owner: "self", name: "debian-12-*" } })] });
    expect(resource(road, "node4").inputs.ami).toBe("ami-of-self-debian-12-*");
  });

  test("logs in at its private address, and writes that into the cluster file", async () => {
    const road = await build({ replacements: [onEc2()] });
    expect(stdin(road, "await-node4")).toMatchObject({ node: { address: "10.0.0.4" }, setsItselfUp: true });
    const { replacements } = stdin(road, "cluster-config") as { replacements: { node: object }[] };
    expect(replacements[0]?.node).toEqual({ address: "10.0.0.4", hostnameOverride: "node4" });
  });

  test("or at its public one, with the private one as internal address", async () => {
    const road = await build({ replacements: [onEc2({ reachedBy: "public" })] });
    expect(resource(road, "node4").inputs.associatePublicIpAddress).toBe(true);
    const { replacements } = stdin(road, "cluster-config") as { replacements: { node: object }[] };
    expect(replacements[0]?.node).toMatchObject({ address: "203.0.113.4", internalAddress: "10.0.0.4" });
  });

  test("restores because of the instance, not of its address, which may change", async () => {
    const road = await build({ replacements: [onEc2()] });
    expect(resource(road, "etcd-restore").inputs.triggers).toEqual(["snapshot base", "replaces node3 with node4-id"]);
  });
});

function disaster(changes: Partial<Settings> = {}): Settings {
  const settings = someSettings();
  return {
    ...settings,
    cluster: { ...settings.cluster, nodes: [someNode(1), someNode(2), someNode(4)] },
    kubernetesVersion: "v1.20.15-rancher2-2",
    source: SOURCE,
    replacements: [
      {
        unresponsive: "node3",
        machine: { kind: "existing", address: "198.18.0.14" },
        planned: { address: "198.18.0.14", hostnameOverride: "node4" },
        node: someNode(4),
      },
    ],
    ...changes,
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
      const node = name.replace("restart-", "");
      return { ...inputs, stdout: JSON.stringify({ id: "aaaaaaaa", finishedAt: `${name} has run`, node, clock: "" }) };
    },
    () => new RancherRollback("rollback", { settings, announce: () => {} }),
  );
  return resources;
}

function resource(road: Map<string, Registered>, name: string): Registered {
  const found = road.get(name);
  if (!found) throw new Error(`the road has no ${name}; it has ${[...road.keys()].join(", ")}`);
  return found;
}

function stdin(road: Map<string, Registered>, name: string): Record<string, unknown> {
  const written = resource(road, name).inputs.stdin as string | { value: string };
  return JSON.parse(typeof written === "string" ? written : written.value);
}
