import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { outcomesSchema, page } from "../../../lab/faults/outcome.ts";

const docs = join(import.meta.dirname, "../../../docs");

test("the page of the faults is made of their outcomes, each damaged snapshot with why it was refused", () => {
  const outcomes = outcomesSchema.parse(JSON.parse(readFileSync(join(docs, "faults.json"), "utf8")));
  expect(outcomes.damages.filter(({ message }) => message === "" || message.includes("\n"))).toEqual([]);
  expect(page(outcomes)).toBe(readFileSync(join(docs, "faults.md"), "utf8"));
});
