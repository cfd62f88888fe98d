import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { answerSchema } from "../../../cli/answers.ts";
import { init } from "../../../cli/commands/init.ts";
import { KEYS } from "../../../settings/keys.ts";
import { program, tempFolder, textFile } from "../../support/folder.ts";

let folder: string;
let said: string[];
beforeEach(() => {
  folder = tempFolder();
  said = [];
  vi.spyOn(process, "cwd").mockReturnValue(folder);
  vi.spyOn(console, "log").mockImplementation((text) => said.push(text));
  vi.stubEnv("PULUMI_HOME", join(folder, ".pulumi"));
  for (const name of ["PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN", "PULUMI_CREDENTIALS_PATH"]) vi.stubEnv(name, "");
  for (const name of ["", "_FILE"]) vi.stubEnv(`PULUMI_CONFIG_PASSPHRASE${name}`, undefined);
});

const read = (name: string) => readFileSync(join(folder, name), "utf8");

describe("init", () => {
  test("writes a project that Pulumi takes for this program's, with every setting described and no program in it", async () => {
    expect(await init({ stack: "prod", scenario: "failed-upgrade", json: false })).toBe(0);
    const project = parse(read("Pulumi.yaml"));
    expect(project).toMatchObject({ name: "rancher-rollback", runtime: "nodejs" });
    expect(Object.keys(project.config).sort()).toEqual(Object.keys(KEYS).sort());
    expect(project).not.toHaveProperty("main");
    expect(project).not.toHaveProperty("stackConfigDir");
  });

  test.each(["failed-upgrade", "disaster"] as const)(
    "writes the example of a %s with what to type next",
    async (scenario) => {
      await init({ stack: "acme/prod", scenario, json: false });
      const text = read("Pulumi.prod.yaml");
      expect(parse(text).config["rancher-rollback:snapshot"]).toBeTypeOf("string");
      expect(text).toContain("#   rancher-rollback plan --stack acme/prod\n");
      expect(text).not.toContain("pulumi up --stack");
    },
  );

  test("says where to type it where it cannot write there", async () => {
    vi.spyOn(process, "cwd").mockReturnValue(textFile(join(folder, "file"), ""));
    await expect(init({ stack: "prod", scenario: "disaster", json: false })).rejects.toThrow(
      /file was not written: .*\. Type it in a folder that this user can write to/,
    );
  });

  test("names the cluster file and the RKE that it finds in the folder, by paths that the command takes", async () => {
    textFile(join(folder, "cluster.yml"), "nodes: []\n");
    textFile(join(folder, "kube_config_cluster.yml"), "");
    textFile(join(folder, "notes.yml"), "");
    program(join(folder, "rke_linux-amd64"), "");
    await init({ stack: "prod", scenario: "disaster", json: false });
    expect(parse(read("Pulumi.prod.yaml")).config).toMatchObject({
      "rancher-rollback:clusterFile": "./cluster.yml",
      "rancher-rollback:rkePath": "./rke_linux-amd64",
    });
  });

  test("leaves the example's paths where the folder has no cluster file, or two, and takes RKE from the PATH", async () => {
    for (const name of ["one.yml", "other.yml"]) {
      textFile(join(folder, name), "");
      textFile(join(folder, `kube_config_${name}`), "");
    }
    program(join(folder, "bin/rke"), "");
    vi.stubEnv("PATH", join(folder, "bin"));
    await init({ stack: "prod", scenario: "failed-upgrade", json: false });
    expect(parse(read("Pulumi.prod.yaml")).config).toMatchObject({
      "rancher-rollback:clusterFile": "/home/ops/rancher/rancher-cluster.yml",
      "rancher-rollback:rkePath": "rke",
    });
  });

  test("asks for a login where there is none, and not where there is one", async () => {
    await init({ stack: "prod", scenario: "disaster", json: false });
    const at = said.indexOf("  pulumi login --local");
    expect(said[at + 1]).toMatch(/^ {2}export PULUMI_CONFIG_PASSPHRASE_FILE=/);
    expect(said[at + 2]).toBe("  pulumi stack init prod");
    said = [];
    textFile(join(folder, ".pulumi/credentials.json"), '{"current": "s3://states"}');
    await init({ stack: "edge", scenario: "disaster", json: false });
    expect([...said, read("Pulumi.edge.yaml")].join("\n")).not.toMatch(/login|PASSPHRASE/);
  });

  test.each(["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])(
    "asks for no passphrase with %s",
    async (name) => {
      vi.stubEnv(name, "x");
      await init({ stack: "prod", scenario: "disaster", json: false });
      expect(said.join("\n")).not.toContain("export");
    },
  );

  test("sets both keys of S3 once the stack is there, in the heading and on the screen", async () => {
    await init({ stack: "prod", scenario: "disaster", json: false });
    const inOrder =
      /stack init prod\n.*--secret s3AccessKey --stack prod\n.*--secret s3SecretKey --stack prod\n.*doctor --stack prod/;
    expect(read("Pulumi.prod.yaml")).toMatch(inOrder);
    expect(said.join("\n")).toMatch(inOrder);
  });

  test("names the stack in every command of its heading", async () => {
    await init({ stack: "acme/prod", scenario: "disaster", json: false });
    const commands = read("Pulumi.prod.yaml").match(/^# {3}(pulumi|rancher-rollback) .*/gm) ?? [];
    expect(commands.length).toBe(6);
    for (const command of commands) expect(command).toMatch(/ acme\/prod$| login --local$/);
  });

  test("changes no file that is there, and says so", async () => {
    textFile(join(folder, "Pulumi.prod.yaml"), "config: {}\n");
    await init({ stack: "prod", scenario: "failed-upgrade", json: false });
    expect(read("Pulumi.prod.yaml")).toBe("config: {}\n");
    expect(said).toContain(`kept  ${folder}/Pulumi.prod.yaml`);
    expect(said).toContain(`wrote ${folder}/Pulumi.yaml`);
  });

  test("with --json answers what it wrote, and what to do next as data: no remark is in a command", async () => {
    await init({ stack: "prod", scenario: "disaster", json: true });
    const answered = JSON.parse(said.join(""));
    expect(answerSchema.parse(answered)).toEqual(answered);
    expect(answered).toMatchObject({ command: "init", files: [{ written: true }, { written: true }] });
    expect(answered.next).toEqual([
      { action: "log-in", command: "pulumi login --local" },
      { action: "set-passphrase", command: "export PULUMI_CONFIG_PASSPHRASE_FILE=~/.pulumi-passphrase" },
      { action: "create-stack", command: "pulumi stack init prod" },
      ...["s3AccessKey", "s3SecretKey"].map((setting) => {
        return { action: "set-secret", setting, command: `pulumi config set --secret ${setting} --stack prod` };
      }),
      { action: "doctor", command: "rancher-rollback doctor --stack prod" },
      { action: "plan", command: "rancher-rollback plan --stack prod" },
    ]);
  });
});
