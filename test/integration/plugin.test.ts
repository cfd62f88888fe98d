import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Engine, getEngine } from "../../lab/engine/engine.ts";
import { launcher } from "../../lab/engine/launcher.ts";
import { TestStack } from "../lab/pulumi-stand-ins/stack.ts";
import { tempFolder } from "../support/folder.ts";
import { complete } from "../support/givenSettings.ts";
import { failure } from "./support.ts";

const TYPE = "rancher-rollback:index:RancherRollback";

/** The component as an SDK of another language asks the engine for it: the engine makes it in the plugin. */
class Remote extends pulumi.ComponentResource {
  constructor(args: pulumi.Inputs) {
    super(TYPE, "prod", { ...args, undoCommand: undefined }, { version: "0.1.0" }, true);
  }
}

let stack: TestStack;
beforeEach(async () => {
  stack = await TestStack.open(await withPlugin(await getEngine(console.log)));
});
afterEach(() => stack.remove());

test("a program in another language previews the component through its plugin, plan and all", async () => {
  const { given } = complete();
  stack.program = async () => void new Remote({ ...given, readCluster: false });
  const { stdout } = await stack.stack.preview();
  expect(stdout).toContain("prod-etcd-restore");
  expect(stdout).toContain("This rollback destroys data.");
  expect(stdout).toContain("pulumi config set acceptDataLossOf before-upgrade");
});

test("a program in another language gets a wrong setting in words, and the refusal of an update that is not confirmed", async () => {
  const { given } = complete();
  stack.program = async () => void new Remote({ ...given, rancherVersion: "latest" });
  expect(await failure(stack.stack.preview())).toContain(`rancherVersion "latest" names no version`);
  stack.program = async () => void new Remote({ ...given, readCluster: false });
  expect(await failure(stack.stack.up())).toContain("the restore of before-upgrade is not confirmed");
});

/** The engine with the clone's plugin on its PATH. */
async function withPlugin(engine: Engine): Promise<Engine> {
  const bin = join(tempFolder(), "bin");
  const plugin = join(bin, "pulumi-resource-rancher-rollback");
  await mkdir(bin);
  await writeFile(plugin, launcher(join(import.meta.dirname, "../../plugin/main.ts")));
  await chmod(plugin, 0o755);
  const PATH = [bin, engine.env.PATH].join(delimiter);
  return { ...engine, env: { ...engine.env, PATH, PULUMI_IGNORE_AMBIENT_PLUGINS: "false" } };
}
