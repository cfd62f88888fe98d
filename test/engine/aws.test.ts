import { describe, expect, test } from "vitest";
import { instance } from "../../lab/plugins/aws/instance.ts";
import type { Machine, Machines } from "../../lab/plugins/aws/machines.ts";
import { getAmi } from "../../lab/plugins/aws/provider.ts";
import { type Properties, secret, UNKNOWN } from "../../lab/plugins/values.ts";
import { recordingLog } from "./log.ts";

const INPUTS: Properties = {
  ami: "ami-1",
  instanceType: "t3.large",
  keyName: "ops",
  rootBlockDevice: { encrypted: true, volumeSize: 50 },
  tags: { Name: "node4" },
  userData: "#!/bin/sh",
};

/** A cloud of one machine. */
function cloud(): Machines & { said: string[]; there: Map<string, Machine> } {
  const [said, there] = [[] as string[], new Map<string, Machine>()];
  return {
    said,
    there,
    start: async (userData) => {
      said.push(userData);
      const machine = { id: "i-00000000000000001", address: "10.0.0.4" };
      there.set(machine.id, machine);
      return machine;
    },
    find: async (id) => there.get(id),
    remove: async (id) => void there.delete(id),
  };
}

function create(machines: Machines, inputs = INPUTS, preview = false) {
  return instance(machines).create({ urn: "urn", name: "node4", inputs, preview, timeout: 0, log: recordingLog() });
}

describe("an instance", () => {
  test("runs its user data, a secret one too, and then has addresses", async () => {
    const machines = cloud();
    const { id, state } = await create(machines, { ...INPUTS, userData: secret("#!/bin/sh") });
    expect(machines.said).toEqual(["#!/bin/sh"]);
    expect(id).toBe("i-00000000000000001");
    expect(state).toMatchObject({ ami: "ami-1", privateIp: "10.0.0.4", instanceState: "running" });
  });

  test("is not made in a preview, where its addresses are unknown", async () => {
    const machines = cloud();
    const { state } = await create(machines, INPUTS, true);
    expect(machines.there.size).toBe(0);
    expect(state).toMatchObject({ privateIp: UNKNOWN, publicIp: UNKNOWN });
  });

  test("does not differ from what was asked for, addresses or not", async () => {
    const machines = cloud();
    const { state } = await create(machines);
    const { changes } = await instance(machines).diff({ ...state, id: "i-1" }, INPUTS);
    expect([...changes]).toEqual([]);
  });

  test.each<[string, Properties, string[]]>([
    ["another image", { ami: "ami-2" }, ["ami"]],
    ["another key pair", { keyName: "other" }, ["keyName"]],
    ["an unencrypted disk", { rootBlockDevice: { encrypted: false, volumeSize: 50 } }, ["rootBlockDevice.encrypted"]],
    ["a larger disk", { rootBlockDevice: { encrypted: true, volumeSize: 80 } }, []],
    ["another type", { instanceType: "t3.small" }, []],
    ["other user data", { userData: "#!/bin/bash" }, []],
    ["other user data, where that is asked for", { userData: "#", userDataReplaceOnChange: true }, ["userData"]],
  ])("with %s is replaced or updated as on AWS", async (_what, change, replaces) => {
    const machines = cloud();
    const { state } = await create(machines);
    const difference = await instance(machines).diff(state, { ...INPUTS, ...change });
    expect(difference.changes.size).toBeGreaterThan(0);
    expect(difference.replaces).toEqual(replaces);
  });

  test("that is gone is told so, and one that is deleted is gone", async () => {
    const machines = cloud();
    const { id, state } = await create(machines);
    const reading = { id, state, inputs: INPUTS, log: recordingLog() };
    expect(await instance(machines).read(reading)).toMatchObject({ state: { privateIp: "10.0.0.4" } });
    await instance(machines).delete(reading);
    expect(await instance(machines).read(reading)).toBeUndefined();
  });
});

describe("an image", () => {
  const named = (...values: string[]) => [{ name: "name", values }];

  test("is found by owner and a pattern of its name", () => {
    for (const pattern of ["lab-debian-12", "lab-*", "lab-debian-1?"]) {
      expect(getAmi({ owners: ["self"], filters: named(pattern) })).toMatchObject({ id: "ami-0000000000000001a" });
    }
  });

  test("that there is not is an error in AWS's words", () => {
    for (const args of [
      { owners: ["self"], filters: named("ubuntu-*") },
      { owners: ["amazon"], filters: named("lab-debian-12") },
      { owners: ["self"], filters: named("lab.debian.12") },
    ]) {
      expect(() => getAmi(args)).toThrow("Your query returned no results");
    }
  });
});
