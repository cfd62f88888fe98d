import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import grpc from "@grpc/grpc-js";
import providerService from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerMessages from "@pulumi/pulumi/proto/provider_pb.js";
import { beforeAll, describe, expect, test } from "vitest";
import { afterwards, tempFolder, textFile } from "../support/folder.ts";

const PROJECT = join(import.meta.dirname, "../..");
const { name, version, files, engines } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));

/** The folder of the installed package, and the one that it is installed in. */
let installed: string;
let folder: string;

// As an operator gets it: packed, unpacked into an empty folder, its dependencies beside it.
beforeAll(() => {
  const source = tempFolder();
  const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: PROJECT });
  for (const file of tracked.toString().trim().split("\n")) {
    if (!/^(test|lab|node_modules)\b/.test(file) && existsSync(join(PROJECT, file)))
      cpSync(join(PROJECT, file), join(source, file));
  }
  symlinkSync(join(PROJECT, "node_modules"), join(source, "node_modules"));
  execFileSync("npm", ["pack", "--silent"], { cwd: source });
  folder = tempFolder();
  installed = join(folder, "node_modules", name);
  mkdirSync(installed, { recursive: true });
  const [archive = ""] = globSync("*.tgz", { cwd: source });
  execFileSync("tar", ["-xzf", join(source, archive), "-C", installed, "--strip-components=1"]);
  symlinkSync(join(PROJECT, "node_modules"), join(installed, "node_modules"));
}, 10 * 60_000);

function type(words: string[], { env = {}, node = [] }: { env?: NodeJS.ProcessEnv; node?: string[] } = {}) {
  const bin = join(installed, "bin/rancher-rollback.cjs");
  return spawnSync(process.execPath, [...node, bin, ...words], {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
}

/** What TypeScript has against programs beside the installed package. */
function complaintsAbout(programs: Record<string, string>): string {
  const files = Object.entries(programs).map(([file, text]) => textFile(join(folder, file), text));
  // What it depends on, as npm would put it there.
  const dependency = join(folder, "node_modules/@pulumi");
  if (!existsSync(dependency)) symlinkSync(join(PROJECT, "node_modules/@pulumi"), dependency);
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2024"];
  const types = ["--types", "node", "--typeRoots", join(PROJECT, "node_modules/@types")];
  const tsc = join(PROJECT, "node_modules/typescript/bin/tsc");
  const words = [tsc, ...options, ...types, ...files];
  return spawnSync(process.execPath, words, { cwd: folder, encoding: "utf8" }).stdout;
}

/** The example in a module's documentation. */
function exampleIn(file: string): string {
  const [, example = ""] = /\* @example\n([\s\S]*?)\n \*\//.exec(readFileSync(join(PROJECT, file), "utf8")) ?? [];
  expect(example).toContain("import ");
  return example.replaceAll(/^ \* ?/gm, "");
}

/** The block of a page that has these words. */
function blockIn(page: string, words: string): string {
  const blocks = readFileSync(join(PROJECT, page), "utf8").matchAll(/(?:^ {4}.*\n|^\n)+/gm);
  const [block] = [...blocks].flatMap(([text]) => (text.includes(words) ? [text] : []));
  expect(block).toBeDefined();
  return block ?? "";
}

describe("the package", () => {
  test("has what it says and no tests, no lab, no sources", () => {
    const packed = globSync("**/*", { cwd: installed, exclude: ["node_modules"] });
    expect(packed.filter((file) => /^(test|lab|cli|packaging|policy|docs\/(generate|session))\b/.test(file))).toEqual(
      [],
    );
    expect(packed.filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([]);
    expect(files.length).toBeGreaterThan(0);
  });

  test("has every file that its modules read at run time", () => {
    const needed = globSync("{cluster,output,plugin,steps,components}/**/*.{sh,css,json}", { cwd: PROJECT });
    expect(needed.length).toBeGreaterThan(20);
    for (const file of needed) {
      expect(readFileSync(join(installed, "dist", file), "utf8")).toBe(readFileSync(join(PROJECT, file), "utf8"));
    }
  });

  test("has types and source maps with their sources", () => {
    expect(existsSync(join(installed, "dist/cli/main.d.ts"))).toBe(true);
    const map = JSON.parse(readFileSync(join(installed, "dist/cli/main.js.map"), "utf8"));
    expect(map.sourcesContent).toHaveLength(1);
  });

  test("says its version and its help", () => {
    expect(type(["--version"]).stdout).toBe(`${version}\n`);
    const { stdout, stderr, status } = type(["--help"]);
    expect(stdout).toContain("rancher-rollback apply");
    expect([stderr, status]).toEqual(["", 0]);
  });

  test("keeps what is compiled for the next time", () => {
    const cache = tempFolder();
    const env = { NODE_DISABLE_COMPILE_CACHE: undefined, XDG_CACHE_HOME: cache };
    expect(type(["--version"], { env }).stdout).toBe(`${version}\n`);
    expect(globSync("rancher-rollback/compiled/*/*", { cwd: cache })).not.toEqual([]);
  });

  test("configures, and checks this machine, in the operator's folder", () => {
    expect(type(["init", "--stack", "prod"]).status).toBe(0);
    expect(existsSync(join(folder, "Pulumi.prod.yaml"))).toBe(true);
    const { stdout, status } = type(["doctor", "--stack", "prod", "--json"], { env: { PATH: "/usr/bin:/bin" } });
    expect(JSON.parse(stdout)).toMatchObject({ command: "doctor" });
    expect(status).toBe(1);
  });

  test("runs its steps", () => {
    const request = JSON.stringify({
      step: "lock-id",
      context: {
        resource: "lock-id",
        stack: "prod",
        clusterFile: join(folder, "rancher-cluster.yml"),
        hostKeys: { allowUnknown: false },
      },
      input: {},
    });
    const { stdout, stderr } = spawnSync(process.execPath, [join(installed, "dist/steps/main.js")], {
      input: request,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout).id).toMatch(/^[0-9a-f]{8}$/);
  });

  test("gives its component and its program to a program of one's own", () => {
    const script = `import { RancherRollback } from "${name}"; import { program } from "${name}/program";
      console.log(typeof RancherRollback, typeof program);`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: folder,
      encoding: "utf8",
    });
    expect([stdout, stderr]).toEqual(["function function\n", ""]);
  });

  test("has names for the types that a program of one's own meets", () => {
    const program = `import { RancherRollback, type RollbackSummary } from "${name}";
      import { type ProgramOptions, type Problem, program, type Refused, type RollbackPlan, type RollbackReport, type StackOutputs } from "${name}/program";
      const [plans, problems]: [RollbackPlan[], Problem[]] = [[], []];
      const options: ProgramOptions = {
        onPlan: (plan) => plans.push(plan),
        onRefused: (refused: Refused) => problems.push(...refused.problems),
      };
      export const { rollback }: StackOutputs = program(options);
      export const verified = rollback.apply((report: RollbackReport) => report.verification);
      export const embedded = (made: RancherRollback) => made.report.apply((summary: RollbackSummary) => summary.restore.wipedAt);`;
    expect(complaintsAbout({ "embedding.mts": program })).toBe("");
  });

  test("has documentation whose programs fit it, and offers no way around the refusal", () => {
    const programs = {
      "program.mts": exampleIn("program.ts"),
      "component.mts": exampleIn("component.ts"),
      "readme.mts": blockIn("README.md", `from "${name}"`),
      "automation.mts": readFileSync(join(installed, "docs/examples/automation/rollBack.mts"), "utf8"),
    };
    expect(complaintsAbout(programs)).toBe("");
    const guarded = `import { program } from "${name}/program"; program({ guard: async () => ({ problems: [], warnings: [] }) });`;
    expect(complaintsAbout({ "guarded.mts": guarded })).toContain("'guard' does not exist in type 'ProgramOptions'");
  });

  test.each([
    ["its own program", () => [join(installed, "bin/pulumi-resource-rancher-rollback.cjs")]],
    // As Pulumi's host for Node does for PulumiPlugin.yaml.
    ["PulumiPlugin.yaml", () => [join(installed, "node_modules/@pulumi/pulumi/cmd/run-plugin"), installed]],
  ])("gives Pulumi its component's schema, started by %s", async (_, words) => {
    const child = spawn(process.execPath, [...words(), "127.0.0.1:1"], { cwd: folder });
    afterwards(() => child.kill());
    const [port] = await once(child.stdout, "data");
    const client = new providerService.ResourceProviderClient(
      `127.0.0.1:${String(port).trim()}`,
      grpc.credentials.createInsecure(),
    );
    const answer = await new Promise<{ getSchema: () => string }>((resolve, reject) => {
      client.getSchema(new providerMessages.GetSchemaRequest(), (error: Error | null, response: typeof answer) =>
        error ? reject(error) : resolve(response),
      );
    });
    client.close();
    expect(JSON.parse(answer.getSchema())).toMatchObject({ name: "rancher-rollback", version });
  });

  test("on an older Node says in one sentence which one it needs", () => {
    const [, needed] = /(\d+\.\d+)/.exec(engines.node) ?? [];
    const older = textFile(
      join(folder, "older.cjs"),
      `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.4" } });`,
    );
    const { stderr, status } = type(["plan"], { node: ["--require", older] });
    expect(stderr).toBe(
      `rancher-rollback needs Node ${needed} or newer, and this is 18.20.4 (${process.execPath}); nothing was done\n`,
    );
    expect(status).toBe(1);
  });

  test("has an entry that any Node can parse", () => {
    for (const file of ["rancher-rollback", "pulumi-resource-rancher-rollback", "checkNode"]) {
      const entry = readFileSync(join(installed, `bin/${file}.cjs`), "utf8");
      expect(entry).not.toMatch(/\b(const|let|import|class|async)\b|=>|`|\?\?|\?\.|,\s*\)/);
    }
  });
});
