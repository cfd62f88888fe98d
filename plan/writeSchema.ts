import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { planSchema } from "./plan.ts";

/** `npm run schema`: publishes the plan's schema after a change of it. */
writeFileSync(
  join(import.meta.dirname, "../docs/plan.schema.json"),
  `${JSON.stringify(z.toJSONSchema(planSchema), undefined, 2)}\n`,
);
