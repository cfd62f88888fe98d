import { expect, test } from "vitest";
import { mistakesText } from "../../messages/refusal.ts";

const WRONG = { message: "snapshot: is empty", remedy: { text: "name one", pulumi: "config set snapshot NAME" } };

test("all mistakes in the settings are listed with their remedies, and nothing was done", () => {
  expect(mistakesText([WRONG], "prod")).toBe(`one setting is wrong; nothing was done:
  snapshot: is empty
    → name one: pulumi config set snapshot NAME --stack prod`);
  expect(mistakesText([WRONG, { message: "run: is 0", remedy: "set it to 1" }], "prod")).toBe(
    `2 settings are wrong; nothing was done:
  snapshot: is empty
    → name one: pulumi config set snapshot NAME --stack prod
  run: is 0
    → set it to 1`,
  );
});
