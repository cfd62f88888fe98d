import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SCHEMAS } from "./schemas.ts";

/** `npm run schema`: writes the published schemas. */
for (const [file, schema] of Object.entries(SCHEMAS)) {
  writeFileSync(join(import.meta.dirname, "..", file), `${JSON.stringify(schema, undefined, 2)}\n`);
}
