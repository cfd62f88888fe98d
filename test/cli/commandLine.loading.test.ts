import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder, textFile } from "../support/folder.ts";

const PROJECT = join(import.meta.dirname, "../..");

/** The packages that a process loads with a module. */
function packagesOf(module: string): string[] {
  const hook = `import { registerHooks } from "node:module";
    const packages = new Set();
    registerHooks({
      load: (url, context, next) => {
        const [, name] = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url) ?? [];
        if (name) packages.add(name);
        return next(url, context);
      },
    });
    process.on("exit", () => console.log(JSON.stringify([...packages])));`;
  const file = textFile(join(tempFolder(), "hook.mjs"), hook);
  const script = `import(${JSON.stringify(join(PROJECT, module))})`;
  const printed = execFileSync(process.execPath, ["--import", file, "--eval", script], { encoding: "utf8" });
  return JSON.parse(printed);
}

// Each takes a tenth of a second or more, and an operator waits for all of it.
const LATER = ["zod", "yaml", "@pulumi/pulumi", "@pulumi/kubernetes", "@kubernetes/client-node"];

test("until it has started its worker, the command loads what understands its words, and no more", () => {
  const loaded = [...packagesOf("cli/commandLine.ts"), ...packagesOf("cli/commands/roll.ts")];
  expect(loaded).toContain("yargs");
  expect(loaded.filter((name) => LATER.includes(name))).toEqual([]);
});

test("until the stack is opened, a worker loads neither the resources' SDKs nor OpenTelemetry's exporter", () => {
  const loaded = packagesOf("cli/roll/rollTarget.ts");
  expect(loaded).toContain("@pulumi/pulumi");
  expect(loaded.filter((name) => /^@pulumi\/(aws|command|kubernetes)$|exporter-trace/.test(name))).toEqual([]);
});

test.each(["steps/contract.ts", "steps/restart.ts", "cli/roll/rollTarget.ts", "output/display/display.ts"])(
  "what reads no cluster loads no Kubernetes client: %s",
  (module) => {
    // Its errors have a file of their own.
    expect(packagesOf(module).filter((name) => ["undici", "jose", "openid-client"].includes(name))).toEqual([]);
  },
);
