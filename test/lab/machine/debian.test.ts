import { expect, test } from "vitest";
import { mirrorOf } from "../../../lab/machine/debian.ts";

test("takes Debian from the mirror that apt takes it from", () => {
  const targets = `Other trixie http://packages.example/other
Debian bookworm-security http://mirror.example/security
Debian bookworm http://mirror.example/debian`;
  expect(mirrorOf(targets)).toBe("http://mirror.example/debian");
});

test("says what to type when apt knows no Debian archive", () => {
  expect(() => mirrorOf("")).toThrow(/apt-get update/);
});
