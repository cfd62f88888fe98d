import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import yargs from "yargs";
import { commands } from "../../../cli/commandLine.ts";
import { commandPages } from "../../../docs/generate/commandPages.ts";

test("every command has a page, and the pages are those of the command line as it is", async () => {
  const pages = await commandPages();
  const help = await commands(yargs(), () => async () => {}).getHelp();
  const names = [...help.matchAll(/^ {2}rancher-rollback (\w+)/gm)].map(([, name]) => name);
  expect(Object.keys(pages).sort()).toEqual(names.filter((name) => name !== "completion").sort());
  for (const [name, page] of Object.entries(pages)) {
    expect(page).toContain("--stack");
    expect(readFileSync(new URL(`../../../docs/commands/${name}.md`, import.meta.url), "utf8")).toBe(page);
  }
});
