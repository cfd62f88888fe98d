import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { versions } from "../../../lab/engine/versions.ts";
import { labMachines } from "../../../lab/pulumi-stand-ins/aws/machines.ts";
import { awsProvider } from "../../../lab/pulumi-stand-ins/aws/provider.ts";
import { commandProvider } from "../../../lab/pulumi-stand-ins/command/provider.ts";
import { kubernetesProvider } from "../../../lab/pulumi-stand-ins/kubernetes/provider.ts";

test("the CLI that is built and the plugins that are stood in for are those of the npm packages", () => {
  const module = readFileSync(join(import.meta.dirname, "../../../lab/engine/pulumi/go.mod"), "utf8");
  expect(module).toContain(`\tgithub.com/pulumi/pulumi/pkg/v3 v${versions.pulumi}`);
  expect(commandProvider().version).toBe(versions.command);
  expect(kubernetesProvider().version).toBe(versions.kubernetes);
  expect(awsProvider(labMachines("a")).version).toBe(versions.aws);
});
