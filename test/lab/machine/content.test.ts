import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { contentOf, nameOf } from "../../../lab/machine/content.ts";
import { tempFolder, textFile } from "../../support/folder.ts";

test("the same content has the same name, another one another", () => {
  expect(nameOf("a", "b")).toBe(nameOf("a", "b"));
  expect(nameOf("a", "b")).not.toBe(nameOf("ab", ""));
});

test("a file's name and its content both count", async () => {
  const folder = tempFolder();
  const one = textFile(join(folder, "deep/one"), "1");
  const first = await contentOf(folder);
  textFile(one, "2");
  const second = await contentOf(folder);
  await rm(one);
  textFile(join(folder, "deep/two"), "2");
  expect(new Set([first, second, await contentOf(folder)]).size).toBe(3);
});
