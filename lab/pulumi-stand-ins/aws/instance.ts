import { format } from "node:util";
import type { Resource } from "../provider.ts";
import { type Properties, reveal, UNKNOWN } from "../values.ts";
import { IMAGE } from "./image.ts";
import { difference, problemsOf, restarts } from "./inputs.ts";
import type { Machine, Machines } from "./machines.ts";

/** What is known of an instance only when it is there; of all that AWS tells, what the program may ask for. */
const UNKNOWN_YET = { instanceState: UNKNOWN, privateIp: UNKNOWN, publicIp: UNKNOWN };

/** All that the lab's cloud has, and what EC2 says of anything else. */
const THERE: [input: string, ids: string[], refusal: string][] = [
  ["ami", [IMAGE.id], "InvalidAMIID.NotFound: The image id '[%s]' does not exist"],
  ["keyName", ["lab"], "InvalidKeyPair.NotFound: The key pair '%s' does not exist"],
  ["subnetId", ["subnet-0ab1"], "InvalidSubnetID.NotFound: The subnet ID '%s' does not exist"],
  ["vpcSecurityGroupIds", ["sg-0ab1", "sg-0ab2"], "InvalidGroup.NotFound: The security group '%s' does not exist"],
  ["iamInstanceProfile", [], "InvalidParameterValue: Value (%s) for parameter iamInstanceProfile.name is invalid"],
];

function mustBeThere(inputs: Properties): void {
  for (const [input, ids, refusal] of THERE) {
    const missing = [reveal(inputs)[input] ?? []].flat().find((id) => !ids.includes(String(id)));
    if (missing === undefined) continue;
    throw new Error(`creating EC2 Instance: operation error EC2: RunInstances, api error ${format(refusal, missing)}`);
  }
}

/** `aws:ec2/instance:Instance`. */
export function instance(machines: Machines): Resource {
  let last: Promise<unknown> = Promise.resolve();
  /** The engine asks for several instances at once. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };

  return {
    check: async (inputs) => ({ inputs, failures: problemsOf(inputs) }),

    diff: async (state, inputs) => difference(state, inputs),

    create: async ({ inputs, preview, log }) => {
      if (preview) return { id: "", state: { ...UNKNOWN_YET, ...inputs } };
      mustBeThere(inputs);
      const said = (line: string) => log.status("info", line);
      const machine = await inTurn(() => machines.start(userDataIn(inputs), said));
      return { id: machine.id, state: outputs(inputs, machine) };
    },

    update: async ({ id, state, inputs, preview, log }) => {
      const { tags, ...kept } = state;
      const after = { ...kept, ...inputs };
      if (preview) return after;
      if (restarts(state, inputs)) await machines.restart(id, (line) => log.status("info", line));
      const machine = await machines.find(id);
      if (!machine) throw new Error(`updating EC2 Instance (${id}): ${notThere(id)}`);
      return outputs(after, machine);
    },

    delete: async ({ id, state }) => {
      if (reveal(state).disableApiTermination === true)
        throw new Error(
          `terminating EC2 Instance (${id}): operation error EC2: TerminateInstances, api error OperationNotPermitted: The instance '${id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
        );
      await machines.remove(id);
    },

    read: async ({ id, state, inputs }) => {
      const machine = await machines.find(id);
      return machine && { state: outputs(state, machine), inputs };
    },
  };
}

function userDataIn(inputs: Properties): string {
  const { userData } = reveal(inputs);
  return typeof userData === "string" ? userData : "";
}

function outputs(properties: Properties, { address, isOn }: Machine): Properties {
  // The lab's network is all the internet that there is, and its subnets are public where nobody says otherwise.
  const isPublic = isOn && reveal(properties.associatePublicIpAddress) !== false;
  const instanceState = isOn ? "running" : "stopped";
  return { ...properties, instanceState, privateIp: address, publicIp: isPublic ? address : "" };
}

function notThere(id: string): string {
  return `operation error EC2: DescribeInstances, api error InvalidInstanceID.NotFound: The instance ID '${id}' does not exist`;
}
