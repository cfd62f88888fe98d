import { type Properties, reveal } from "../values.ts";

/** The only image there is: what a machine of the lab is made of. */
export const IMAGE = {
  id: "ami-0000000000000001a",
  name: "lab-debian-12",
  ownerId: "000000000000",
  architecture: "x86_64",
  state: "available",
  rootDeviceName: "/dev/xvda",
  rootDeviceType: "ebs",
  virtualizationType: "hvm",
};

/** What images can be filtered by, in the words of EC2's DescribeImages. */
const FILTERED: Record<string, string> = {
  name: IMAGE.name,
  "image-id": IMAGE.id,
  "owner-id": IMAGE.ownerId,
  architecture: IMAGE.architecture,
  state: IMAGE.state,
  "root-device-type": IMAGE.rootDeviceType,
  "virtualization-type": IMAGE.virtualizationType,
};

interface GetAmiArgs {
  owners?: string[];
  filters?: { name: string; values: string[] }[];
  nameRegex?: string;
}

/**
 * The function `aws:ec2/getAmi:getAmi`.
 * @throws Error in the official plugin's words when no image is asked for that there is.
 */
export function getAmi(args: Properties): Properties {
  const { owners = [], filters = [], nameRegex = "" } = reveal(args) as GetAmiArgs;
  const isFound =
    owners.some((owner) => owner === "self" || owner === IMAGE.ownerId) &&
    filters.every(({ name, values }) => values.some((pattern) => matches(filtered(name), pattern))) &&
    new RegExp(nameRegex).test(IMAGE.name);
  if (!isFound) throw failed("Your query returned no results. Please change your search criteria and try again.");
  return { ...args, ...IMAGE, imageId: IMAGE.id };
}

function filtered(name: string): string {
  const value = FILTERED[name];
  if (value === undefined)
    throw failed(`reading EC2 AMIs: api error InvalidParameterValue: The filter '${name}' is invalid`);
  return value;
}

function failed(why: string): Error {
  return new Error(`invoking aws:ec2/getAmi:getAmi: 1 error occurred:\n\t* ${why}\n\n`);
}

/** As EC2 does: `*` stands for any characters, `?` for one. */
function matches(value: string, pattern: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(value);
}
