import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { componentSchema } from "../../packaging/componentSchema.ts";
import { provider } from "../../plugin/provider.ts";
import { KEYS } from "../../settings/keys.ts";
import { replacementRule } from "../../settings/replacements.ts";

const PROJECT = join(import.meta.dirname, "../..");
const TYPE = "rancher-rollback:index:RancherRollback";
const read = (file: string) => JSON.parse(readFileSync(join(PROJECT, file), "utf8"));

describe("the schema for other languages", () => {
  test("is that of the component", { timeout: 300_000 }, () => {
    expect(read("plugin/schema.json")).toEqual(componentSchema());
  });

  test("has the package's version, all settings but the webhook as inputs, and typed outputs", async () => {
    const schema = JSON.parse((await provider.getSchema?.()) ?? "");
    const { inputProperties, requiredInputs, properties, required } = schema.resources[TYPE];
    expect(schema.version).toBe(read("package.json").version);
    expect(provider.version).toBe(schema.version);
    expect([...Object.keys(inputProperties), "webhook"].sort()).toEqual(Object.keys(KEYS).sort());
    expect(requiredInputs).toEqual(["clusterFile", "rancherUrl", "rancherVersion", "snapshot"]);
    expect(properties.report.$ref).toBe("#/types/rancher-rollback:index:RollbackSummary");
    for (const name of ["safetyCopy", "undoCommand", "rancherVersion"]) expect(properties[name].type).toBe("string");
    expect(required).toEqual(["rancherVersion", "report"]);
    const { bytes } = schema.types["rancher-rollback:index:SavedCopy"].properties;
    // A safety copy may have more bytes than 32 bits count.
    expect(bytes.type).toBe("number");
    expect(inputProperties.s3SecretKey.secret).toBe(true);
    expect(inputProperties.run.type).toBe("integer");
  });

  test("has the words of every setting that is one of a few as an enum", () => {
    const { resources, types } = read("plugin/schema.json");
    const { inputProperties } = resources[TYPE];
    const replacement = types["rancher-rollback:index:ReplacementArgs"].properties;
    const wordsOf = ({ $ref }: { $ref: string }): string[] =>
      types[$ref.replace("#/types/", "")].enum.map(({ value }: { value: string }) => value);
    const { safetyCopy, restartOrder, restarts, rkeUp, restoreWith } = KEYS;
    for (const [key, { rule }] of Object.entries({ safetyCopy, restartOrder, restarts, rkeUp, restoreWith })) {
      expect(wordsOf(inputProperties[key]).sort()).toEqual(rule.unwrap().options.toSorted());
    }
    const [existing, ec2] = replacementRule.options;
    const kinds = [existing, ec2].map(({ shape }) => shape.kind.value);
    expect(wordsOf(replacement.kind).sort()).toEqual(kinds.sort());
    expect(wordsOf(replacement.reachedBy).sort()).toEqual(ec2.shape.reachedBy.unwrap().options.toSorted());
    expect(wordsOf(replacement.roles.items).sort()).toEqual(ec2.shape.roles.unwrap().element.options.toSorted());
  });
});
