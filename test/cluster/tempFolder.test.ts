import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, statSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { ownTempFolder } from "../../cluster/tempFolder.ts";
import { afterwards, tempFolder, textFile } from "../support/folder.ts";

let system: string;
beforeEach(() => {
  system = tempFolder();
  vi.stubEnv("TMPDIR", system);
});
const MODULE = join(import.meta.dirname, "../../cluster/tempFolder.ts");
const old = (path: string) => utimesSync(path, 0, 0);

/** The folder of another process, with a file in it. */
async function folderElsewhere() {
  const program = `import(${JSON.stringify(MODULE)}).then(({ ownTempFolder }) => {
    console.log(ownTempFolder().path);
    setInterval(() => {}, 1000);
  })`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  afterwards(() => child.kill("SIGKILL"));
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  const path = said.toString().trim();
  textFile(join(path, "kubeconfig123"), "of the admin");
  old(path);
  return {
    path,
    kill: async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

test("a run's folder can be entered by its user alone, has a short name, and is gone afterwards", () => {
  const { path, remove } = ownTempFolder();
  expect(dirname(path)).toBe(system);
  expect(path.length - system.length).toBeLessThan(30);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  textFile(join(path, "kubeconfig123"), "of the admin");
  remove();
  expect(existsSync(path)).toBe(false);
});

test("the folder of a run that was killed is removed by the next one, that of a living run is not", async () => {
  const other = await folderElsewhere();
  ownTempFolder().remove();
  expect(existsSync(join(other.path, "kubeconfig123"))).toBe(true);
  await other.kill();
  ownTempFolder().remove();
  expect(existsSync(other.path)).toBe(false);
});

test("a folder that is just being made is left alone, and so is whatever has another name", () => {
  const young = join(system, "rancher-rollback-abc123");
  const foreign = join(system, "rancher-rollback-of-somebody");
  for (const folder of [young, foreign]) mkdirSync(folder);
  old(foreign);
  ownTempFolder().remove();
  expect([young, foreign].map((folder) => existsSync(folder))).toEqual([true, true]);
  old(young);
  ownTempFolder().remove();
  expect([young, foreign].map((folder) => existsSync(folder))).toEqual([false, true]);
});
