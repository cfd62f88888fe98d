import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FromWorker, Job } from "../../cli/job.ts";
import { linesOf } from "../support/fakeRke.ts";
import { afterwards, program, tempFolder, textFile, until } from "../support/folder.ts";

/** A worker for a stack of this folder, with that PATH, and what it writes to standard error. */
function work(folder: string, command: Job["command"], path: string) {
  textFile(join(folder, "Pulumi.prod.yaml"), "config: {}\n");
  const job: Job = { command, stack: "prod", configFolder: folder, config: {}, accepted: [] };
  const worker = fork(join(import.meta.dirname, "../../cli/worker.ts"), [JSON.stringify(job)], {
    env: { ...process.env, PATH: path, TMPDIR: folder },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  afterwards(() => worker.kill("SIGKILL"));
  let complaints = "";
  worker.stderr?.on("data", (text) => {
    complaints += text;
  });
  return { worker, complaints: () => complaints };
}

test("a worker whose command is gone goes on to its own end", async () => {
  const folder = tempFolder();
  // An engine that waits, and then cannot be used.
  program(
    join(folder, "pulumi"),
    `touch '${folder}/begun'; while [ ! -e '${folder}/go' ]; do sleep 0.05; done; echo no >&2; exit 1`,
  );
  const { worker, complaints } = work(folder, "apply", `${folder}:${process.env.PATH}`);
  await until(() => existsSync(join(folder, "begun")));
  worker.disconnect();
  writeFileSync(join(folder, "go"), "");
  expect(await once(worker, "exit")).toEqual([0, null]);
  expect(complaints()).toBe("");
});

test("a worker without a pulumi says so, and how to get one", async () => {
  const folder = tempFolder();
  const { worker, complaints } = work(folder, "plan", join(folder, "empty"));
  const said: FromWorker[] = [];
  worker.on("message", (one: FromWorker) => said.push(one));
  expect(await once(worker, "exit")).toEqual([0, null]);
  expect(said.at(-1)).toEqual({ kind: "ended", exitCode: 1 });
  expect(said.at(-2)).toMatchObject({
    event: { event: "run-ended", error: expect.stringMatching(/^there is no pulumi on this machine's PATH\. Nothing/) },
  });
  expect(complaints()).toBe("");
});

test("a worker whose command is gone before it is loaded begins nothing", async () => {
  const folder = tempFolder();
  program(join(folder, "pulumi"), `echo "$1" >>'${folder}/asked'; echo v3.259.0; [ "$1" != export ] || echo '{}'`);
  const { worker } = work(folder, "apply", `${folder}:${process.env.PATH}`);
  worker.disconnect();
  expect(await once(worker, "exit")).toEqual([0, null]);
  expect(linesOf(join(folder, "asked"))).not.toContain("up");
});
