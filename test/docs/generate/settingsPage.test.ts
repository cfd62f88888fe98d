import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { settingsPage } from "../../../docs/generate/settingsPage.ts";
import { KEYS } from "../../../settings/keys.ts";

test("the page of settings has every setting, and is that of the program as it is", () => {
  const page = settingsPage();
  expect([...page.matchAll(/^## (\w+)$/gm)].map(([, key]) => key).sort()).toEqual(Object.keys(KEYS).sort());
  expect(page).toContain("- one of: `auto`, `in-place`, `rke`");
  expect(readFileSync(new URL("../../../docs/settings.md", import.meta.url), "utf8")).toBe(page);
});
