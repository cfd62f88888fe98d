import { expect, test } from "vitest";
import { remedyText } from "../../messages/commands.ts";
import { pendingMachine } from "../../messages/pendingMachine.ts";

const remedy = (isMade: boolean) => remedyText(pendingMachine({ name: "etcd 4", isMade }).remedy, { stack: "prod" });

test("an instance that a killed run may have made is looked for in the stack's region, and becomes the stack's by its id", () => {
  expect(remedy(false)).toBe(
    "look for it in the region of aws:region: aws ec2 describe-instances --filters 'Name=tag:Name,Values=etcd 4'; " +
      "then tell Pulumi, which asks: `import` and its id, or `clear` where there is none: pulumi refresh --stack prod",
  );
});

test("one too many is terminated in spite of its protection, and is never taken into the state beside the other", () => {
  expect(remedy(true)).toBe(
    "look for it in the region of aws:region: aws ec2 describe-instances --filters 'Name=tag:Name,Values=etcd 4'; " +
      "terminate the one that is no node, where there are two: aws ec2 modify-instance-attribute --no-disable-api-termination --instance-id ID; " +
      "aws ec2 terminate-instances --instance-ids ID; then tell Pulumi, which asks: `clear`: pulumi refresh --stack prod",
  );
});
