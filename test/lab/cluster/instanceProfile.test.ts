import { expect, test } from "vitest";
import { credentialsIn, profile } from "../../../lab/cluster/instanceProfile.ts";

const XML = `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId>
<SecretAccessKey>B</SecretAccessKey><Expiration>2026-01-02T15:04:05Z</Expiration><SessionToken>C</SessionToken>
</Credentials></AssumeRoleResult></AssumeRoleResponse>`;

test("hands out a role's credentials in the words of an instance metadata service", () => {
  expect(profile(credentialsIn(XML), new Date("2026-01-02T03:04:05Z"))).toEqual({
    Code: "Success",
    LastUpdated: "2026-01-02T03:04:05.000Z",
    Type: "AWS-HMAC",
    AccessKeyId: "A",
    SecretAccessKey: "B",
    Token: "C",
    Expiration: "2026-01-02T15:04:05Z",
  });
});

test("says which credential is missing", () => {
  expect(() => credentialsIn(XML.replaceAll("SessionToken", "Other"))).toThrow(/without SessionToken/);
});
