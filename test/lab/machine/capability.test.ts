import { expect, test } from "vitest";
import { lacks } from "../../../lab/machine/capability.ts";

test("finds out that CAP_SYS_RESOURCE is withheld", () => {
  expect(lacks("CapEff:\t000001fffeffffff\nCapBnd:\t000001fffeffffff\n")).toBe(true);
  expect(lacks("CapEff:\t000001ffffffffff\nCapBnd:\t000001ffffffffff\n")).toBe(false);
});
