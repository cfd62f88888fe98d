import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { machineFindings, passphraseFinding } from "../../../cli/doctor/machine.ts";
import manifest from "../../../package.json" with { type: "json" };
import { program, tempFolder, textFile } from "../../support/folder.ts";

describe("the passphrase", () => {
  const SALTED = "encryptionsalt: v1:abc\nconfig: {}\n";
  const level = (env: NodeJS.ProcessEnv, stackFile?: string) => passphraseFinding(env, stackFile).level;

  test("is there by its variable, even an empty one", () => {
    expect(level({ PULUMI_CONFIG_PASSPHRASE: "" }, SALTED)).toBe("ok");
  });

  test("is there in a file that can be read, and only then", () => {
    const file = textFile(join(tempFolder(), "passphrase"), "secret");
    expect(level({ PULUMI_CONFIG_PASSPHRASE_FILE: file }, SALTED)).toBe("ok");
    const missing = passphraseFinding({ PULUMI_CONFIG_PASSPHRASE_FILE: `${file}.no` }, SALTED);
    expect(missing.level).toBe("failure");
    expect(missing.message).toContain("there is no such file");
  });

  test("is missing where the stack's secrets need it, and may be needed where nothing is known of them", () => {
    expect(level({}, SALTED)).toBe("failure");
    expect(level({ PULUMI_ACCESS_TOKEN: "token" }, SALTED)).toBe("failure");
    expect(level({})).toBe("warning");
  });

  test("is needed by the stack's file, however its YAML is written", () => {
    expect(level({}, 'secretsprovider: "passphrase"\nencryptionsalt: v1:abc\n')).toBe("failure");
    expect(level({}, '"encryptionsalt": v1:abc\n')).toBe("failure");
    expect(level({}, "{ not: [YAML\n")).toBe("warning");
    expect(passphraseFinding({}, 'secretsprovider: "awskms://ops" # a key\n').message).toMatch(
      /kept by awskms:\/\/ops$/,
    );
  });

  test("is not needed with Pulumi Cloud or a key service", () => {
    expect(level({ PULUMI_ACCESS_TOKEN: "token" })).toBe("ok");
    expect(level({}, "secretsprovider: awskms://alias/ops\n")).toBe("ok");
  });

  test("is never shown", () => {
    expect(JSON.stringify(passphraseFinding({ PULUMI_CONFIG_PASSPHRASE: "hunter2" }))).not.toContain("hunter2");
  });
});

/** What the doctor finds with a `pulumi` that does this, or with none. */
async function withPulumi(script?: string) {
  const folder = tempFolder();
  if (script !== undefined) program(join(folder, "pulumi"), script);
  vi.stubEnv("PATH", folder);
  return await machineFindings();
}

describe("pulumi-plugins", () => {
  const found = async (plugins: string) => {
    const listing = `case $1 in version) echo v3.259.0 ;; plugin) echo '${plugins}' ;; esac`;
    return (await withPulumi(listing)).find(({ check }) => check === "pulumi-plugins");
  };
  const { dependencies } = manifest;
  const [command, kubernetes] = (["command", "kubernetes"] as const).map((name) => ({
    ...{ name, kind: "resource", version: dependencies[`@pulumi/${name}`] },
  }));

  test("are well where both are there in the versions that the package asks for", async () => {
    expect(await found(JSON.stringify([command, kubernetes]))).toMatchObject({ level: "ok" });
  });

  test("are a warning where one is missing or another version, with the command that installs it", async () => {
    const older = { ...kubernetes, version: "4.0.0" };
    const warning = await found(JSON.stringify([command, older]));
    expect(warning).toMatchObject({ level: "warning" });
    expect(warning?.remedy).toBe(
      `pulumi plugin install resource kubernetes ${kubernetes?.version}; with --file FILE where get.pulumi.com cannot be reached`,
    );
    expect((await found("no list"))?.message).toContain(`command ${command?.version}, kubernetes`);
  });

  test("are not asked for where there is no Pulumi", async () => {
    expect((await withPulumi()).map(({ check }) => check)).not.toContain("pulumi-plugins");
  });
});

describe("Pulumi", () => {
  const found = async (script?: string) => (await withPulumi(script))[0];

  test("is well in a version that runs the program", async () => {
    expect(await found("echo v3.259.0")).toMatchObject({ check: "pulumi", level: "ok", message: "v3.259.0" });
  });

  test("is a failure in an older one, with the one that is needed", async () => {
    expect(await found("echo v3.100.0")).toMatchObject({
      level: "failure",
      message: "v3.100.0, and >=3.200.0 is needed",
    });
  });

  test("is a failure where it is not there", async () => {
    expect(await found()).toMatchObject({ level: "failure", message: "pulumi cannot be run" });
  });
});
