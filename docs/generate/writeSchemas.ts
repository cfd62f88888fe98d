import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { componentSchema } from "../../packaging/componentSchema.ts";
import { SCHEMAS } from "./schemas.ts";

/** `npm run schema`: writes the published schemas, and the component's. */
const docs = join(import.meta.dirname, "..");
const plugin = join(docs, "../plugin/schema.json");
const all = [
  ...Object.entries(SCHEMAS).map(([file, schema]) => [join(docs, file), schema] as const),
  [plugin, componentSchema()] as const,
];
for (const [path, schema] of all) writeFileSync(path, `${JSON.stringify(schema, undefined, 2)}\n`);
