import { expect, test } from "vitest";
import { parseStateContent } from "../../../cluster/inPlace/stateContent.ts";

test("a text that is no state file has nothing to compare", () => {
  expect(parseStateContent("{")).toEqual({});
  expect(parseStateContent('{"desiredState": []}')).toEqual({});
});
