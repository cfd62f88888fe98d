import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkSettings, readSettings, SettingsError } from "../../settings/settings.ts";
import { clusterFileIn, THREE_NODES } from "../support/clusterFile.ts";
import { program, tempFolder, textFile } from "../support/folder.ts";
import { complete, mistakesWith, refused } from "../support/givenSettings.ts";

describe("a cluster file that settings name", { timeout: 60_000 }, () => {
  test("has all its mistakes told, each under the setting", () => {
    const clusterFile = clusterFileIn(tempFolder(), "nodes: [{address: a, port: 0, role: [boss]}]");
    expect(mistakesWith({ clusterFile })).toEqual([
      `clusterFile ${clusterFile}: node a has the role "boss"; RKE knows controlplane, etcd, worker`,
      `clusterFile ${clusterFile}: node a has no valid port`,
      `clusterFile ${clusterFile}: no node has the role etcd`,
      `clusterFile ${clusterFile}: no node has the role controlplane`,
    ]);
  });

  test("must have the kubeconfig beside it that RKE writes", () => {
    const folder = tempFolder();
    const clusterFile = textFile(join(folder, "c.yml"), THREE_NODES);
    expect(mistakesWith({ clusterFile })).toEqual([
      expect.stringContaining(
        `clusterFile has no kubeconfig beside it: RKE writes ${join(folder, "kube_config_c.yml")}`,
      ),
    ]);
  });

  test("must name SSH keys that can be read, each told once", () => {
    const clusterFile = clusterFileIn(tempFolder(), `ssh_key_path: ./gone\n${THREE_NODES}`);
    expect(mistakesWith({ clusterFile })).toEqual([
      `clusterFile names the SSH key ${join(clusterFile, "../gone")}, which cannot be read: ENOENT`,
    ]);
  });
});

describe("secrets", { timeout: 60_000 }, () => {
  test("in the cluster file are in no error, whatever else is wrong", () => {
    const secret = "c2VjcmV0LWtleQ";
    const broken = [
      `nodes: [{address: a, ssh_key: ${secret}, role: [etcd]}]`,
      `nodes: [{address: a, ssh_key: [${secret}], role: [etcd]}]`,
      `nodes: [{address: a, ssh_key: "${secret}, role: [etcd]}]`,
      `${secret}: [`,
    ];
    for (const source of broken) {
      const error = refused({ ...complete().given, clusterFile: clusterFileIn(tempFolder(), source), run: "0" });
      expect(`${error.stack}${JSON.stringify(error.mistakes)}`).not.toContain(secret);
    }
  });

  test("in Rancher's address are refused, as addresses are told in errors and reports", () => {
    const error = refused({ ...complete().given, rancherUrl: "https://admin:hunter2@rancher.example.com" });
    expect(error.message).toContain("rancherUrl must not carry a user or a password");
    expect(error.message).not.toContain("hunter2");
  });
});

describe("whatever is typed", { timeout: 60_000 }, () => {
  test("ends in settings or in mistakes with keys and examples, never in another error", () => {
    const { given } = complete();
    const typed = fc.dictionary(
      fc.constantFrom(..."snapshot rancherVersion rancherUrl rancherImage rancherNamespace run waitSeconds".split(" ")),
      fc.oneof(fc.string(), fc.constantFrom("", "0", "1e999", "-1", "NaN", "http://", "a:b", "v2.5.8", "x/y")),
    );
    fc.assert(
      fc.property(typed, (over) => {
        try {
          const { run, waitSeconds, rancher, snapshot } = checkSettings({ ...given, ...over });
          expect(Number.isSafeInteger(run) && run >= 1 && Number.isSafeInteger(waitSeconds)).toBe(true);
          expect(rancher.image).toMatch(/^[a-z0-9][a-z0-9._/-]*:[\w][\w.-]*$/);
          expect(snapshot).toMatch(/^[\w.:+@-]+$/);
        } catch (error) {
          if (!(error instanceof SettingsError)) throw error;
          for (const { key, message, remedy } of error.mistakes) expect(key && message && remedy).toBeTruthy();
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("a stack's config", { timeout: 60_000 }, () => {
  const PROJECT = "settings-test";

  function stack(values: Record<string, string>): pulumi.Config {
    const before = pulumi.runtime.allConfig();
    onTestFinished(() => pulumi.runtime.setAllConfig(before));
    pulumi.runtime.setAllConfig(
      Object.fromEntries(Object.entries(values).map(([key, value]) => [`${PROJECT}:${key}`, value])),
    );
    return new pulumi.Config(PROJECT);
  }

  test("is read by key, with empty values as if they were not there", () => {
    const settings = readSettings(stack({ ...complete().given, rancherContainer: "", knownHostsFile: "" }));
    expect(settings).toMatchObject({ snapshot: "before-upgrade", rancher: { container: "cattle-server" } });
    expect(settings.hostKeys).toEqual({ allowUnknown: false });
  });

  test("has its unknown keys named, but not those of other projects", () => {
    const config = stack({ ...complete().given, snapshotname: "x" });
    pulumi.runtime.setConfig("aws:region", "eu-central-1");
    expect(() => readSettings(config)).toThrow(
      /^one setting is wrong; nothing was done:\n {2}snapshotname is not a setting/,
    );
  });
});

test("an rke that is too old to restore is refused before anything else is asked of it", () => {
  const rkePath = program(join(tempFolder(), "rke"), 'echo "rke version v0.1.6"');
  expect(mistakesWith({ rkePath })).toEqual([
    "rkePath does not work: RKE v0.1.6 cannot restore snapshots; v0.1.7 is the first that can",
  ]);
});
