import { expect, test } from "vitest";
import { isLauncher, launcher } from "../../../lab/engine/launcher.ts";

test("a launcher runs the program of this clone with the Node that runs now, whatever their names", () => {
  const text = launcher("/it's/main.ts");
  expect(text).toContain(`exec '${process.execPath}' '/it'\\''s/main.ts' "$@"`);
  expect(isLauncher(text)).toBe(true);
  expect(isLauncher("\x7fELF")).toBe(false);
});
