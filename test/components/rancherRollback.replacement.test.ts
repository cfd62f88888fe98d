import { describe, expect, test } from "vitest";
import type { Ec2Machine, Replacement } from "../../cluster/clusterFile/replacement.ts";
import { goneInstance } from "../../components/replacementNode.ts";
import type { Settings } from "../../settings/settings.ts";
import { CONTRACT } from "../../steps/contract.ts";
import type { Registered } from "../support/recordingMonitor.ts";
import { commands, INSTANCE, recordRollback, request, requestIn, resource, triggers } from "../support/rollback.ts";
import { someNode, someSettings } from "../support/settings.ts";

const KEYS = { access: "AKIAEXAMPLE", secret: "hunter2/secret" };
const SOURCE = { kind: "s3", bucket: "rke-etcd-snapshots", keys: KEYS } as const;
/** Steps that run for the snapshot and the run alone. */
const ASKED_FOR = ["lock", "preflight", "safety-copy", "etcd-restore"];

describe("a rollback with a machine that exists", () => {
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
    expect([...rollback.keys()].filter((name) => /^(await|snapshot)-/.test(name)).sort()).toEqual([
      ...["await-node4", "snapshot-node1", "snapshot-node2", "snapshot-node4"],
    ]);
  });

  test("gives every step what the contract asks for", async () => {
    for (const replacement of [existing(), onEc2(), onEc2({ reachedBy: "public" })]) {
      for (const { name, inputs } of commands(await build({ replacements: [replacement] }))) {
        const { step, input } = requestIn(inputs);
        expect(CONTRACT[step].input.safeParse(input).error, name).toBeUndefined();
      }
    }
  });

  test("locks and copies the hosts that stay, not the node that is gone or the new one", async () => {
    const rollback = await build();
    expect(request(rollback, "lock").input).toMatchObject({ id: "aaaaaaaa", hosts: ["node1", "node2"] });
    expect(request(rollback, "unlock").input).toEqual({ id: "aaaaaaaa", hosts: ["node1", "node2"], taken: [] });
    expect(request(rollback, "safety-copy").input).toMatchObject({ hosts: ["node1", "node2"] });
  });

  test("locks none where every etcd host is replaced, and then has the restore lock those that have come", async () => {
    const nodes = [someNode(1, ["controlplane", "worker"]), someNode(4)];
    const rancher = { ...disaster().rancher, version: "v2.1.5" };
    const rollback = await build({ rancher, cluster: { ...disaster().cluster, nodes } });
    expect(request(rollback, "lock").input).toMatchObject({ id: "aaaaaaaa", hosts: [] });
    expect(request(rollback, "etcd-restore").input).toMatchObject({
      lock: { id: "aaaaaaaa", hosts: ["node4"], taken: [] },
    });
    expect(request(rollback, "unlock").input).toEqual({ id: "aaaaaaaa", hosts: ["node4"], taken: [] });
    expect(request(rollback, "rancher-image-api").input.tokens).toMatchObject({ lock: { hosts: ["node4"] } });
    expect(request(rollback, "restart").input).toMatchObject({ lock: { hosts: ["node4"] } });
  });

  test("gives the edit the node that is gone and what is written for the new one", async () => {
    expect(request(await build(), "cluster-config").input).toEqual({
      replacements: [{ unresponsive: "node3", node: { address: "198.18.0.14", hostnameOverride: "node4" } }],
    });
  });

  test("needs s3cmd on the machine only where the snapshot comes from S3", async () => {
    expect(request(await build(), "await-node4").input).toMatchObject({ s3cmd: true, setsItselfUp: false });
    const fromFile = await build({ source: { kind: "file", path: "/backup/base" } });
    expect(request(fromFile, "await-node4").input).toMatchObject({
      s3cmd: false,
      kubernetesVersion: "v1.20.15-rancher2-2",
    });
  });

  test("pulls no snapshot without a source, and onto no node that has no etcd", async () => {
    const { source: _, ...rest } = disaster();
    const without = await recordRollback(rest);
    expect([...without.keys()].filter((name) => name.startsWith("snapshot-"))).toEqual([]);
    const worker = await build({
      cluster: { ...disaster().cluster, nodes: [someNode(1), someNode(2, ["worker"]), someNode(4)] },
    });
    expect(worker.has("snapshot-node2")).toBe(false);
  });

  test("has the snapshot fetched onto a new machine whatever it has, but not once the cluster file has the machine", async () => {
    const isNew = (rollback: Awaited<ReturnType<typeof build>>, name: string) =>
      (request(rollback, name).input as { isNew?: boolean }).isNew;
    const rollback = await build();
    expect([isNew(rollback, "snapshot-node4"), isNew(rollback, "snapshot-node1")]).toEqual([true, undefined]);
    expect(isNew(await build({ replacements: [existing({ isInFile: true })] }), "snapshot-node4")).toBeUndefined();
  });

  test("passes the keys of S3 as a secret on standard input, and nowhere else", async () => {
    const rollback = await build();
    for (const number of [1, 2, 4]) {
      expect(resource(rollback, `snapshot-node${number}`).secrets).toContain("stdin");
      expect(request(rollback, `snapshot-node${number}`).input).toMatchObject({ source: SOURCE });
    }
    expect(resource(rollback, "await-node4").secrets).toContain("stdin");
    for (const { name, inputs } of rollback.values()) {
      const { stdin: _, ...others } = inputs;
      expect(JSON.stringify(others), name).not.toMatch(/AKIAEXAMPLE|hunter2/);
    }
  });
});

describe("what makes a restore run again", () => {
  const two = existing({
    unresponsive: "node2",
    machine: { kind: "existing", address: "198.18.0.15" },
    node: someNode(5),
  });
  const renamed = existing({ node: { ...someNode(4), name: "etcd-4" } });
  test.each<[string, Replacement[]]>([
    ["an added replacement does not", [existing(), two]],
    ["a removed replacement does not", []],
    ["another order of replacements does not", [two, existing()]],
    ["a renamed replacement does not", [renamed]],
    ["another machine does not", [existing({ machine: { kind: "existing", address: "198.18.0.99" } })]],
    ["a machine on EC2 does not", [onEc2()]],
  ])("%s", async (_, replacements) => {
    const rollback = await build({ replacements });
    for (const name of ASKED_FOR) expect(triggers(rollback, name), name).toEqual(["snapshot base", "run 1"]);
  });

  test("another machine is waited for, gets the snapshot, and is written into the cluster file", async () => {
    const before = await build();
    const after = await build({ replacements: [existing({ machine: { kind: "existing", address: "198.18.0.99" } })] });
    expect(triggers(before, "await-node4")).toEqual(["198.18.0.14"]);
    expect(triggers(after, "await-node4")).toEqual(["198.18.0.99"]);
    expect(triggers(before, "snapshot-node4")).toEqual(["snapshot base", "await-node4 has run"]);
    expect(triggers(before, "snapshot-node1")).toEqual(["snapshot base"]);
    expect(triggers(before, "cluster-config")).toEqual(["replaces node3 with 198.18.0.14", "await-node4 has run"]);
  });
});

describe("a rollback with a machine on EC2", () => {
  test("makes it with an encrypted disk, IMDSv2 and the user data, for good", async () => {
    const instance = resource(await build({ replacements: [onEc2()] }), "node4");
    expect(instance.type).toBe(INSTANCE);
    // Pulumi refuses to delete it, forgets it where it was told to all the same, and AWS refuses whoever else deletes it.
    expect(instance).toMatchObject({ protect: true, retainOnDelete: true });
    expect(instance.inputs).toMatchObject({
      disableApiTermination: true,
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

  test("is not made again or stopped for a newer image, another type or a new release of this program", async () => {
    const { ignoreChanges } = resource(await build({ replacements: [onEc2()] }), "node4");
    for (const input of ["ami", "userData", "instanceType", "subnetId", "keyName", "rootBlockDevice"]) {
      expect(ignoreChanges).toContain(input);
    }
  });

  test("stays without the protection against termination that somebody has lifted by hand", async () => {
    expect(resource(await build({ replacements: [onEc2()] }), "node4").ignoreChanges).toContain(
      "disableApiTermination",
    );
  });

  test("looks the image up by owner and name", async () => {
    const rollback = await build({ replacements: [onEc2({ ami: { owner: "self", name: "debian-12-*" } })] });
    expect(resource(rollback, "node4").inputs.ami).toBe("ami-of-self-debian-12-*");
  });

  test("logs in at its private address, and writes that into the cluster file", async () => {
    const rollback = await build({ replacements: [onEc2()] });
    expect(request(rollback, "await-node4").input).toMatchObject({ node: { address: "10.0.0.4" }, setsItselfUp: true });
    const { replacements } = request(rollback, "cluster-config").input as { replacements: { node: object }[] };
    expect(replacements[0]?.node).toEqual({ address: "10.0.0.4", hostnameOverride: "node4" });
  });

  test("or at its public one, with the private one as internal address", async () => {
    const rollback = await build({ replacements: [onEc2({ reachedBy: "public" })] });
    expect(resource(rollback, "node4").inputs.associatePublicIpAddress).toBe(true);
    const { replacements } = request(rollback, "cluster-config").input as { replacements: { node: object }[] };
    expect(replacements[0]?.node).toMatchObject({ address: "203.0.113.4", internalAddress: "10.0.0.4" });
  });

  test("is waited for because of the instance, not of its address, which may change", async () => {
    const rollback = await build({ replacements: [onEc2()] });
    expect(triggers(rollback, "await-node4")).toEqual(["node4-id"]);
    expect(triggers(rollback, "cluster-config")).toEqual(["replaces node3 with node4-id", "await-node4 has run"]);
  });
});

test("the lock, the pulls, the restore and what makes a replacement node carry their hooks, and nothing else does", async () => {
  const rollback = await build({ replacements: [onEc2()] });
  const hooked = [...rollback.values()].filter(({ beforeCreateHooks }) => beforeCreateHooks.length > 0);
  expect(Object.fromEntries(hooked.map(({ name, beforeCreateHooks }) => [name, beforeCreateHooks]))).toEqual({
    lock: ["announcement-lock"],
    node4: ["announcement-node"],
    ...Object.fromEntries(
      ["node1", "node2", "node4"].map((node) => [`snapshot-${node}`, [`announcement-pull-${node}`]]),
    ),
    "await-node4": ["announcement-node"],
    "etcd-restore": ["announcement-restore"],
  });
});

test("an instance for a node that the cluster file has already is refused before it is made", async () => {
  const again = { ...onEc2(), isInFile: true, node: { ...someNode(4), address: "10.0.0.9" } };
  const rollback = await build({ replacements: [again] });
  expect(resource(rollback, "node4").beforeCreateHooks).toEqual(["announcement-node", "announcement-second-node4"]);
});

test("an instance that is itself the node that has died is named in the preview: none would be made in its place", () => {
  const gone = { ...someNode(4), address: "10.0.0.4" };
  const replacement = { ...onEc2(), unresponsive: "node-4" };
  expect(goneInstance({ ...replacement, gone }, "i-0ab1", ["10.0.0.4", "10.0.0.4"])).toEqual({
    message: "node-4 is the instance i-0ab1, which was made for the node node4: none would be made in its place",
    remedy: "Give the replacement another hostnameOverride",
  });
  expect(goneInstance(replacement, "i-0ab1", ["10.0.0.4", "10.0.0.4"])).toBeUndefined();
});

test("an instance that has got the address of the node it replaces is not taken for that node", () => {
  const gone = { ...someNode(3), address: "10.0.0.4" };
  expect(goneInstance({ ...onEc2(), unresponsive: "10.0.0.4", gone }, "i-0ab1", ["10.0.0.4"])).toBeUndefined();
});

function disaster(changes: Partial<Settings> = {}): Settings {
  const settings = someSettings();
  return {
    ...settings,
    cluster: { ...settings.cluster, nodes: [someNode(1), someNode(2), someNode(4)] },
    kubernetesVersion: "v1.20.15-rancher2-2",
    source: SOURCE,
    replacements: [existing()],
    ...changes,
  };
}

function existing(changes: Partial<Replacement> = {}): Replacement {
  return {
    unresponsive: "node3",
    machine: { kind: "existing", address: "198.18.0.14" },
    planned: { address: "198.18.0.14", hostnameOverride: "node4" },
    node: someNode(4),
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
  return recordRollback(disaster(changes));
}
