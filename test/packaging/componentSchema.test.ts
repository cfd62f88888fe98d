import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { componentSchema } from "../../packaging/componentSchema.ts";
import { provider } from "../../plugin/provider.ts";
import { KEYS } from "../../settings/keys.ts";

const PROJECT = join(import.meta.dirname, "../..");
const TYPE = "rancher-rollback:index:RancherRollback";
const read = (file: string) => JSON.parse(readFileSync(join(PROJECT, file), "utf8"));

describe("the schema for other languages", () => {
  test("is that of the component", { timeout: 300_000 }, () => {
    expect(read("plugin/schema.json")).toEqual(componentSchema());
  });

  test("has the package's version, all settings but the webhook as inputs, and flat outputs", async () => {
    const schema = JSON.parse((await provider.getSchema?.()) ?? "");
    const { inputProperties, requiredInputs, properties } = schema.resources[TYPE];
    expect(schema.version).toBe(read("package.json").version);
    expect(provider.version).toBe(schema.version);
    expect([...Object.keys(inputProperties), "webhook"].sort()).toEqual(Object.keys(KEYS).sort());
    expect(requiredInputs).toEqual(["clusterFile", "rancherUrl", "rancherVersion", "snapshot"]);
    expect(Object.values(properties)).toEqual(Array(4).fill(expect.objectContaining({ type: "string" })));
    expect(inputProperties.s3SecretKey.secret).toBe(true);
    expect(inputProperties.run.type).toBe("integer");
  });
});
