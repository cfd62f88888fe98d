import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder, textFile } from "../support/folder.ts";

const MODULE = join(import.meta.dirname, "../../bin/compileCache.cjs");

interface Given {
  env?: NodeJS.ProcessEnv;
  /** The user that the process takes itself for. */
  user?: number;
}

/** The folder that a process, and those it starts, keep compiled code in. */
function cacheOf(home: string, { env = {}, user }: Given = {}): string | undefined {
  const { NODE_DISABLE_COMPILE_CACHE: _, ...inherited } = process.env;
  const script = `${user === undefined ? "" : `process.getuid = () => ${user};`}
    require(${JSON.stringify(MODULE)}).keepCompiled();
    console.log(JSON.stringify({ own: require("node:module").getCompileCacheDir(), fromEnvironment: process.env.NODE_COMPILE_CACHE }));`;
  const printed = execFileSync(process.execPath, ["-e", script], {
    env: { ...inherited, XDG_CACHE_HOME: home, ...env },
    encoding: "utf8",
  });
  const { own, fromEnvironment } = JSON.parse(printed);
  expect(own === undefined).toBe(fromEnvironment === undefined);
  if (own !== undefined) expect(own.startsWith(fromEnvironment)).toBe(true);
  return fromEnvironment;
}

/** A user's cache folder, and the folder in it that compiled code is kept in. */
function cacheHome(mode = 0o700) {
  const home = realpathSync(tempFolder());
  const folder = join(home, "rancher-rollback/compiled");
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, mode);
  return { home, folder };
}

test("compiled code is kept in a folder that its user alone can enter, also by what is started", () => {
  const home = realpathSync(tempFolder());
  const folder = cacheOf(home);
  expect(folder).toBe(join(home, "rancher-rollback/compiled"));
  expect(statSync(folder ?? "").mode & 0o777).toBe(0o700);
  execFileSync(process.execPath, ["--input-type=module", "-e", "import 'yaml'"], {
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: undefined, NODE_COMPILE_CACHE: folder },
  });
  expect(readdirSync(folder ?? "")).toHaveLength(1);
  expect(cacheOf(home)).toBe(folder);
});

test.each([0o777, 0o770, 0o720, 0o755])("a folder that others can enter is not used: %o", (mode) => {
  expect(cacheOf(cacheHome(mode).home)).toBeUndefined();
});

test("a folder of another user is not used", () => {
  const { home } = cacheHome();
  expect(cacheOf(home)).toBeDefined();
  expect(cacheOf(home, { user: statSync(home).uid + 1 })).toBeUndefined();
});

test.each([0o777, 0o775])("a folder that others could put another in the place of is not used: %o", (mode) => {
  const { home, folder } = cacheHome();
  chmodSync(join(home, "rancher-rollback"), mode);
  expect(cacheOf(home)).toBeUndefined();
  // As in /tmp, nobody can rename what is another's.
  chmodSync(join(home, "rancher-rollback"), mode | 0o1000);
  expect(cacheOf(home)).toBe(folder);
});

test("a link is judged by what it leads to", () => {
  const unsafe = cacheHome(0o777);
  const safe = cacheHome();
  const links = tempFolder();
  symlinkSync(unsafe.home, join(links, "unsafe"));
  symlinkSync(safe.home, join(links, "safe"));
  expect(cacheOf(join(links, "unsafe"))).toBeUndefined();
  // The path without the link, which may lead elsewhere later.
  expect(cacheOf(join(links, "safe"))).toBe(safe.folder);
});

test("without a folder, everything works without", () => {
  const file = textFile(join(tempFolder(), "file"), "");
  expect(cacheOf(file)).toBeUndefined();
});

test("what the operator has set is left as it is", () => {
  const home = tempFolder();
  const chosen = realpathSync(tempFolder());
  expect(cacheOf(home, { env: { NODE_COMPILE_CACHE: chosen } })).toBe(chosen);
  expect(cacheOf(home, { env: { NODE_DISABLE_COMPILE_CACHE: "1" } })).toBeUndefined();
  expect(existsSync(join(home, "rancher-rollback"))).toBe(false);
});
