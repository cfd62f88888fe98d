import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { hooksOf } from "./restoreHooks.ts";

test("what a component refuses outside of a hook is announced as data, and thrown as one line without a stack trace", async () => {
  const { refuse, refused } = await hooksOf({}, { preview: true });
  const problems = [{ message: "no AMI matches", remedy: "Correct amiName" }];
  const error = refuse({ problems });
  expect(refused).toEqual([{ problems }]);
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  expect(error.message).toBe("no AMI matches. Nothing was done. Correct amiName");
});
