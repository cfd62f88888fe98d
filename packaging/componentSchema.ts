import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer.js";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema.js";
import type { RancherRollbackArgs } from "../component.ts";

const PROJECT = join(import.meta.dirname, "..");
const NAME = "rancher-rollback";
const TYPE = `${NAME}:index:RancherRollback`;
const REPLACEMENT = `${NAME}:index:ReplacementArgs`;
/** The arguments that no state and no output may show. */
const SECRETS: (keyof RancherRollbackArgs)[] = ["s3AccessKey", "s3SecretKey"];

/** The component's schema as Pulumi reads it from component.ts: its arguments, its outputs, its documentation. */
export function componentSchema(): object {
  const { version, description, license } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));
  const analyzer = new Analyzer(PROJECT, NAME, { exports: "./component.ts" }, new Set(["RancherRollback"]));
  const { components, typeDefinitions, dependencies } = analyzer.analyze();
  const schema = generateSchema(NAME, version, description, components, typeDefinitions, dependencies);
  const inputs: Record<string, object> = wholeNumbers(schema.resources[TYPE]?.inputProperties ?? {});
  for (const key of SECRETS) inputs[key] = { ...inputs[key], secret: true };
  Object.assign(schema.resources[TYPE] ?? {}, { inputProperties: inputs });
  schema.types[REPLACEMENT] = wholeNumbers(schema.types[REPLACEMENT] ?? { type: "object", properties: {} });
  return { ...schema, license };
}

/** TypeScript has one type of numbers; those of arguments are counts. In some languages an integer has no more than 32 bits. */
function wholeNumbers<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema), (key, value) => (key === "type" && value === "number" ? "integer" : value));
}
