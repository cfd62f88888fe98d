import { spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { isAlive } from "../../../cluster/processes.ts";
import { ClusterFolderLock, type LockHolder } from "../../../cluster/rke/folderLock.ts";
import { afterwards, tempFolder, until } from "../../support/folder.ts";

const HOLDER: LockHolder = {
  step: process.pid,
  command: "rke up",
  since: "2026-11-23T14:00:00.000Z",
  log: "/logs/one.log",
};

function taken(path: string, holder = HOLDER): ClusterFolderLock {
  const lock = ClusterFolderLock.take(path, holder);
  if (!(lock instanceof ClusterFolderLock)) throw new Error("the lock is held");
  return lock;
}

/** A PATH with nothing but one of this machine's programs. */
function pathWithOnly(program: string): void {
  const folder = tempFolder();
  symlinkSync(`/usr/bin/${program}`, join(folder, program));
  vi.stubEnv("PATH", folder);
}

describe("the lock on a cluster folder", () => {
  test("is held by one, who is named to the next, and free again when it is released", () => {
    const path = join(tempFolder(), "lock");
    const first = taken(path);
    expect(ClusterFolderLock.take(path, { ...HOLDER, command: "other" })).toEqual({ heldBy: HOLDER });
    first.release();
    taken(path).release();
  });

  test("tells of the RKE that runs under it once it is written down, and never a mix of two holders", () => {
    const path = join(tempFolder(), "lock");
    const lock = taken(path, { ...HOLDER, command: "rke etcd snapshot-restore --name a-long-one" });
    lock.write({ ...HOLDER, command: "rke", rke: 4711 });
    expect(ClusterFolderLock.take(path, HOLDER)).toEqual({ heldBy: { ...HOLDER, command: "rke", rke: 4711 } });
    lock.release();
  });

  test("is kept by a program that inherited it, after the one who took it let go, until that program ends", async () => {
    const path = join(tempFolder(), "lock");
    const lock = taken(path);
    const child = spawn("sleep", ["600"], { stdio: ["ignore", "ignore", "ignore", lock.fd] });
    onTestFinished(() => void child.kill("SIGKILL"));
    lock.release();
    expect(ClusterFolderLock.take(path, HOLDER)).toEqual({ heldBy: HOLDER });
    child.kill("SIGKILL");
    await once(child, "exit");
    taken(path).release();
  });

  test.each([{ ...HOLDER, rke: 1 }, { ...HOLDER, rke: -1 }, { ...HOLDER, step: "4711" }, [HOLDER], "mine"])(
    "is held by an unknown one where the file is not one of its own: %j",
    (written) => {
      const path = join(tempFolder(), "lock");
      const lock = taken(path);
      writeFileSync(path, JSON.stringify(written));
      expect(ClusterFolderLock.take(path, HOLDER)).toEqual({ heldBy: undefined });
      lock.release();
    },
  );

  test("is not handed to programs that are started without it", async () => {
    const path = join(tempFolder(), "lock");
    const lock = taken(path);
    const child = spawn("sleep", ["600"], { stdio: "ignore" });
    onTestFinished(() => void child.kill("SIGKILL"));
    lock.release();
    expect(ClusterFolderLock.take(path, HOLDER)).toBeInstanceOf(ClusterFolderLock);
    expect(isAlive(child.pid as number)).toBe(true);
  });

  test.each(["flock", "perl"])("is the same lock where only %s can take it", (program) => {
    const path = join(tempFolder(), "lock");
    const other = taken(path);
    pathWithOnly(program);
    expect(ClusterFolderLock.take(path, HOLDER)).toEqual({ heldBy: HOLDER });
    other.release();
    taken(path).release();
  });

  test("is refused in words where neither program can take it", () => {
    pathWithOnly("true");
    expect(() => ClusterFolderLock.take(join(tempFolder(), "lock"), HOLDER)).toThrow(
      "neither flock (util-linux) nor perl is on this machine",
    );
  });
});

describe("a process", () => {
  test("is alive until it has ended", async () => {
    const child = spawn("sleep", ["600"], { stdio: "ignore" });
    expect(isAlive(child.pid as number)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(isAlive(child.pid as number)).toBe(false);
  });

  test.skipIf(process.platform !== "linux")("is not alive when it has ended and its parent never asks", async () => {
    // The shell becomes a sleep that never waits for the child it inherits.
    const parent = spawn("sh", ["-c", "sh -c 'echo $$' & exec sleep 600"], { stdio: ["ignore", "pipe", "ignore"] });
    afterwards(() => parent.kill("SIGKILL"));
    const [said] = (await once(parent.stdout, "data")) as [Buffer];
    await until(() => !isAlive(Number(said.toString())));
    expect(() => process.kill(Number(said.toString()), 0)).not.toThrow();
  });
});
