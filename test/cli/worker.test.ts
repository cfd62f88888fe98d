import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Job } from "../../cli/job.ts";
import { afterwards, program, tempFolder, textFile, until } from "../support/folder.ts";

const WORKER = join(import.meta.dirname, "../../cli/worker.ts");

test("a worker whose command is gone goes on to its own end", async () => {
  const folder = tempFolder();
  textFile(join(folder, "Pulumi.prod.yaml"), "config: {}\n");
  // An engine that waits, and then cannot be used.
  program(
    join(folder, "pulumi"),
    `touch '${folder}/begun'; while [ ! -e '${folder}/go' ]; do sleep 0.05; done; echo no >&2; exit 1`,
  );
  const job: Job = { command: "apply", stack: "prod", configFolder: folder, config: {}, accepted: [] };
  const worker = fork(WORKER, [JSON.stringify(job)], {
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  afterwards(() => worker.kill("SIGKILL"));
  let complaints = "";
  worker.stderr?.on("data", (text) => {
    complaints += text;
  });
  await until(() => existsSync(join(folder, "begun")));
  worker.disconnect();
  writeFileSync(join(folder, "go"), "");
  expect(await once(worker, "exit")).toEqual([0, null]);
  expect(complaints).toBe("");
});
