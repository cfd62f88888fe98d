import { expect, test } from "vitest";
import { disaster } from "../../lab/rehearsals/disaster.ts";
import { failedUpgrade } from "../../lab/rehearsals/failedUpgrade.ts";

test("the failed upgrade is rolled back, as `npm run rehearse` shows it", async () => {
  expect((await failedUpgrade()).length).toBeGreaterThan(10);
});

// A machine that is there goes through the same steps from its login on: `npm run rehearse -- disaster-existing`, seven minutes more.
test("a dead node is replaced by an EC2 instance, as `npm run rehearse -- disaster-ec2` shows it", async () => {
  expect((await disaster("ec2")).length).toBeGreaterThan(9);
});
