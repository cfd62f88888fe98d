import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll } from "vitest";

const cleanups: (() => unknown)[] = [];
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Does something when the test file's last test has ended, the last one first. Also for tests that run concurrently. */
export function afterwards(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** A folder of the running test's own, removed afterwards. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "rr-test-"));
  afterwards(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a text file, with the folders above it; returns its path. */
export function textFile(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** Writes a program as a POSIX shell script; returns its path. A link to a real program makes way: it is not written through. */
export function program(path: string, script: string): string {
  rmSync(path, { force: true });
  textFile(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Resolves as soon as the condition holds; a test that waits in vain runs into its own timeout. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}
