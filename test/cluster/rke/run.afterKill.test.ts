import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { isAlive } from "../../../cluster/processes.ts";
import { ClusterFolderBusy } from "../../../cluster/rke/earlierRke.ts";
import { ClusterFolderLock, type LockHolder } from "../../../cluster/rke/folderLock.ts";
import { runRke } from "../../../cluster/rke/run.ts";
import { fakeRke, linesOf, processIn } from "../../support/fakeRke.ts";
import { afterwards, until } from "../../support/folder.ts";

/** A run in a process of its own that can be killed. Its exit code: 0, or 9 when the folder was busy. */
function runInProcess(command: string[], clusterFile: string, purpose: "restore" | "up" = "up"): ChildProcess {
  const source = `
import { runRke } from ${JSON.stringify(join(import.meta.dirname, "../../../cluster/rke/run.ts"))};
const { problems } = await runRke({ ...${JSON.stringify({ command, purpose, clusterFile, silenceSeconds: 60 })}, say: () => {} })
  .catch((error) => process.exit(error.constructor.name === "ClusterFolderBusy" ? 9 : 8));
process.exit(problems.length);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: "ignore" });
  afterwards(() => child.kill("SIGKILL"));
  return child;
}

/** The id of a process that has ended. */
const ended = () => spawnSync("true").pid;

/** Marks its begin and end in `marks`, and waits for the file `go` in between. */
const MARKING = `echo $$ >"pid-$1"; echo "begin $1" >>marks; info "begun $1"
while [ ! -e go ]; do sleep 0.1; done
info "ended $1"; built; echo "end $1" >>marks`;

/** A folder whose lock says what a killed run left behind, held by this process. */
function leftBehind(holder: Omit<Partial<LockHolder>, "log">) {
  const fake = fakeRke("built");
  const own = join(fake.folder, ".rancher-rollback");
  mkdirSync(own);
  const log = join(own, "old.log");
  const whole = { step: ended(), command: "rke up", since: "2020-01-01T00:00:00.000Z", log, ...holder };
  const lock = ClusterFolderLock.take(join(own, "rke.lock"), whole);
  if (!(lock instanceof ClusterFolderLock)) throw new Error("the lock is held");
  return { ...fake, lock, holder: whole };
}

describe.concurrent("a step that is killed", () => {
  test("leaves its RKE to finish what it began; the next run waits for that and never overlaps it", async ({
    expect,
  }) => {
    const { folder, clusterFile, rke } = fakeRke(MARKING);
    const step = runInProcess([rke, "first"], clusterFile);
    // Until its RKE is written down, a killed step leaves a lock that names nobody, and the next run is refused.
    const lock = join(folder, ".rancher-rollback", "rke.lock");
    await until(() => linesOf(join(folder, "marks")).length > 0 && linesOf(lock).join().includes('"rke":'));
    step.kill("SIGKILL");
    await once(step, "exit");
    const firstRke = processIn(join(folder, "pid-first"));

    const said: string[] = [];
    const next = runRke({
      command: [rke, "next"],
      purpose: "up",
      clusterFile,
      silenceSeconds: 60,
      say: (line) => said.push(line),
    });
    await until(() => said.length > 0);
    expect(said[0]).toMatch(
      /^an earlier run was killed, but its RKE still runs \(rke first\): waiting for it; its log: /,
    );
    const firstLog = said[0]?.split("its log: ")[1] ?? "";
    expect(isAlive(firstRke)).toBe(true);
    expect(linesOf(join(folder, "marks"))).toEqual(["begin first"]);

    spawnSync("touch", [join(folder, "go")]);
    expect(await next).toMatchObject({ exitCode: 0, problems: [] });
    expect(linesOf(join(folder, "marks"))).toEqual(["begin first", "end first", "begin next", "end next"]);
    expect(readFileSync(firstLog, "utf8")).toMatch(/begun first[\s\S]*ended first/);
  });

  test("leaves an RKE that hangs to be stopped by the next run, which then goes on", async ({ expect }) => {
    const { folder, clusterFile, rke } = fakeRke(
      'if [ "$1" = first ]; then echo $$ >pid; info "[dialer] hanging"; exec sleep 600; fi; built',
    );
    const step = runInProcess([rke, "first"], clusterFile);
    // Only an RKE that is written down can be stopped later.
    const lock = join(folder, ".rancher-rollback", "rke.lock");
    await until(() => linesOf(join(folder, "pid")).length > 0 && linesOf(lock).join().includes('"rke":'));
    step.kill("SIGKILL");
    await once(step, "exit");
    const hanging = processIn(join(folder, "pid"));

    const said: string[] = [];
    const next = await runRke({
      command: [rke, "next"],
      purpose: "up",
      clusterFile,
      silenceSeconds: 1,
      say: (line) => said.push(line),
    });
    expect(next).toMatchObject({ exitCode: 0, succeeded: true });
    expect(said).toContain("that RKE has printed nothing for 1 s and has changed no node: it is stopped");
    await until(() => !isAlive(hanging));
  });

  test("leaves an RKE that wipes alone, however long it prints nothing", async ({ expect }) => {
    const { folder, clusterFile, rke } = fakeRke(
      'if [ "$1" = first ]; then echo $$ >pid; wiping; while [ ! -e go ]; do sleep 0.1; done; restored; else built; fi',
    );
    const step = runInProcess([rke, "first"], clusterFile, "restore");
    const lock = join(folder, ".rancher-rollback", "rke.lock");
    await until(() => linesOf(join(folder, "pid")).length > 0 && linesOf(lock).join().includes('"rke":'));
    step.kill("SIGKILL");
    await once(step, "exit");
    const wiping = processIn(join(folder, "pid"));

    const said: string[] = [];
    const command = [rke, "next"];
    const next = runRke({ command, purpose: "up", clusterFile, silenceSeconds: 0.5, say: (line) => said.push(line) });
    const announced = () => said.filter((line) => line.includes("it changes the nodes, so it is left running"));
    await until(() => announced().length > 1);
    expect(isAlive(wiping)).toBe(true);
    expect(announced()[0]).toContain(`(process ${wiping}); its last line: [hosts] Cleaning up host [10.0.0.3]`);
    spawnSync("touch", [join(folder, "go")]);
    expect(await next).toMatchObject({ succeeded: true });
  });
});

describe.concurrent("several runs that begin at once", () => {
  test("never overlap: each has the folder to itself or is refused", async ({ expect }) => {
    const { folder, clusterFile, rke } = fakeRke('echo "begin $1" >>marks; sleep 0.2; built; echo "end $1" >>marks');
    const steps = ["a", "b", "c", "d"].map((name) => runInProcess([rke, name], clusterFile));
    const codes = await Promise.all(steps.map(async (step) => (await once(step, "exit"))[0] as number));
    const marks = linesOf(join(folder, "marks"));
    expect(codes.every((code) => code === 0 || code === 9)).toBe(true);
    expect(marks).toHaveLength(2 * codes.filter((code) => code === 0).length);
    expect(marks.length).toBeGreaterThan(0);
    for (let at = 0; at < marks.length; at += 2) expect(marks[at + 1]).toBe(marks[at]?.replace("begin", "end"));
  });
});

describe.concurrent("a lock whose holder is written down wrongly", () => {
  test("never gets an innocent process killed: a name that is about to be overwritten is not believed", async ({
    expect,
  }) => {
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

  test("is refused when the RKE it names is gone and something else still holds it", async ({ expect }) => {
    const { clusterFile, rke, lock } = leftBehind({ rke: ended() });
    await expect(
      runRke({ command: [rke, "up"], purpose: "up", clusterFile, silenceSeconds: 0.1, say: () => {} }),
    ).rejects.toThrow("another run holds this cluster folder");
    lock.release();
  });

  test("is refused when no RKE was started under it, as nothing can be stopped", async ({ expect }) => {
    const { clusterFile, rke, lock } = leftBehind({});
    await expect(
      runRke({ command: [rke, "up"], purpose: "up", clusterFile, silenceSeconds: 0.1, say: () => {} }),
    ).rejects.toThrow(ClusterFolderBusy);
    lock.release();
  });

  test.for<[string, Partial<LockHolder>]>([
    ["its step has ended", {}],
    ["another process has the id of its step", { step: process.pid, stepStarted: "1" }],
  ])(
    "where %s is waited for as long as the log of its RKE goes on, and taken as soon as it is free",
    async ([, step], { expect }) => {
      const { clusterFile, rke, lock, holder } = leftBehind({ rke: ended(), ...step });
      spawnSync("touch", [holder.log]);
      const said: string[] = [];
      const run = runRke({
        command: [rke, "up"],
        purpose: "up",
        clusterFile,
        silenceSeconds: 60,
        say: (line) => said.push(line),
      });
      await until(() => said.length > 0);
      lock.release();
      expect(await run).toMatchObject({ succeeded: true });
      expect(said[0]).toMatch(/^an earlier run was killed, but its RKE still runs/);
      expect(said[1]).toBe("Building Kubernetes cluster");
    },
  );
});

describe.concurrent("what an ended run left in the lock file", () => {
  test("keeps nobody out, whatever it is", async ({ expect }) => {
    const { folder, clusterFile, rke, lock, holder } = leftBehind({ rke: process.pid, step: process.pid });
    lock.release();
    utimesSync(join(folder, ".rancher-rollback", "rke.lock"), 0, 0);
    rmSync(holder.log, { force: true });
    expect(
      await runRke({ command: [rke, "up"], purpose: "up", clusterFile, silenceSeconds: 1, say: () => {} }),
    ).toMatchObject({
      exitCode: 0,
    });
  });
});
