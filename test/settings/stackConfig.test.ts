import * as pulumi from "@pulumi/pulumi";
import { describe, expect, onTestFinished, test } from "vitest";
import { SettingsError } from "../../settings/settings.ts";
import { readSettings } from "../../settings/stackConfig.ts";
import { complete, mistakesWith } from "../support/givenSettings.ts";

describe("a stack's config", () => {
  function stack(values: Record<string, string>): void {
    const before = pulumi.runtime.allConfig();
    onTestFinished(() => pulumi.runtime.setAllConfig(before));
    pulumi.runtime.setAllConfig(
      Object.fromEntries(Object.entries(values).map(([key, value]) => [`rancher-rollback:${key}`, value])),
    );
  }

  test("is read by key, with empty values as if they were not there", () => {
    stack({ ...complete().given, rancherContainer: "", knownHostsFile: "" });
    const settings = readSettings();
    expect(settings).toMatchObject({ snapshot: "before-upgrade", rancher: { container: "cattle-server" } });
    expect(settings.hostKeys).toEqual({ allowUnknown: false });
  });

  test("has its unknown keys named with the one that was meant, but not those of other projects", () => {
    stack({ ...complete().given, snapshotname: "x", rkepath: "y", restartOrdr: "z", foo: "1" });
    pulumi.runtime.setConfig("aws:region", "eu-central-1");
    expect(mistakesIn()).toEqual([
      "snapshotname is not a setting",
      "rkepath is not a setting; did you mean rkePath?",
      "restartOrdr is not a setting; did you mean restartOrder?",
      "foo is not a setting",
    ]);
  });

  test.each(["constructor", "toString", "__proto__", "hasOwnProperty"])("has no setting called %s", (key) => {
    stack({ ...complete().given, [key]: "x" });
    expect(mistakesIn()).toEqual([`${key} is not a setting`]);
    expect(mistakesWith({ rancherDeployment: "constructor" })).toEqual([
      "rancherContainer must be set for a Deployment that is neither cattle nor rancher",
    ]);
  });

  test("has what is wrong shown, but only its beginning, and nothing that may be a secret", () => {
    stack({
      ...complete().given,
      rancherVersion: "a tag that is much longer than anyone would ever want to read\u001b[31m",
      waitSeconds: "1e9",
      rancherUrl: "hunter2",
      snapshotSource: "hunter2",
    });
    const mistakes = mistakesIn();
    expect(mistakes).toEqual([
      'rancherVersion "a tag that is much longer than anyone wo…" is not an image tag',
      "rancherUrl is not an http:// or https:// address",
      'waitSeconds "1e9" is more than 86400 seconds, a day',
    ]);
  });

  function mistakesIn(): string[] {
    try {
      readSettings();
    } catch (error) {
      if (error instanceof SettingsError) return error.mistakes.map(({ message }) => message);
      throw error;
    }
    return [];
  }
});
