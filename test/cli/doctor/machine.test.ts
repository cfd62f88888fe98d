import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { machineFindings, passphraseFinding } from "../../../cli/doctor/machine.ts";
import { program, tempFolder, textFile } from "../../support/folder.ts";

afterEach(() => void vi.unstubAllEnvs());

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

  test("is not needed with Pulumi Cloud or a key service", () => {
    expect(level({ PULUMI_ACCESS_TOKEN: "token" })).toBe("ok");
    expect(level({}, "secretsprovider: awskms://alias/ops\n")).toBe("ok");
  });

  test("is never shown", () => {
    expect(JSON.stringify(passphraseFinding({ PULUMI_CONFIG_PASSPHRASE: "hunter2" }))).not.toContain("hunter2");
  });
});

describe("Pulumi", () => {
  const found = async (script?: string) => {
    const folder = tempFolder();
    if (script !== undefined) program(join(folder, "pulumi"), script);
    vi.stubEnv("PATH", folder);
    const [pulumi] = await machineFindings();
    return pulumi;
  };

  test("is well in a version that runs the program", async () => {
    expect(await found("echo v3.259.0")).toMatchObject({ check: "Pulumi", level: "ok", message: "v3.259.0" });
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
