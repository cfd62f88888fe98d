import { SemVer } from "semver";
import { expect, test } from "vitest";
import { migrationsWithoutRestore } from "../../../cluster/rancher/migrations.ts";

test.each([
  ["v2.7.5", "v2.7.4", true],
  ["v2.7.6", "v2.7.4", false],
  ["v2.7.5", "v2.7.5", false],
])("where %s starts as %s, that users of Active Directory have other ids is named: %s", (held, after, isNamed) => {
  const migrations = migrationsWithoutRestore(new SemVer(held), new SemVer(after)).map(({ migration }) => migration);
  expect(migrations.includes("ad-users-rekeyed")).toBe(isNamed);
});
