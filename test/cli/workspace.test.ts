import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { expect, test, vi } from "vitest";
import { parse } from "yaml";
import { Workspace } from "../../cli/workspace.ts";
import { linesOf } from "../support/fakeRke.ts";
import { program, tempFolder, textFile } from "../support/folder.ts";

/** Where a `pulumi` of these tests leaves what it was asked for, and that it is one. */
const SAID = '>>"$(dirname "$0")/../said"; echo v3.259.0';

/** A folder with the config of the stack prod, and a `pulumi` that does this for the rest of the test. */
function folderWith(pulumi: string, config = "config: {}\n"): string {
  const folder = tempFolder();
  textFile(join(folder, "Pulumi.prod.yaml"), config);
  program(join(folder, "bin/pulumi"), pulumi);
  vi.stubEnv("PATH", `${join(folder, "bin")}:${process.env.PATH}`);
  vi.stubEnv("TMPDIR", folder);
  return folder;
}

test("a stack without a config is refused with those that have one, before Pulumi makes a stack of a mistyped name", async () => {
  const configFolder = tempFolder();
  textFile(join(configFolder, "Pulumi.prod.yaml"), "config: {}\n");
  textFile(join(configFolder, "Pulumi.staging.yaml"), "config: {}\n");
  await expect(Workspace.open({ stack: "prd", configFolder, config: {} })).rejects.toThrow(
    `there is no config of stack prd: no file ${configFolder}/Pulumi.prd.yaml; this folder has that of prod, staging. Nothing was done. Give the right name, or begin one: `,
  );
});

test("a folder that has no config at all is said to have none", async () => {
  const configFolder = join(tempFolder(), "missing");
  await expect(Workspace.open({ stack: "prod", configFolder, config: {} })).rejects.toThrow("this folder has none");
});

test("gives the engine a temporary folder of the run's own: what plugins leave there, such as a kubeconfig, goes with it", async () => {
  const folder = folderWith(`case $* in version*) echo v3.259.0; exit ;; esac
echo "$TMPDIR" >>"$(dirname "$0")/../folders"
echo "of the admin" >"$TMPDIR/kubeconfig123"`);
  const workspace = await Workspace.open({ stack: "prod", configFolder: folder, config: {} });
  const [given = ""] = linesOf(join(folder, "folders"));
  expect(given).toMatch(new RegExp(`^${folder}/rancher-rollback-\\w{6}/tmp$`));
  expect(existsSync(join(given, "kubeconfig123"))).toBe(true);
  // What is no plugin of the engine, such as RKE after a kill, needs a folder that stays.
  expect(process.env.TMPDIR).toBe(folder);
  workspace.close();
  expect(existsSync(join(given, ".."))).toBe(false);
});

test("gives the engine what the steps need in their environment, and leaves the process's own as it is", async () => {
  const folder = folderWith(`echo "$OF_THE_RUN" ${SAID}`);
  const config = { stack: "prod", configFolder: folder, config: {} };
  (await Workspace.open(config, { environment: { OF_THE_RUN: "1" } })).close();
  expect(linesOf(join(folder, "said"))).toContain("1");
  expect(process.env).not.toHaveProperty("OF_THE_RUN");
});

test("no command of Pulumi's waits for its check for updates", async () => {
  const folder = folderWith(`echo "$1 $PULUMI_SKIP_UPDATE_CHECK" ${SAID}`);
  (await Workspace.open({ stack: "prod", configFolder: folder, config: {} })).close();
  expect(linesOf(join(folder, "said"))).toEqual(["version true", "stack true"]);
});

test("takes the CLI that was asked for its version before, and says when there is none", async () => {
  const folder = folderWith(`echo "$1" ${SAID}`);
  const config = { stack: "prod", configFolder: folder, config: {} };
  const asked = PulumiCommand.get();
  const workspace = await Workspace.open(config, { pulumi: asked });
  workspace.close();
  expect(workspace.stack.workspace.pulumiVersion).toBe("3.259.0");
  expect(linesOf(join(folder, "said"))).toEqual(["version", "stack"]);
  vi.stubEnv("PATH", join(folder, "empty"));
  await expect(Workspace.open(config, { pulumi: PulumiCommand.get() })).rejects.toThrow(
    "there is no pulumi on this machine's PATH. Nothing was done",
  );
});

test("sets what is for this run alone in the run's own copy of the config, without another process", async () => {
  const written = "config:\n  # why\n  rancher-rollback:snapshot: newer\n";
  const folder = folderWith(`echo "$1" ${SAID}`, written);
  const workspace = await Workspace.open({ stack: "prod", configFolder: folder, config: {} });
  workspace.set({ snapshot: "safety-1", run: "1" });
  const own = join(workspace.stack.workspace.workDir, "Pulumi.prod.yaml");
  expect(parse(readFileSync(own, "utf8"))).toEqual({
    config: { "rancher-rollback:snapshot": "safety-1", "rancher-rollback:run": "1" },
  });
  expect(statSync(own).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, "Pulumi.prod.yaml"), "utf8")).toBe(written);
  expect(workspace.written()).toEqual({ snapshot: "newer" });
  expect(linesOf(join(folder, "said"))).toEqual(["version", "stack"]);
  workspace.close();
});

test("keeps settings in the file that the stack's is a link to, with its mode and comments", async () => {
  const folder = folderWith(`echo "$1" ${SAID}`, "config:\n  # why\n  rancher-rollback:snapshot: newer\n");
  const [file, linked] = [join(folder, "Pulumi.prod.yaml"), join(folder, "shared/prod.yaml")];
  mkdirSync(join(folder, "shared"));
  renameSync(file, linked);
  chmodSync(linked, 0o640);
  symlinkSync(linked, file);
  const workspace = await Workspace.open({ stack: "prod", configFolder: folder, config: {} });
  workspace.keep({ snapshot: "safety-1" });
  workspace.close();
  expect(readFileSync(linked, "utf8")).toBe("config:\n  # why\n  rancher-rollback:snapshot: safety-1\n");
  expect([statSync(linked).mode & 0o777, readFileSync(file, "utf8")]).toEqual([0o640, readFileSync(linked, "utf8")]);
});

test("keeps settings in a new file where the stack has none", async () => {
  const folder = folderWith(`echo "$1" ${SAID}`);
  const workspace = await Workspace.open({ stack: "prod", configFolder: folder, config: {} });
  renameSync(workspace.configFile, join(folder, "gone"));
  workspace.keep({ snapshot: "safety-1" });
  workspace.close();
  expect(parse(readFileSync(workspace.configFile, "utf8"))).toEqual({
    config: { "rancher-rollback:snapshot": "safety-1" },
  });
});
