import { describe, expect, test } from "vitest";
import { getAmi, IMAGE } from "../../../../lab/pulumi-stand-ins/aws/image.ts";
import type { Properties } from "../../../../lab/pulumi-stand-ins/values.ts";

describe("an image", () => {
  const named = (...values: string[]) => [{ name: "name", values }];

  test("is found by owner and a pattern of its name", () => {
    for (const owners of [["self"], ["000000000000"], ["amazon", "self"]])
      for (const pattern of ["lab-debian-12", "lab-*", "lab-debian-1?"])
        expect(getAmi({ mostRecent: true, owners, filters: named("other", pattern) })).toMatchObject({ id: IMAGE.id });
  });

  test.each<[string, Properties]>([
    ["of another name", { owners: ["self"], filters: named("ubuntu-*") }],
    ["whose name only matches as a regular expression", { owners: ["self"], filters: named("lab.debian.12") }],
    ["of another owner", { owners: ["amazon"], filters: named("lab-debian-12") }],
  ])("%s is an error in AWS's words", (_what, args) => {
    expect(() => getAmi(args)).toThrow(
      "1 error occurred:\n\t* Your query returned no results. Please change your search criteria and try again.",
    );
  });

  test("is found by nothing else", () => {
    const filters = [{ name: "architecture", values: ["x86_64"] }];
    expect(() => getAmi({ owners: ["self"], filters })).toThrow("not by architecture");
    expect(() => getAmi({ owners: ["self"], nameRegex: "^lab" })).toThrow("not by nameRegex");
  });
});
