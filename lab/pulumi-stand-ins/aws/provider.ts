import type { Provider } from "../provider.ts";
import { getAmi } from "./image.ts";
import { instance } from "./instance.ts";
import type { Machines } from "./machines.ts";

/** A cloud of its own for the lab, behind the face of the official AWS plugin: `ec2.Instance`, `ec2.getAmi`, nothing else. */
export function awsProvider(machines: Machines): Provider {
  return {
    name: "aws",
    version: "7.48.0",
    resources: { "aws:ec2/instance:Instance": instance(machines) },
    functions: { "aws:ec2/getAmi:getAmi": async (args) => getAmi(args) },
  };
}
