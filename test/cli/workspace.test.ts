import { join } from "node:path";
import { expect, test } from "vitest";
import { Workspace } from "../../cli/workspace.ts";
import { tempFolder, textFile } from "../support/folder.ts";

test("a stack without a config is refused with those that have one, before Pulumi makes a stack of a mistyped name", async () => {
  const configFolder = tempFolder();
  textFile(join(configFolder, "Pulumi.prod.yaml"), "config: {}\n");
  textFile(join(configFolder, "Pulumi.staging.yaml"), "config: {}\n");
  await expect(Workspace.open({ stack: "prd", configFolder, config: {} })).rejects.toThrow(
    `there is no config of stack prd: ${configFolder}/Pulumi.prd.yaml; nothing was done. Of stacks there are prod, staging.`,
  );
});

test("a folder that has no config at all is said to have none", async () => {
  const configFolder = join(tempFolder(), "missing");
  await expect(Workspace.open({ stack: "prod", configFolder, config: {} })).rejects.toThrow(
    "there is none in that folder",
  );
});
