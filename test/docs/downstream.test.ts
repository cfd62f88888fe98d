import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commonHazardSchema, HAZARDS } from "../../cluster/downstream/schema.ts";
import { MIGRATIONS } from "../../cluster/rancher/migrations.ts";
import { SEVERITY_TEXT } from "../../messages/hazards.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/downstream.md"), "utf8").replaceAll(/\s+/g, " ");

test.each([...HAZARDS, ...commonHazardSchema.shape.hazard.options])(
  "the page of downstream clusters describes the hazard %s",
  (hazard) => {
    expect(page).toContain(`| \`${hazard}\` |`);
  },
);

test.each(Object.values<{ since: string; isInEtcd?: true }>(MIGRATIONS))(
  "the page of downstream clusters names what release $since changes for good",
  (migration) => {
    const { since, isInEtcd } = migration;
    expect(page).toContain(isInEtcd ? since.split(",")[0]?.split(" ")[0] : `| ${since} |`);
  },
);

test("the page of downstream clusters has the words of the screen for each severity", () => {
  for (const text of Object.values(SEVERITY_TEXT)) expect(page).toContain(`\`${text}\``);
});
