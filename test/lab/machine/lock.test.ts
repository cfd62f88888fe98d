import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { lockIn } from "../../../lab/machine/lock.ts";
import { afterwards, tempFolder } from "../../support/folder.ts";

const LOCK = new URL("../../../lab/machine/lock.ts", import.meta.url).href;
const PASS = "RANCHER_ROLLBACK_LAB_HELD";

afterEach(() => {
  delete process.env[PASS];
});

/** A process that takes the lock, says `held`, and holds it until its standard input ends; it says for whom it waits. */
async function holder(folder: string, what: string, env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const script = `import { lockIn } from ${JSON.stringify(LOCK)};
    await lockIn(${JSON.stringify(folder)}).take(${JSON.stringify(what)}, console.log);
    console.log("held");
    process.stdin.resume().on("end", () => process.exit());`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  afterwards(() => child.kill("SIGKILL"));
  return child;
}

async function line(child: ChildProcess): Promise<string> {
  const [said] = await once(child.stdout as NodeJS.ReadableStream, "data");
  return String(said).trim();
}

async function held(folder: string, what: string, env?: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = await holder(folder, what, env);
  expect(await line(child)).toBe("held");
  return child;
}

describe("the lock of the lab", () => {
  test("is held by one process, and the next one says for whom it waits", async () => {
    const folder = tempFolder();
    const first = await held(folder, "a rehearsal");
    const said: string[] = [];
    const taken = lockIn(folder).take("this test", (text) => {
      said.push(text);
      first.stdin?.end();
    });
    (await taken)();
    expect(said).toEqual([
      expect.stringMatching(
        /^the lab is being changed by "a rehearsal" in \/.*, process \d+, since [\d-]{10}T[\d:]{8}Z: waiting for it/,
      ),
    ]);
  });

  test("is taken again by who holds it, and given back with the last", async () => {
    const folder = tempFolder();
    const lock = lockIn(folder);
    const outer = await lock.take("outer", () => {});
    const inner = await lock.take("inner", () => {});
    inner();
    expect(await lockIn(folder).holder()).toBeUndefined();
    delete process.env[PASS];
    expect(await lockIn(folder).holder()).toContain('"outer"');
    outer();
    await expect.poll(() => lockIn(folder).holder()).toBeUndefined();
    expect(process.env[PASS]).toBeUndefined();
  });

  test("lets the holder's children in, one at a time", async () => {
    const folder = tempFolder();
    const release = await lockIn(folder).take("the tests", () => {});
    const first = await held(folder, "one child");
    const second = await holder(folder, "another child");
    expect(await line(second)).toContain('being changed by "one child"');
    first.stdin?.end();
    expect(await line(second)).toBe("held");
    second.stdin?.end();
    release();
  });

  test("lets nobody in who has another one's pass, or that of a holder who is gone", async () => {
    const folder = tempFolder();
    const first = await held(folder, "a rehearsal");
    const stranger = await holder(folder, "a stranger", { [PASS]: "0b9f" });
    expect(await line(stranger)).toContain('being changed by "a rehearsal"');
    first.kill("SIGKILL");
    expect(await line(stranger)).toBe("held");
  });

  test("is free when its holder was killed", async () => {
    const folder = tempFolder();
    (await held(folder, "a killed one")).kill("SIGKILL");
    const release = await lockIn(folder).take("this test", () => {});
    delete process.env[PASS];
    expect(await lockIn(folder).holder()).toContain('"this test"');
    release();
  });
});
