import { expect, test } from "vitest";
import { engineError } from "../../cli/outcome.ts";

test("of what the engine repeats of itself the operator reads what went wrong", () => {
  const failed = "Command failed with exit code 1: pulumi config --json --stack x\nerror: incorrect passphrase";
  const error = new Error(`code: -2\n stdout: \n stderr: ${failed}\n err?: Error: ${failed}\n`);
  expect(engineError(error)).toBe("error: incorrect passphrase");
});

test("an error that is not the engine's is told as it is", () => {
  expect(engineError(new Error("there is no pulumi"))).toBe("there is no pulumi");
});
