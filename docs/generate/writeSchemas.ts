import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SCHEMAS } from "./schemas.ts";

/** `npm run schema`: publishes the schemas after a change of what they are made of. */
for (const [file, schema] of Object.entries(SCHEMAS)) {
  writeFileSync(join(import.meta.dirname, "..", file), `${JSON.stringify(schema, undefined, 2)}\n`);
}
