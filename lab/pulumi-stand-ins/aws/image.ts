import { type Properties, reveal } from "../values.ts";

/** The only image there is: what a machine of the lab is made of. */
export const IMAGE = { id: "ami-0000000000000001a", name: "lab-debian-12", ownerId: "000000000000" };

interface GetAmiArgs {
  owners?: string[];
  filters?: { name: string; values: string[] }[];
}

/**
 * The function `aws:ec2/getAmi:getAmi`, with filters by name alone.
 * @throws Error in the official plugin's words when no image is asked for that there is.
 */
export function getAmi(args: Properties): Properties {
  const { owners = [], filters = [] } = reveal(args) as GetAmiArgs;
  const isFound =
    owners.some((owner) => owner === "self" || owner === IMAGE.ownerId) &&
    filters.every(({ name, values }) => name === "name" && values.some(matchesName));
  if (isFound) return { ...args, ...IMAGE, imageId: IMAGE.id };
  const why = "Your query returned no results. Please change your search criteria and try again.";
  throw new Error(`invoking aws:ec2/getAmi:getAmi: 1 error occurred:\n\t* ${why}\n\n`);
}

/** As EC2 does: `*` stands for any characters, `?` for one. */
function matchesName(pattern: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(IMAGE.name);
}
