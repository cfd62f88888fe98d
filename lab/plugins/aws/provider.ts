import type { Provider } from "../provider.ts";
import { type Properties, reveal } from "../values.ts";
import { instance } from "./instance.ts";
import type { Machines } from "./machines.ts";

/** The only image there is: what a machine of the lab is made of. */
const IMAGE = { id: "ami-0000000000000001a", name: "lab-debian-12", owners: ["self", "000000000000"] };

/** A cloud of its own for the lab, behind the face of the official AWS plugin: `ec2.Instance`, `ec2.getAmi`, nothing else. */
export function awsProvider(machines: Machines): Provider {
  return {
    name: "aws",
    version: "7.48.0",
    checkConfig: () => [],
    diffConfig: () => ({ changes: new Map(), replaces: [] }),
    configure: async () => {},
    resources: { "aws:ec2/instance:Instance": instance(machines) },
    functions: { "aws:ec2/getAmi:getAmi": async (args) => getAmi(args) },
    cancel: () => {},
  };
}

/** @throws Error in the official plugin's words when no image is asked for that there is. */
export function getAmi(args: Properties): Properties {
  const { owners = [], filters = [] } = reveal(args) as { owners?: string[]; filters?: Filter[] };
  const named = filters.filter(({ name }) => name === "name").every(({ values }) => values.some(isName));
  if (!named || !owners.some((owner) => IMAGE.owners.includes(owner))) {
    throw new Error(
      "invoking aws:ec2/getAmi:getAmi: Your query returned no results. Please change your search criteria and try again.",
    );
  }
  return { ...args, id: IMAGE.id, imageId: IMAGE.id, name: IMAGE.name, architecture: "x86_64" };
}

interface Filter {
  name: string;
  values: string[];
}

function isName(pattern: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(IMAGE.name);
}
