import { readdirSync } from "node:fs";
import { beforeEach, describe, expect, test, vi } from "vitest";
import yargs from "yargs";
import { errorSchema } from "../../cli/answers.ts";
import { commandLine, commands } from "../../cli/commandLine.ts";
import { SettingsError } from "../../settings/settings.ts";

let complaints: string[];
beforeEach(() => {
  complaints = [];
  vi.spyOn(console, "error").mockImplementation((text) => complaints.push(text));
});

describe("what is mistyped is refused before anything begins", () => {
  test.each([
    [[], "a command is missing"],
    [["plan"], "Missing required option: --stack\n"],
    [["apply", "--stak", "prod"], "Missing required option: --stack. Did you mean --stack?"],
    [["apply", "--stak=prod"], "Did you mean --stack?"],
    [["plna", "--stack", "a"], "Did you mean plan?"],
    [["obliterate", "--stack", "a"], "Unknown command: obliterate"],
    [["plan", "--stack", "a", "--repotr", "x"], "Unknown argument: repotr. Did you mean --report?"],
    [["apply", "--stack", "a", "--accept-dataloss-of", "x"], "Did you mean --accept-data-loss-of?"],
    [["apply", "--stack", "a", "--zzz"], "Unknown argument: zzz\n"],
    [["plan", "--stack", "a", "--now"], "Unknown argument: now"],
    [["plan", "--stack", "a", "--stack", "a"], "stack a is named twice. Name it once: --stack a"],
    [["apply", "--stack", "a", "--parallel", "zero"], "1 or more. For example: --parallel 2"],
    [["apply", "--stack", "a", "--parallel", "0"], "--parallel must be an integer of 1 or more"],
    [["apply", "--stack", "a", "--parallel", "1", "--parallel", "2"], "--parallel can be given once only"],
    [["verify", "--stack", "a", "--stack", "b"], "--stack can be given once only"],
    [["unlock", "--stack", "a", "--of", "1", "--of", "2"], "--of can be given once only"],
    [["report", "--stack", "a", "--run", "1", "--run", "2"], "--run can be given once only"],
    [["plan", "--stack", "a", "--report", "x", "--report", "y"], "--report can be given once only"],
    [["plan", "--stack", "a", "--config-folder", "x", "--config-folder", "y"], "--config-folder can be given once"],
    [
      ["prepare", "--stack", "a", "--name", "a/b"],
      "--name is a path; give the name alone, as in /opt/rke/etcd-snapshots. For example: --name b",
    ],
    [
      ["prepare", "--stack", "a", "--name", "2026-11-28T01:00:00Z_before"],
      "removes after their retention. For example: --name before-upgrade",
    ],
    [["prove", "--max-age", "soon", "--stack", "a"], "a number of hours above 0. For example: --max-age 26"],
    [["prove", "--source", "hosts", "--stack", "a"], "--source hosts is no folder in S3. Name one"],
    [
      ["plan", "--stack", "a", "--config", "snapshot"],
      "--config snapshot is not KEY=VALUE. For example: --config run=2",
    ],
  ])("%j: %s", async (words, complaint) => {
    expect(await commandLine(words)).toBe(1);
    expect(complaints.join("\n")).toContain(complaint);
  });
});

test("the help says where the settings are, that of a command only what is its own", async () => {
  const help = (...words: string[]) =>
    new Promise<string>((resolve) => {
      const parser = commands(yargs(), () => async () => {});
      void parser.parse([...words, "--help"], (_: unknown, __: unknown, text: string) => resolve(text));
    });
  expect(await help()).toMatch(/Settings: `init` .* docs\/settings\.md/);
  expect(await help("plan")).not.toContain("Settings:");
});

test("settings that are wrong come with the stack in what is to be typed", async () => {
  const remedy = { text: "for example", pulumi: "config set run 2" };
  vi.doMock("../../cli/commands/unlock.ts", () => ({
    unlock: () => Promise.reject(new SettingsError([{ key: "run", message: "run is not a number", remedy }])),
  }));
  expect(await commandLine(["unlock", "--stack", "prod"])).toBe(1);
  expect(complaints.join("\n")).toContain("pulumi config set run 2 --stack prod");
});

describe("with --json", () => {
  let said: string[];
  beforeEach(() => {
    said = [];
    vi.spyOn(console, "log").mockImplementation((text) => said.push(text));
  });

  test.each(readdirSync(new URL("../../docs/commands", import.meta.url)).map((page) => page.replace(".md", "")))(
    "every command ends with an error as a document where its words are wrong: %s",
    async (command) => {
      expect(await commandLine([command, "--stack", "prod", "--zzz", "--json"])).toBe(1);
      expect(errorSchema.parse(JSON.parse(said.join())).error.message).toContain("Unknown argument: zzz");
    },
  );

  test.each([
    [["plna", "--json"], "Did you mean plan?"],
    [["verify", "--json"], "Missing required option: --stack"],
    [["verify", "--json", "--stack"], "--stack needs a value"],
    [["plan", "--json", "--stack"], "--stack needs a value"],
    [["verify", "--json=true", "--stack", "none-of-that-name"], "there is no config of stack none-of-that-name"],
  ])("%j ends with an error as a document on one line, and nothing else", async (words, complaint) => {
    expect(await commandLine(words)).toBe(1);
    expect(complaints).toEqual([]);
    expect(said).toHaveLength(1);
    expect(errorSchema.parse(JSON.parse(said.join())).error).toMatchObject({
      message: expect.stringContaining(complaint),
      exitCode: 1,
    });
  });

  test("a mistyped option comes with its remedy apart from the message", async () => {
    await commandLine(["prove", "--json", "--stack", "prod", "--max-age", "0"]);
    const { error } = errorSchema.parse(JSON.parse(said.join()));
    expect(error).toMatchObject({ message: expect.stringMatching(/above 0$/), remedy: "For example: --max-age 26" });
  });

  test("the document has the remedy apart from the message", async () => {
    await commandLine(["verify", "--json", "--stack", "none-of-that-name"]);
    const { error } = errorSchema.parse(JSON.parse(said.join()));
    expect(error.message).toMatch(/Pulumi.none-of-that-name.yaml; this folder has /);
    expect(error.remedy).toMatchObject({ text: "Give the right name, or begin one", command: "init" });
  });
});
