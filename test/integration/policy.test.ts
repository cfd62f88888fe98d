import { constants } from "node:fs";
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { local } from "@pulumi/command";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Engine, getEngine } from "../../lab/engine/engine.ts";
import { TestStack } from "../lab/pulumi-stand-ins/stack.ts";
import { tempFolder } from "../support/folder.ts";
import { failure } from "./support.ts";

const PACK = join(import.meta.dirname, "../../policy");

/** As the engine's own is (sdk/nodejs/dist/pulumi-analyzer-policy): it stands in the pack's folder. */
const RUNNER = `#!/bin/sh
exec node "$(node -p 'require.resolve("@pulumi/pulumi/cmd/run-policy-pack")')" "$@"
`;

const folder = tempFolder();
const program: PulumiFn = async () => void new local.Command("etcd-restore", { create: "echo restored" });
let engine: Engine;
let stack: TestStack;

beforeAll(async () => {
  engine = await withPolicies(await getEngine(console.log));
});
beforeEach(async () => {
  stack = await TestStack.open(engine, "rancher-rollback");
  stack.program = program;
  await stack.stack.setConfig("rancher-rollback:snapshot", { value: "before-upgrade" });
});
afterEach(async () => {
  await stack.remove();
});

test("the policy pack lets a restore be previewed that is not confirmed", async () => {
  const { stdout } = await stack.stack.preview({ policyPacks: [PACK] });
  expect(stdout).toContain("rancher-rollback@v0.1.0");
});

test("the policy pack stops a restore that is not confirmed", async () => {
  const message = await failure(stack.stack.up({ policyPacks: [PACK] }));
  expect(message).toContain("the restore of before-upgrade is not confirmed: acceptDataLossOf must be before-upgrade");
});

test("the policy pack is run for whoever names it in the environment, as the command's users have to", async () => {
  const env = { ...engine.env, PULUMI_OPTION_POLICY_PACK: PACK };
  const named = await TestStack.open({ ...engine, env }, "rancher-rollback");
  try {
    named.program = program;
    await named.stack.setConfig("rancher-rollback:snapshot", { value: "before-upgrade" });
    expect(await failure(named.stack.up())).toContain("the restore of before-upgrade is not confirmed");
  } finally {
    await named.remove();
  }
});

test("the policy pack lets a restore be done that is confirmed", async () => {
  await confirm();
  const { summary } = await stack.stack.up({ policyPacks: [PACK] });
  expect(summary.result).toBe("succeeded");
});

test("the policy pack stops a second run that only the first run's confirmation is set for", async () => {
  await confirm();
  await stack.stack.setConfig("rancher-rollback:run", { value: "2" });
  const message = await failure(stack.stack.up({ policyPacks: [PACK] }));
  expect(message).toContain("acceptDataLossOf must be before-upgrade#2");
});

test("the policy pack stops a step that accepts unknown host keys", async () => {
  await confirm();
  await stack.stack.setConfig("rancher-rollback:allowUnknownHostKeys", { value: "true" });
  const message = await failure(stack.stack.up({ policyPacks: [PACK] }));
  expect(message).toContain("etcd-restore accepts unknown host keys");
});

async function confirm(): Promise<void> {
  await stack.stack.setConfig("rancher-rollback:acceptDataLossOf", { value: "before-upgrade" });
}

/** The engine with what runs a policy pack beside it, and without the lab's language host, which cannot. */
async function withPolicies(engine: Engine): Promise<Engine> {
  const bin = join(folder, "bin");
  const pulumi = join(bin, "pulumi");
  const runner = join(bin, "pulumi-analyzer-policy-nodejs");
  await mkdir(bin);
  await copyFile(engine.pulumi, pulumi, constants.COPYFILE_FICLONE);
  await writeFile(runner, RUNNER);
  await chmod(runner, 0o755);
  const PATH = [bin, dirname(process.execPath), process.env.PATH].join(delimiter);
  return { ...engine, pulumi, env: { ...engine.env, PATH, PULUMI_IGNORE_AMBIENT_PLUGINS: "false" } };
}
