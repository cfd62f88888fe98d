import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { suits } from "../../../lab/engine/cli.ts";
import { isLauncher, launcher } from "../../../lab/engine/launcher.ts";
import { versions } from "../../../lab/engine/versions.ts";
import { labMachines } from "../../../lab/pulumi-stand-ins/aws/machines.ts";
import { awsProvider } from "../../../lab/pulumi-stand-ins/aws/provider.ts";
import { commandProvider } from "../../../lab/pulumi-stand-ins/command/provider.ts";
import { kubernetesProvider } from "../../../lab/pulumi-stand-ins/kubernetes/provider.ts";

test.each([
  ["v3.259.0\n", true],
  ["3.200.0", true],
  ["v3.200.1-alpha.7", true],
  ["v3.199.9", false],
  ["v4.0.0", false],
  ["v4.0.0-alpha.1", false],
  ["", false],
])("a CLI that prints %j runs a program for 3.200 and later 3.x: %s", (printed, expected) => {
  expect(suits(printed, ">=3.200.0 <4.0.0-0")).toBe(expected);
});

test("the CLI that is built and the plugins that are stood in for are those of the npm packages", () => {
  const module = readFileSync(join(import.meta.dirname, "../../../lab/engine/pulumi/go.mod"), "utf8");
  expect(module).toContain(`\tgithub.com/pulumi/pulumi/pkg/v3 v${versions.pulumi}`);
  expect(commandProvider().version).toBe(versions.command);
  expect(kubernetesProvider().version).toBe(versions.kubernetes);
  expect(awsProvider(labMachines("a")).version).toBe(versions.aws);
});

test("a launcher runs the program of this clone with the Node that runs now, whatever their names", () => {
  const text = launcher("/it's/main.ts");
  expect(text).toContain(`exec '${process.execPath}' '/it'\\''s/main.ts' "$@"`);
  expect(isLauncher(text)).toBe(true);
  expect(isLauncher("\x7fELF")).toBe(false);
});
