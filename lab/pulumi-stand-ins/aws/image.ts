import { type Properties, reveal } from "../values.ts";

/** The only image there is: what a machine of the lab is made of. */
export const IMAGE = { id: "ami-0000000000000001a", name: "lab-debian-12", ownerId: "000000000000" };

interface GetAmiArgs {
  mostRecent?: boolean;
  owners?: string[];
  filters?: { name: string; values: string[] }[];
}

/**
 * The function `aws:ec2/getAmi:getAmi`.
 * @throws Error in the official plugin's words when no image is asked for that there is, or by what the lab does not know.
 */
export function getAmi(args: Properties): Properties {
  const { mostRecent: _, owners = [], filters = [], ...others } = reveal(args) as GetAmiArgs;
  const [unknown] = [...filters.map(({ name }) => name).filter((name) => name !== "name"), ...Object.keys(others)];
  if (unknown) throw failed(`the lab's stand-in for the aws plugin finds images by owner and name, not by ${unknown}`);
  const isFound =
    owners.some((owner) => owner === "self" || owner === IMAGE.ownerId) &&
    filters.every(({ values }) => values.some((pattern) => matches(IMAGE.name, pattern)));
  if (!isFound) throw failed("Your query returned no results. Please change your search criteria and try again.");
  return { ...args, ...IMAGE, imageId: IMAGE.id };
}

function failed(why: string): Error {
  return new Error(`invoking aws:ec2/getAmi:getAmi: 1 error occurred:\n\t* ${why}\n\n`);
}

/** As EC2 does: `*` stands for any characters, `?` for one. */
function matches(value: string, pattern: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(value);
}
