import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { typedSetting } from "../support/typedSetting.ts";

const PROJECT = join(import.meta.dirname, "../..");
const pages = globSync(["README.md", "docs/*.md", "stacks/*.yaml"], { cwd: PROJECT });
const documented = pages.flatMap((page) =>
  [
    ...readFileSync(join(PROJECT, page), "utf8").matchAll(
      /pulumi (config (?:set|rm) [^`\n#]*?)(?:`| {2}|,|\.?$| and )/gm,
    ),
  ].map(([, command = ""]) => command.trim()),
);
/** Values of this kind, and settings of others than this program. */
const PLACEHOLDER = / (NAME|ID|SHA256|PATH|KEY VALUE)\b| aws:region /;

test.each([...new Set(documented)].filter((command) => !PLACEHOLDER.test(command)))(
  "the documented command pulumi %s is one that Pulumi and the setting take",
  (command) => {
    const { key } = typedSetting(command.replace(/ --stack \S+/, ""));
    expect(command).toContain(key);
  },
);
