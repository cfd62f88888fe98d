import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { givenArgs } from "../../components/args.ts";

const REQUIRED = {
  snapshot: "base",
  clusterFile: "c.yml",
  rancherVersion: "v2.5.8",
  rancherUrl: "https://r.example.com",
};

test("arguments are given as a stack's config has them: scalars as text, lists as they are", async () => {
  const { values } = await givenArgs("prod", {
    ...REQUIRED,
    run: 2,
    readCluster: pulumi.output(false),
    replacements: [{ unresponsive: pulumi.output("3.3.3.3"), kind: "existing", address: "4.4.4.4", port: 22 }],
  });
  expect(values).toEqual({
    ...REQUIRED,
    run: "2",
    readCluster: "false",
    replacements: [{ unresponsive: "3.3.3.3", kind: "existing", address: "4.4.4.4", port: 22 }],
  });
});

test("a secret is not among the plain arguments, however deep it lies", async () => {
  const { plain } = await givenArgs("prod", {
    ...REQUIRED,
    s3SecretKey: pulumi.secret("hunter2"),
    replacements: [{ unresponsive: "3.3.3.3", kind: "existing", address: pulumi.secret("4.4.4.4") }],
  });
  expect(plain.sort()).toEqual(Object.keys(REQUIRED).sort());
});

test("what a preview does not know is refused by name", async () => {
  const unknown = new (pulumi.Output as unknown as new (...parts: unknown[]) => pulumi.Output<string>)(
    new Set(),
    Promise.resolve("?"),
    Promise.resolve(false),
    Promise.resolve(false),
    Promise.resolve(new Set()),
  );
  await expect(givenArgs("prod", { ...REQUIRED, rancherUrl: unknown })).rejects.toThrow(
    /^prod: not known before the update: rancherUrl\. Nothing was done\. .*: give it plain values/,
  );
});

test("an argument that is empty is not given, as a program in YAML cannot leave one out", async () => {
  const { values } = await givenArgs("prod", { ...REQUIRED, acceptDataLossOf: "", rancherCaFile: pulumi.output("") });
  expect(values).toEqual(REQUIRED);
});
