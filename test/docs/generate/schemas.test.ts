import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SCHEMAS } from "../../../docs/generate/schemas.ts";
import { planSchema } from "../../../plan/plan.ts";
import { recordSchema } from "../../../run/record.ts";
import { EVERY_KIND } from "../../output/report/someRecord.ts";
import { somePlan } from "../../plan/somePlan.ts";

const docs = join(import.meta.dirname, "../../../docs");

test.each(Object.entries(SCHEMAS))("the published %s is that of the program", (file, schema) => {
  expect(JSON.parse(readFileSync(join(docs, file), "utf8"))).toEqual(schema);
});

test("every published schema is one of the program's", () => {
  expect(
    readdirSync(docs)
      .filter((file) => file.endsWith(".schema.json"))
      .sort(),
  ).toEqual(Object.keys(SCHEMAS).sort());
});

test("a plan is as its schema says", () => {
  expect(planSchema.parse(somePlan())).toEqual(somePlan());
});

test.each(Object.entries(EVERY_KIND))("the record of a run that is %s is as its schema says", (_, record) => {
  expect(recordSchema.parse(record())).toEqual(record());
});
