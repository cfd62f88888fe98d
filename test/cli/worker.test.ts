import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FromWorker, Job } from "../../cli/job.ts";
import { linesOf } from "../support/fakeRke.ts";
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

test("a worker without a pulumi says so, and how to get one", async () => {
  const folder = tempFolder();
  textFile(join(folder, "Pulumi.prod.yaml"), "config: {}\n");
  const job: Job = { command: "plan", stack: "prod", configFolder: folder, config: {}, accepted: [] };
  const worker = fork(WORKER, [JSON.stringify(job)], {
    env: { ...process.env, PATH: join(folder, "empty"), TMPDIR: folder },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  afterwards(() => worker.kill("SIGKILL"));
  let complaints = "";
  worker.stderr?.on("data", (text) => {
    complaints += text;
  });
  const said: FromWorker[] = [];
  worker.on("message", (one: FromWorker) => said.push(one));
  expect(await once(worker, "exit")).toEqual([0, null]);
  expect(said.at(-1)).toEqual({ kind: "ended", exitCode: 1 });
  expect(said.at(-2)).toMatchObject({
    event: { event: "run-ended", error: expect.stringMatching(/^there is no pulumi on this machine's PATH; nothing/) },
  });
  expect(complaints).toBe("");
});

test("a worker whose command is gone before it is loaded begins nothing", async () => {
  const folder = tempFolder();
  textFile(join(folder, "Pulumi.prod.yaml"), "config: {}\n");
  program(join(folder, "pulumi"), `echo "$1" >>'${folder}/asked'; echo v3.259.0; [ "$1" != export ] || echo '{}'`);
  const job: Job = { command: "apply", stack: "prod", configFolder: folder, config: {}, accepted: [] };
  const worker = fork(WORKER, [JSON.stringify(job)], {
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  afterwards(() => worker.kill("SIGKILL"));
  worker.disconnect();
  expect(await once(worker, "exit")).toEqual([0, null]);
  expect(linesOf(join(folder, "asked"))).not.toContain("up");
});
