import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { IMAGE } from "../../../../lab/pulumi-stand-ins/aws/image.ts";
import type { Machine, Machines } from "../../../../lab/pulumi-stand-ins/aws/machines.ts";
import { awsProvider } from "../../../../lab/pulumi-stand-ins/aws/provider.ts";
import type { Resource } from "../../../../lab/pulumi-stand-ins/provider.ts";
import { type Properties, secret, UNKNOWN } from "../../../../lab/pulumi-stand-ins/values.ts";
import { recordingLog } from "../log.ts";

/** What the program asks for. */
const INPUTS: Properties = {
  ami: IMAGE.id,
  associatePublicIpAddress: false,
  instanceType: "t3.large",
  keyName: "lab",
  metadataOptions: { httpEndpoint: "enabled", httpTokens: "required" },
  rootBlockDevice: { encrypted: true, volumeSize: 50, volumeType: "gp3" },
  subnetId: "subnet-0ab1",
  tags: { Name: "node4" },
  userData: "#!/bin/sh",
  vpcSecurityGroupIds: ["sg-0ab1", "sg-0ab2"],
};

/** A cloud that remembers what it was asked for. */
class FakeCloud implements Machines {
  readonly said: string[] = [];
  readonly there = new Map<string, Machine>();
  private starting = 0;

  async start(userData: string): Promise<Machine> {
    this.starting++;
    await sleep(1);
    this.said.push(`${this.starting} start ${userData}`);
    this.starting--;
    const number = this.there.size + 1;
    const machine = { id: `i-0000000000000000${number}`, address: `10.0.0.${number}`, isOn: true };
    this.there.set(machine.id, machine);
    return machine;
  }

  async find(id: string): Promise<Machine | undefined> {
    return this.there.get(id);
  }

  async restart(id: string): Promise<void> {
    this.said.push(`restart ${id}`);
  }

  async remove(id: string): Promise<void> {
    this.there.delete(id);
  }
}

function resourceOf(cloud: Machines): Resource {
  return awsProvider(cloud).resources["aws:ec2/instance:Instance"] as Resource;
}

function request(inputs: Properties, preview = false) {
  return { urn: "urn", name: "node4", inputs, preview, timeout: 0, log: recordingLog() };
}

/** An instance that runs, and the cloud that it runs in. */
async function running(inputs = INPUTS) {
  const cloud = new FakeCloud();
  const instance = resourceOf(cloud);
  const { id, state } = await instance.create(request((await instance.check(inputs)).inputs));
  const update = async (given: Properties, preview = false) =>
    instance.update({ ...request(given, preview), id, state });
  return { cloud, instance, id, state, update };
}

describe("an instance", () => {
  test("runs its user data, which stay secret where they are", async () => {
    const { cloud, state } = await running({ ...INPUTS, userData: secret("#!/bin/sh") });
    expect(state.userData).toEqual(secret("#!/bin/sh"));
    expect(cloud.said).toEqual(["1 start #!/bin/sh"]);
  });

  test("has a public address only where it was asked for", async () => {
    const instance = resourceOf(new FakeCloud());
    expect(await instance.create(request(INPUTS))).toEqual({
      id: "i-00000000000000001",
      state: { ...INPUTS, instanceState: "running", privateIp: "10.0.0.1", publicIp: "" },
    });
    const open = await instance.create(request({ ...INPUTS, associatePublicIpAddress: true }));
    expect(open.state).toMatchObject({ privateIp: "10.0.0.2", publicIp: "10.0.0.2" });
  });

  test("is not made in a preview, where its addresses are unknown and its inputs are not", async () => {
    const cloud = new FakeCloud();
    const { state } = await resourceOf(cloud).create(request({ ...INPUTS, ami: UNKNOWN }, true));
    expect(cloud.said).toEqual([]);
    expect(state).toMatchObject({ ami: UNKNOWN, keyName: "lab", privateIp: UNKNOWN, publicIp: UNKNOWN });
  });

  test.each<[Properties, string]>([
    [{ ami: "ami-1" }, "InvalidAMIID.NotFound: The image id '[ami-1]' does not exist"],
    [{ keyName: "ops" }, "InvalidKeyPair.NotFound: The key pair 'ops' does not exist"],
    [{ subnetId: "subnet-1" }, "InvalidSubnetID.NotFound: The subnet ID 'subnet-1' does not exist"],
    [{ vpcSecurityGroupIds: ["sg-0ab1", "sg-1"] }, "InvalidGroup.NotFound: The security group 'sg-1' does not exist"],
    [{ iamInstanceProfile: "reader" }, "InvalidParameterValue: Value (reader) for parameter iamInstanceProfile.name"],
  ])("is not made of what there is not: %j", async (change, words) => {
    const cloud = new FakeCloud();
    await expect(resourceOf(cloud).create(request({ ...INPUTS, ...change }))).rejects.toThrow(words);
    expect(cloud.said).toEqual([]);
  });

  test("is made after another that was asked for at the same time, even where that one failed", async () => {
    const cloud = new FakeCloud();
    const instance = resourceOf(cloud);
    await Promise.all([1, 2, 3].map(() => instance.create(request(INPUTS))));
    expect(cloud.said).toEqual(Array(3).fill("1 start #!/bin/sh"));

    const start = cloud.start.bind(cloud);
    cloud.start = async () => {
      cloud.start = start;
      throw new Error("no place");
    };
    const [failed, made] = await Promise.allSettled([1, 2].map(() => instance.create(request(INPUTS))));
    expect([failed?.status, made?.status]).toEqual(["rejected", "fulfilled"]);
  });

  test("that is gone is reported as gone, one that is off is stopped, and one that is deleted is gone", async () => {
    const { cloud, instance, id, state } = await running();
    const reading = { id, state, inputs: INPUTS, log: recordingLog() };
    expect(await instance.read(reading)).toEqual({ state, inputs: INPUTS });
    cloud.there.set(id, { id, address: "10.0.0.1", isOn: false });
    expect(await instance.read(reading)).toMatchObject({ state: { instanceState: "stopped", privateIp: "10.0.0.1" } });
    await instance.delete(reading);
    expect(await instance.read(reading)).toBeUndefined();
  });

  test("that is protected against termination is not deleted", async () => {
    const { cloud, instance, id, state } = await running({ ...INPUTS, disableApiTermination: true });
    await expect(instance.delete({ id, state, log: recordingLog() })).rejects.toThrow(
      `The instance '${id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
    );
    expect(cloud.there.size).toBe(1);
  });
});

describe("what changes an instance", () => {
  const disk = INPUTS.rootBlockDevice as Properties;

  test.each<[string, Properties, string[]]>([
    ["another image", { ami: "ami-2" }, ["ami"]],
    ["an image that is not known yet", { ami: UNKNOWN }, ["ami"]],
    ["another subnet", { subnetId: "subnet-2" }, ["subnetId"]],
    ["another key pair", { keyName: "other" }, ["keyName"]],
    ["a public address", { associatePublicIpAddress: true }, ["associatePublicIpAddress"]],
    ["an unencrypted disk", { rootBlockDevice: { ...disk, encrypted: false } }, ["rootBlockDevice.encrypted"]],
    ["a larger disk", { rootBlockDevice: { ...disk, volumeSize: 80 } }, []],
    ["another type", { instanceType: "t3.small" }, []],
    ["other metadata options", { metadataOptions: { httpTokens: "optional" } }, []],
    ["an instance profile", { iamInstanceProfile: "reader" }, []],
    ["another security group", { vpcSecurityGroupIds: ["sg-0ab1", "sg-3"] }, []],
    ["one security group less", { vpcSecurityGroupIds: ["sg-0ab1"] }, []],
    ["protection against termination", { disableApiTermination: true }, []],
    ["another tag", { tags: { Name: "node5" } }, []],
    ["no tags", { tags: undefined }, []],
    ["other user data", { userData: "#!/bin/bash" }, []],
  ])("is %s, by a replacement or an update as on AWS", async (_what, change, replaces) => {
    const { instance, state } = await running();
    const difference = await instance.diff(state, { ...INPUTS, ...change });
    expect(difference.changes.size).toBeGreaterThan(0);
    expect(difference.replaces).toEqual(replaces);
  });

  test.each<[string, Properties]>([
    ["the same again", {}],
    ["the same security groups in another order", { vpcSecurityGroupIds: ["sg-0ab2", "sg-0ab1"] }],
    ["what was left out", { keyName: undefined, metadataOptions: undefined, subnetId: undefined, userData: undefined }],
    ["the same user data as a secret", { userData: secret("#!/bin/sh") }],
  ])("is not %s", async (_what, change) => {
    const { instance, state } = await running();
    const { inputs } = await instance.check(JSON.parse(JSON.stringify({ ...INPUTS, ...change })));
    expect([...(await instance.diff(state, inputs)).changes.keys()]).toEqual([]);
  });

  test("stops it and starts it again for its type and its user data, and for nothing else", async () => {
    const { cloud, id, update } = await running();
    const { tags: _, ...untagged } = INPUTS;
    await update({ ...INPUTS, userData: "#!/bin/bash" }, true);
    expect(await update(untagged)).not.toHaveProperty("tags");
    expect(cloud.said).toHaveLength(1);
    await update({ ...INPUTS, userData: "#!/bin/bash" });
    await update({ ...INPUTS, instanceType: "t3.small" });
    expect(cloud.said.slice(1)).toEqual([`restart ${id}`, `restart ${id}`]);
  });

  test("fails where it is gone", async () => {
    const { cloud, id, update } = await running();
    cloud.there.clear();
    await expect(update({ ...INPUTS, tags: {} })).rejects.toThrow(`The instance ID '${id}' does not exist`);
  });
});

test("an instance's inputs are refused all at once, each with its reason", async () => {
  const check = resourceOf(new FakeCloud()).check;
  const { failures } = await check({ userData: "x".repeat(16_385), volumeTags: {} });
  expect(failures.map(({ property }) => property)).toEqual(["ami", "instanceType", "userData", "volumeTags"]);
  expect(failures[2]?.reason).toContain("in the range (0 - 16384), got 16385 characters");
  expect(failures[3]?.reason).toContain("is unknown to the lab's stand-in");
  expect((await check({ ...INPUTS, ami: UNKNOWN, userData: UNKNOWN })).failures).toEqual([]);
});
