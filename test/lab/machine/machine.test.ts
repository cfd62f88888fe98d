import { expect, test } from "vitest";
import { lacks } from "../../../lab/machine/capability.ts";
import { mirrorOf } from "../../../lab/machine/debian.ts";

test("finds out that CAP_SYS_RESOURCE is withheld", () => {
  expect(lacks("CapEff:\t000001fffeffffff\nCapBnd:\t000001fffeffffff\n")).toBe(true);
  expect(lacks("CapEff:\t000001ffffffffff\nCapBnd:\t000001ffffffffff\n")).toBe(false);
});

test("takes Debian from the mirror that apt takes it from", () => {
  const targets = `Other trixie http://packages.example/other
Debian bookworm-security http://mirror.example/security
Debian bookworm http://mirror.example/debian`;
  expect(mirrorOf(targets)).toBe("http://mirror.example/debian");
});

test("says what to type when apt knows no Debian archive", () => {
  expect(() => mirrorOf("")).toThrow(/apt-get update/);
});
