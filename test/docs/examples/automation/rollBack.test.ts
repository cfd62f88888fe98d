import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { SNAPSHOT } from "../../../../lab/bench/scale/cluster.ts";
import { Simulation } from "../../../../lab/bench/scale/simulation.ts";
import type { StackOutputs } from "../../../../program.ts";
import { afterwards, tempFolder } from "../../../support/folder.ts";
import { recordProgram } from "../../../support/rollback.ts";

/** Its types are checked where the package is installed (test/packaging). */
const EXAMPLE = join(import.meta.dirname, "../../../../docs/examples/automation/rollBack.mts");

/** Of a simulated cluster: what the example has of a cluster of its own is replaced by it. */
const simulated = vi.hoisted(() => ({ settings: {} as Record<string, string>, updates: 0 }));

type Program = () => Promise<StackOutputs>;

/** A stack without an engine: what its program asks for is answered by mocks, and hooks are called as the engine does. */
class FakeStack {
  private readonly program: Program;

  constructor(program: Program) {
    this.program = program;
  }

  async setAllConfig(config: Record<string, { value: string }>): Promise<void> {
    const given = Object.fromEntries(Object.entries(config).map(([key, { value }]) => [key, value]));
    const all = Object.entries({ ...given, ...simulated.settings });
    pulumi.runtime.setAllConfig(Object.fromEntries(all.map(([key, value]) => [`rancher-rollback:${key}`, value])));
  }

  async preview(): Promise<void> {
    await recordProgram(this.program, { preview: true, callsHooks: true });
  }

  async up() {
    simulated.updates += 1;
    const outputs: unknown[] = [];
    await recordProgram(
      async () => {
        const { rollback } = await this.program();
        rollback.apply((report) => outputs.push(report));
      },
      { callsHooks: true },
    );
    return { outputs: { rollback: { value: outputs[0] } } };
  }
}

vi.mock("@rancher-rollback/cli/program", () => import("../../../../program.ts"));
vi.mock("@pulumi/pulumi/automation/index.js", () => ({
  LocalWorkspace: { createOrSelectStack: async ({ program }: { program: Program }) => new FakeStack(program) },
}));

let settings: Record<string, string>;
beforeAll(async () => {
  const simulation = new Simulation(tempFolder());
  afterwards(() => simulation.close());
  const started = Date.now() - 3_600_000;
  ({ settings } = await simulation.cluster("c", 3, started));
  simulation.shell.reset(() => started);
});

let said: string[];
beforeEach(() => {
  vi.resetModules();
  const { snapshot: _, rancherVersion: __, ...cluster } = settings;
  Object.assign(simulated, { settings: cluster, updates: 0 });
  said = [];
  for (const to of ["log", "error"] as const) {
    vi.spyOn(console, to).mockImplementation((...words) => void said.push(words.map(text).join(" ")));
  }
});

const text = (word: unknown) => (typeof word === "string" ? word : JSON.stringify(word));

/** What the example says and ends with, typed with these words. */
async function typed(...words: string[]) {
  const argv = process.argv;
  process.argv = [...argv.slice(0, 2), ...words];
  try {
    await import(EXAMPLE);
    return { said, exitCode: process.exitCode, updates: simulated.updates };
  } finally {
    process.argv = argv;
    process.exitCode = undefined;
  }
}

test("the example of the Automation API previews, and says what is lost", async () => {
  expect(await typed("prod", SNAPSHOT, "v2.5.8")).toEqual({
    said: [expect.stringMatching(/^lost: \{"seconds":\d+,"namespaces":/)],
    exitCode: undefined,
    updates: 0,
  });
});

test("the example of the Automation API rolls back what is accepted, and names the way back", async () => {
  expect(await typed("prod", SNAPSHOT, "v2.5.8", SNAPSHOT)).toEqual({
    said: [expect.stringMatching(/^lost: /), "verified: Rancher v2.5.8", "the way back: safety-copy-1"],
    exitCode: undefined,
    updates: 1,
  });
});

test("the example of the Automation API says why it would be refused, and does not try", async () => {
  const { said, updates } = await typed("prod", "never-saved", "v2.5.8", "never-saved");
  expect(said.slice(1).length).toBeGreaterThan(0);
  for (const line of said.slice(1)) expect(line).toMatch(/^would be refused: node\d .*never-saved/);
  expect(updates).toBe(0);
});

test("the example of the Automation API says why it is refused, by what it has accepted", async () => {
  const { said, exitCode } = await typed("prod", SNAPSHOT, "v2.5.8", "another");
  expect(said).toEqual([
    expect.stringMatching(/^lost: /),
    expect.stringMatching(
      /^\[\{"message":"the restore of before-upgrade is not confirmed: acceptDataLossOf is another"/,
    ),
  ]);
  expect(exitCode).toBe(1);
});
