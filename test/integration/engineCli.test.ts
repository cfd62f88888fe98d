import { readFile, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Engine, environmentOf, getEngine } from "../../lab/engine/engine.ts";
import { attempt, run } from "../../lab/machine/process.ts";
import { TestStack } from "../lab/pulumi-stand-ins/stack.ts";

let engine: Engine;
let stack: TestStack;

beforeAll(async () => {
  engine = await getEngine(console.log);
});
beforeEach(async () => {
  stack = await TestStack.open(engine);
});
afterEach(async () => {
  await stack.remove();
});

describe("the plain CLI", () => {
  test("runs a program of TypeScript that imports TypeScript, with hooks", async () => {
    const files = {
      "Pulumi.yaml": "name: test\nruntime: {name: nodejs, options: {typescript: false}}\nmain: index.ts\n",
      "package.json": '{"type": "module"}',
      "words.ts": "export const words: string = 'from the CLI';",
      "index.ts": `import { local } from "@pulumi/command";
        import * as pulumi from "@pulumi/pulumi";
        import { words } from "./words.ts";
        const hook = new pulumi.ResourceHook("h", () => console.log("hook in " + (pulumi.runtime.isDryRun() ? "preview" : "up")), { onDryRun: true });
        export const said = new local.Command("a", { create: \`echo \${words}\` }, { hooks: { beforeCreate: [hook] } }).stdout;`,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(stack.folder, name), text);
    await symlink(join(import.meta.dirname, "../../node_modules"), join(stack.folder, "node_modules"));
    const env = { ...process.env, ...environmentOf(engine, stack.folder) };
    const pulumiCli = (...args: string[]) =>
      attempt(engine.pulumi, [...args, "--stack", "test", "--non-interactive"], { cwd: stack.folder, env });
    const preview = await pulumiCli("preview");
    expect(preview.stdout).toContain("hook in preview");
    const up = await pulumiCli("up", "--yes", "--skip-preview");
    expect(up.stdout).toContain("hook in up");
    expect((await pulumiCli("stack", "output", "said")).stdout).toBe("from the CLI\n");
    expect((await pulumiCli("preview", "--expect-no-changes")).code).toBe(0);
  });
});

describe("an engine in a cache of its own", () => {
  interface Fetched {
    engine: Engine;
    said: string[];
  }

  async function getElsewhere(cache: string): Promise<Fetched> {
    const script = `import { getEngine } from ${JSON.stringify(join(import.meta.dirname, "../../lab/engine/engine.ts"))};
      const said = [];
      console.log(JSON.stringify({ engine: await getEngine((line) => said.push(line)), said }));`;
    const path = [dirname(engine.pulumi), process.env.PATH].join(delimiter);
    const env = { ...process.env, RANCHER_ROLLBACK_LAB: cache, PATH: path };
    return JSON.parse(await run(process.execPath, ["--input-type=module", "--eval", script], { env }));
  }

  test("takes the CLI from the PATH", async () => {
    const first = await getElsewhere(stack.folder);
    expect(first.engine.cliFrom).toBe("path");
    expect(first.engine.pulumi).toBe(engine.pulumi);
    expect(first.engine.env.PULUMI_HOME).toContain(stack.folder);
  });

  test("puts right a stand-in that another clone has left", async ({ skip }) => {
    skip(engine.pluginsFrom.command === "official", "the plugins are the official ones");
    const first = await getElsewhere(stack.folder);
    const plugin = join(
      String(first.engine.env.PULUMI_HOME),
      "plugins/resource-command-v1.2.1/pulumi-resource-command",
    );
    const right = await readFile(plugin, "utf8");
    await writeFile(plugin, right.replace(/exec .*/, "exec '/gone/node' '/gone/clone/main.ts' \"$@\""));
    const second = await getElsewhere(stack.folder);
    expect(await readFile(plugin, "utf8")).toBe(right);
    // The downloads that failed just now are not tried again.
    expect(second.said.filter((line) => line.startsWith("official plugin"))).toEqual([]);
  });
});
