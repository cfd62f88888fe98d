import { expect, test } from "vitest";
import { disaster } from "../../lab/rehearsals/disaster.ts";
import { failedUpgrade } from "../../lab/rehearsals/failedUpgrade.ts";

test("the failed upgrade is rolled back, as `npm run rehearse` shows it", async () => {
  expect((await failedUpgrade()).length).toBeGreaterThan(10);
});

test.each(["existing", "ec2"] as const)(
  "a dead node is replaced by a machine of kind %s, as `npm run rehearse -- disaster` shows it",
  async (kind) => {
    expect((await disaster(kind)).length).toBeGreaterThan(9);
  },
);
