import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { expect, onTestFinished, test, vi } from "vitest";
import { parse } from "yaml";
import { Workspace } from "../../cli/workspace.ts";
import { linesOf } from "../support/fakeRke.ts";
import { program, tempFolder, textFile } from "../support/folder.ts";

test("a stack without a config is refused with those that have one, before Pulumi makes a stack of a mistyped name", async () => {
  const configFolder = tempFolder();
  textFile(join(configFolder, "Pulumi.prod.yaml"), "config: {}\n");
  textFile(join(configFolder, "Pulumi.staging.yaml"), "config: {}\n");
  await expect(Workspace.open({ stack: "prd", configFolder, config: {} })).rejects.toThrow(
    `there is no config of stack prd: ${configFolder}/Pulumi.prd.yaml; nothing was done. The folder has the config of prod, staging.`,
  );
});

test("a folder that has no config at all is said to have none", async () => {
  const configFolder = join(tempFolder(), "missing");
  await expect(Workspace.open({ stack: "prod", configFolder, config: {} })).rejects.toThrow("The folder has none");
});

test("gives the engine a temporary folder of the run's own: what plugins leave there, such as a kubeconfig, goes with it", async () => {
  const folder = tempFolder();
  textFile(join(folder, "Pulumi.prod.yaml"), "config: {}\n");
  program(
    join(folder, "bin/pulumi"),
    `case $* in version*) echo v3.259.0; exit ;; esac
echo "$TMPDIR" >>'${folder}/folders'
echo "of the admin" >"$TMPDIR/kubeconfig123"`,
  );
  vi.stubEnv("PATH", `${join(folder, "bin")}:${process.env.PATH}`);
  vi.stubEnv("TMPDIR", folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const workspace = await Workspace.open({ stack: "prod", configFolder: folder, config: {} });
  const [given = ""] = linesOf(join(folder, "folders"));
  expect(given).toMatch(new RegExp(`^${folder}/rancher-rollback-\\w{6}/tmp$`));
  expect(existsSync(join(given, "kubeconfig123"))).toBe(true);
  // What is no plugin of the engine, such as RKE after a kill, needs a folder that stays.
  expect(process.env.TMPDIR).toBe(folder);
  workspace.close();
  expect(existsSync(join(given, ".."))).toBe(false);
});

test("no command of Pulumi's waits for its check for updates", async () => {
  const folder = tempFolder();
  textFile(join(folder, "Pulumi.prod.yaml"), "config: {}\n");
  program(join(folder, "bin/pulumi"), `echo "$1 $PULUMI_SKIP_UPDATE_CHECK" >>'${folder}/said'; echo v3.259.0`);
  vi.stubEnv("PATH", `${join(folder, "bin")}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  (await Workspace.open({ stack: "prod", configFolder: folder, config: {} })).close();
  expect(linesOf(join(folder, "said"))).toEqual(["version true", "stack true"]);
});

test("takes the CLI that was asked for its version before, and says when there is none", async () => {
  const folder = tempFolder();
  textFile(join(folder, "Pulumi.prod.yaml"), "config: {}\n");
  const bin = join(folder, "bin");
  program(join(bin, "pulumi"), `echo "$1" >>'${folder}/said'; echo v3.259.0`);
  vi.stubEnv("PATH", `${bin}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const config = { stack: "prod", configFolder: folder, config: {} };
  const asked = PulumiCommand.get();
  const workspace = await Workspace.open(config, undefined, asked);
  workspace.close();
  expect(workspace.stack.workspace.pulumiVersion).toBe("3.259.0");
  expect(linesOf(join(folder, "said"))).toEqual(["version", "stack"]);
  vi.stubEnv("PATH", join(folder, "empty"));
  await expect(Workspace.open(config, undefined, PulumiCommand.get())).rejects.toThrow(
    "there is no pulumi on this machine's PATH; nothing was done",
  );
});

test("sets what is for this run alone in the run's own copy of the config, without another process", async () => {
  const folder = tempFolder();
  const written = "config:\n  # why\n  rancher-rollback:snapshot: newer\n";
  const file = textFile(join(folder, "Pulumi.prod.yaml"), written);
  program(join(folder, "bin/pulumi"), `echo "$1" >>'${folder}/said'; echo v3.259.0`);
  vi.stubEnv("PATH", `${join(folder, "bin")}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const workspace = await Workspace.open({ stack: "prod", configFolder: folder, config: {} });
  workspace.set({ snapshot: "safety-1", run: "1" });
  const own = join(workspace.stack.workspace.workDir, "Pulumi.prod.yaml");
  expect(parse(readFileSync(own, "utf8"))).toEqual({
    config: { "rancher-rollback:snapshot": "safety-1", "rancher-rollback:run": "1" },
  });
  expect(statSync(own).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8")).toBe(written);
  expect(linesOf(join(folder, "said"))).toEqual(["version", "stack"]);
  workspace.close();
});
