import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isAlive } from "../../../cluster/processes.ts";
import { ClusterFolderBusy } from "../../../cluster/rke/earlierRke.ts";
import type { LockHolder } from "../../../cluster/rke/folderLock.ts";
import { runRke } from "../../../cluster/rke/run.ts";
import { fakeRke, linesOf } from "../../support/fakeRke.ts";
import { afterwards, textFile, until } from "../../support/folder.ts";
import { ended, holdFolder } from "../../support/holdFolder.ts";
import { inProcess, killStep } from "../../support/rkeRun.ts";

/** A run in a process of its own that can be killed. Its exit code: how many problems, or 9 when the folder was busy. */
function runInProcess(command: string[], clusterFile: string, purpose: "restore" | "up" = "up") {
  return inProcess(`
import { runRke } from ${JSON.stringify(join(import.meta.dirname, "../../../cluster/rke/run.ts"))};
const { problems } = await runRke({ ...${JSON.stringify({ command, purpose, clusterFile, silenceSeconds: 60 })}, say: () => {} })
  .catch((error) => process.exit(error.constructor.name === "ClusterFolderBusy" ? 9 : 8));
process.exit(problems.length);`);
}

/** Begins an `rke up` in this process. */
function next({ rke, clusterFile }: { rke: string; clusterFile: string }, silenceSeconds: number) {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  return { said, run: runRke({ command: [rke, "next"], purpose: "up", clusterFile, silenceSeconds, say }) };
}

/** Marks its begin and end in `marks`, and waits for the file `go` in between. */
const MARKING = `echo "begin $1" >>marks; info "begun $1"; echo $$ >"pid-$1"
while [ ! -e go ]; do sleep 0.1; done
info "ended $1"; built; echo "end $1" >>marks`;

/** A folder whose lock says what a killed run left behind, held by this process. */
function leftBehind(holder: Omit<Partial<LockHolder>, "log">) {
  const fake = fakeRke("built");
  const log = join(fake.folder, ".rancher-rollback", "old.log");
  const whole = { step: ended(), command: "rke up", since: "2020-01-01T00:00:00.000Z", log, ...holder };
  return { ...fake, lock: holdFolder(fake.clusterFile, whole), holder: whole };
}

describe.concurrent("a step that is killed", () => {
  test("leaves its RKE to finish what it began; the next run waits for that and never overlaps it", async () => {
    const fake = fakeRke(MARKING);
    const { folder, clusterFile, rke } = fake;
    const firstRke = await killStep(runInProcess([rke, "first"], clusterFile), folder, "pid-first");
    const { said, run } = next(fake, 60);
    await until(() => said.length > 0);
    expect(said[0]).toMatch(
      /^an earlier run was killed, but its RKE still runs \(rke first\): waiting for it; its log: /,
    );
    const firstLog = said[0]?.split("its log: ")[1] ?? "";
    expect(isAlive(firstRke)).toBe(true);
    expect(linesOf(join(folder, "marks"))).toEqual(["begin first"]);

    textFile(join(folder, "go"), "");
    expect(await run).toMatchObject({ exitCode: 0, problems: [] });
    expect(linesOf(join(folder, "marks"))).toEqual(["begin first", "end first", "begin next", "end next"]);
    expect(readFileSync(firstLog, "utf8")).toMatch(/begun first[\s\S]*ended first/);
  });

  test("leaves an RKE that hangs to be stopped by the next run, which then goes on", async () => {
    const fake = fakeRke('if [ "$1" = first ]; then echo $$ >pid; info "[dialer] hanging"; exec sleep 600; fi; built');
    const hanging = await killStep(runInProcess([fake.rke, "first"], fake.clusterFile), fake.folder);
    const { said, run } = next(fake, 1);
    expect(await run).toMatchObject({ exitCode: 0, succeeded: true });
    expect(said).toContain("that RKE has printed nothing for 1 s and has changed no node: it is stopped");
    await until(() => !isAlive(hanging));
  });

  test("leaves an RKE that wipes alone, however long it prints nothing", async () => {
    const fake = fakeRke(
      'if [ "$1" = first ]; then wiping; echo $$ >pid; while [ ! -e go ]; do sleep 0.1; done; restored; else built; fi',
    );
    const wiping = await killStep(runInProcess([fake.rke, "first"], fake.clusterFile, "restore"), fake.folder);
    const { said, run } = next(fake, 0.5);
    const announced = () => said.filter((line) => line.includes("it changes the nodes, so it is left running"));
    await until(() => announced().length > 1);
    expect(isAlive(wiping)).toBe(true);
    expect(announced()[0]).toContain(`(process ${wiping}); its last line: [hosts] Cleaning up host [10.0.0.3]`);
    textFile(join(fake.folder, "go"), "");
    expect(await run).toMatchObject({ succeeded: true });
  });
});

test("of several runs that begin at once one has the folder to itself, and the others are refused", async () => {
  const { folder, clusterFile, rke } = fakeRke(MARKING);
  const steps = ["a", "b", "c", "d"].map((name) => runInProcess([rke, name], clusterFile));
  const codes: unknown[] = [];
  const ends = steps.map(async (step) => codes.push((await once(step, "exit"))[0]));
  // The one that has it does not end before.
  await until(() => codes.length === 3);
  textFile(join(folder, "go"), "");
  await Promise.all(ends);
  expect(codes).toEqual([9, 9, 9, 0]);
  const name = linesOf(join(folder, "marks"))[0]?.at(-1);
  expect(linesOf(join(folder, "marks"))).toEqual([`begin ${name}`, `end ${name}`]);
});

describe.concurrent("a lock whose holder is written down wrongly", () => {
  test("never gets an innocent process killed: a name that is about to be overwritten is not believed", async () => {
    const innocent = spawn("sleep", ["600"], { stdio: "ignore", detached: true });
    afterwards(() => innocent.kill("SIGKILL"));
    const { clusterFile, rke, lock, holder } = leftBehind({ rke: innocent.pid as number });
    // It says for whom it waits once it has read the name.
    const say = () => lock.write({ ...holder, step: process.pid, log: "/another.log" });
    await expect(
      runRke({ command: [rke, "up"], purpose: "up", clusterFile, silenceSeconds: 0.1, say }),
    ).rejects.toBeInstanceOf(ClusterFolderBusy);
    expect(isAlive(innocent.pid as number)).toBe(true);
    lock.release();
  });

  test.each<[string, Partial<LockHolder>]>([
    ["the RKE it names is gone and something else still holds it", { rke: ended() }],
    ["no RKE was started under it, as nothing can be stopped", {}],
  ])("is refused when %s", async (_, holder) => {
    const made = leftBehind(holder);
    const error = await next(made, 0.1).run.catch((refused: unknown) => refused);
    expect(error).toBeInstanceOf(ClusterFolderBusy);
    expect((error as Error).message).toMatch(/^another run holds this cluster folder/);
    made.lock.release();
  });

  test.each<[string, Partial<LockHolder>]>([
    ["its step has ended", {}],
    ["another process has the id of its step", { step: process.pid, stepStarted: "1" }],
  ])(
    "where %s is waited for as long as the log of its RKE goes on, and taken as soon as it is free",
    async (_, step) => {
      const made = leftBehind({ rke: ended(), ...step });
      textFile(made.holder.log, "");
      const { said, run } = next(made, 60);
      await until(() => said.length > 0);
      made.lock.release();
      expect(await run).toMatchObject({ succeeded: true });
      expect(said[0]).toMatch(/^an earlier run was killed, but its RKE still runs/);
      expect(said[1]).toBe("Building Kubernetes cluster");
    },
  );
});

test("what an ended run left in the lock file keeps nobody out, whatever it is", async () => {
  const made = leftBehind({ rke: process.pid, step: process.pid });
  made.lock.release();
  utimesSync(join(made.folder, ".rancher-rollback", "rke.lock"), 0, 0);
  rmSync(made.holder.log, { force: true });
  expect(await next(made, 1).run).toMatchObject({ exitCode: 0 });
});
