import { describe, expect, test } from "vitest";
import type { Problem } from "../../cluster/problem.ts";
import { KEYS } from "../../settings/keys.ts";
import { complete, refused } from "../support/givenSettings.ts";
import { typedSetting } from "../support/typedSetting.ts";

const mistakesOf = (over: Record<string, unknown>, plain: string[] = []) =>
  refused({ ...complete().given, ...over }, [], plain).mistakes;
const commandIn = ({ remedy }: Problem) =>
  typeof remedy === "object" && "pulumi" in remedy ? remedy.pulumi : undefined;
const EC2 = {
  kind: "ec2",
  unresponsive: "node3",
  hostnameOverride: "node4",
  instanceType: "t3.xlarge",
  keyName: "ops",
};

describe("the command that a refused setting comes with is one that Pulumi takes", () => {
  const everywhere = (value: unknown) => Object.fromEntries(Object.keys(KEYS).map((key) => [key, value]));

  test.each([
    ...["", 7, {}, ["", {}]].map(everywhere),
    { s3AccessKey: "one", snapshotSource: "s3://bucket" },
    { s3Region: "a", s3Endpoint: "https://minio.example.com", s3AccessKey: "one", s3SecretKey: "two" },
    { replacements: [{ ...EC2, ami: "ami-1", subnetId: "x", securityGroupIds: [], typo: 1, tags: { a: 1 } }] },
    { replacements: [{ kind: "existing", unresponsive: "10.9.9.9", address: "10.0.0.4" }] },
    { snapshotSource: "node:10.9.9.9" },
    { clusterFile: "/not/there.yml", rkePath: "/not/there", rancherCaFile: "/not/there", knownHostsFile: "/not/there" },
    { rancherDeployment: "other" },
  ])("%j", (over) => {
    const mistakes = mistakesOf(over, Object.keys(over));
    expect(mistakes.length).toBeGreaterThan(0);
    for (const mistake of mistakes) {
      const command = commandIn(mistake);
      if (command !== undefined) expect(typedSetting(command).key, mistake.message).toBe(mistake.key.split(/[.[]/)[0]);
    }
  });
});

test("a text in the place of a list has to be removed first, as Pulumi puts no entry into it", () => {
  for (const [key, example] of [
    ["acceptHazardsOf", "--path 'acceptHazardsOf[0]' prod-eu@before-upgrade-v2.5.9"],
    ["replacements", "--path 'replacements[0].unresponsive' 3.3.3.3"],
  ] as const) {
    const [mistake] = mistakesOf({ [key]: "node3" });
    expect(mistake?.remedy).toEqual({
      text: `set it entry by entry, such as ${example}, once the text is removed`,
      pulumi: `config rm ${key}`,
    });
  }
});

test("what is wrong in an entry of a list is not answered with a command that changes another part of it", () => {
  const [mistake] = mistakesOf({ replacements: [{ kind: "existing", unresponsive: "10.0.0.3" }] });
  expect(mistake).toEqual({
    key: "replacements[0].address",
    message: "replacements[0].address is missing",
    remedy: "correct this entry in the stack's config",
  });
});

test("what is for S3 only is to be removed where the snapshot comes from elsewhere", () => {
  const s3 = { s3Endpoint: "https://minio.example.com", s3Region: "a", s3AccessKey: "one", s3SecretKey: "two" };
  for (const source of [{}, { snapshotSource: "node:10.0.0.1" }]) {
    expect(mistakesOf({ ...s3, ...source }).map(({ message, remedy }) => [message, remedy])).toEqual(
      Object.keys(s3).map((key) => [
        `${key} is for a snapshotSource in S3 only`,
        { text: "remove it", pulumi: `config rm ${key}` },
      ]),
    );
  }
});
