import { changesBetween, rootOf } from "../diff.ts";
import type { Resource } from "../provider.ts";
import { type Properties, reveal, UNKNOWN } from "../values.ts";
import type { Machine, Machines } from "./machines.ts";

/** Inputs whose change makes a new instance (`ForceNew` in terraform-provider-aws, ec2/ec2_instance.go). */
const REPLACED_BY = new Set([
  "ami",
  "associatePublicIpAddress",
  "availabilityZone",
  "keyName",
  "privateIp",
  "subnetId",
  "rootBlockDevice.encrypted",
  "rootBlockDevice.kmsKeyId",
]);

/** What is known of an instance only when it runs. */
const COMPUTED = ["arn", "instanceState", "privateDns", "privateIp", "publicDns", "publicIp"];

export function instance(machines: Machines): Resource {
  return {
    check: async (inputs) => ({ inputs, failures: [] }),

    diff: async (state, inputs) => {
      const known = Object.entries(state).filter(([key]) => key !== "id" && (key in inputs || !COMPUTED.includes(key)));
      const changes = changesBetween(Object.fromEntries(known), inputs);
      const isNew = inputs.userDataReplaceOnChange === true ? ["userData", "userDataBase64"] : [];
      const replaces = [...changes.keys()].filter(
        (path) => REPLACED_BY.has(path) || REPLACED_BY.has(rootOf(path)) || isNew.includes(path),
      );
      return { changes, replaces };
    },

    create: async ({ inputs, preview, log }) => {
      if (preview) return { id: "", state: { ...inputs, ...unknown() } };
      const said = (line: string) => log.status("info", line);
      const machine = await machines.start(String(reveal(inputs.userData ?? "")), said);
      return { id: machine.id, state: { ...inputs, ...computed(machine) } };
    },

    update: async ({ id, state, inputs, preview }) => {
      const machine = preview ? undefined : await machines.find(id);
      const kept = Object.fromEntries(COMPUTED.map((key) => [key, state[key]]));
      return { ...inputs, ...(machine ? computed(machine) : kept) };
    },

    delete: async ({ id }) => machines.remove(id),

    read: async ({ id, state, inputs }) => {
      const machine = await machines.find(id);
      return machine && { state: { ...state, ...computed(machine) }, inputs };
    },
  };
}

function computed({ id, address }: Machine): Properties {
  return {
    arn: `arn:aws:ec2:eu-central-1:000000000000:instance/${id}`,
    instanceState: "running",
    privateDns: `ip-${address.replaceAll(".", "-")}.eu-central-1.compute.internal`,
    privateIp: address,
    publicDns: "",
    // The lab's network is all the internet that there is.
    publicIp: address,
  };
}

function unknown(): Properties {
  return Object.fromEntries(COMPUTED.map((key) => [key, UNKNOWN]));
}
