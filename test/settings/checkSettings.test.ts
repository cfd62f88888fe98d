import { homedir } from "node:os";
import { join, relative } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { checkSettings } from "../../settings/checkSettings.ts";
import { tempFolder, textFile } from "../support/folder.ts";
import { checked, complete, mistakesWith, refused } from "../support/givenSettings.ts";
import { WANTED } from "../support/rancher.ts";

describe("settings", () => {
  test("that are complete are understood, with a default for everything that may be left out", () => {
    const { folder, given } = complete();
    const settings = checkSettings(given);
    expect(settings).toMatchObject({
      snapshot: "before-upgrade",
      run: 1,
      rke: { path: given.rkePath, silenceSeconds: 600, version: { text: "v1.8.0" } },
      ...{ restartOrder: "parallel", restarts: "auto", rkeUp: "last" },
      hostKeys: { allowUnknown: false },
      waitSeconds: 900,
      restoreWith: "auto",
      keepOldDataDays: 7,
      notes: [],
    });
    expect(settings.cluster).toMatchObject({
      path: join(folder, "rancher-cluster.yml"),
      kubeconfig: join(folder, "kube_config_rancher-cluster.yml"),
    });
    expect(settings.rancher).toEqual({ ...WANTED, repository: "rancher/rancher" });
  });

  test("that are all set are all heard", () => {
    const folder = tempFolder();
    const caFile = textFile(join(folder, "ca.pem"), "");
    const knownHosts = textFile(join(folder, "known hosts"), "");
    expect(
      checked({
        rancherImage: "registry.example.com:5000/rancher/rancher",
        rancherNamespace: "rancher-system",
        rancherDeployment: "my-rancher",
        rancherContainer: "server",
        rancherCaFile: caFile,
        rkeSilenceSeconds: "60",
        ...{ restartOrder: "rolling", restarts: "always", rkeUp: "first" },
        restarts: "always",
        rkeUp: "first",
        run: "3",
        knownHostsFile: knownHosts,
        allowUnknownHostKeys: "true",
        waitSeconds: "1200",
        restoreWith: "in-place",
        keepOldData: "0",
        acceptHazardsOf: ["prod-eu", "c-abc12"],
      }),
    ).toMatchObject({
      run: 3,
      restartOrder: "rolling",
      waitSeconds: 1200,
      restoreWith: "in-place",
      keepOldDataDays: 0,
      acceptHazardsOf: ["prod-eu", "c-abc12"],
      rke: { silenceSeconds: 60 },
      hostKeys: { allowUnknown: true, knownHostsFile: knownHosts },
      rancher: {
        namespace: "rancher-system",
        deployment: "my-rancher",
        container: "server",
        image: "registry.example.com:5000/rancher/rancher:v2.5.8",
        caFile,
      },
    });
  });

  test("know the container of a Rancher installed by Helm, and ask for that of any other Deployment", () => {
    expect(checked({ rancherDeployment: "rancher" }).rancher.container).toBe("rancher");
    expect(mistakesWith({ rancherDeployment: "other" })).toEqual([
      "rancherContainer must be set for a Deployment that is neither cattle nor rancher",
    ]);
  });

  test("give RKE the snapshot's name as it wants it, with a word about it", () => {
    const { snapshot, notes } = checked({ snapshot: "before-upgrade.zip" });
    expect(snapshot).toBe("before-upgrade");
    expect(notes).toEqual([{ message: expect.stringContaining('"before-upgrade.zip" is used as "before-upgrade"') }]);
  });

  test("warns of another cluster in the same folder, but of no file that RKE has no state of", () => {
    const { folder, given } = complete();
    textFile(join(folder, "backup.yml"), "nodes: []\n");
    expect(checkSettings(given).notes).toEqual([]);
    textFile(join(folder, "staging.yml"), "nodes: []\n");
    textFile(join(folder, "staging.rkestate"), "{}");
    textFile(join(folder, "rancher-cluster.rkestate"), "{}");
    expect(checkSettings(given).notes).toEqual([
      {
        message: expect.stringMatching(/^staging.yml is another cluster in the same folder, .* would be mixed$/),
        remedy: "give each a folder of its own, with its .rkestate and kube_config_ file",
      },
    ]);
  });

  test("find paths from the working directory, and rke on the PATH by its bare name", () => {
    const { folder, given } = complete();
    const settings = checkSettings({
      ...given,
      clusterFile: relative(process.cwd(), given.clusterFile ?? ""),
      rkePath: relative(process.cwd(), given.rkePath ?? ""),
    });
    expect(settings.cluster.path).toBe(given.clusterFile);
    expect(settings.rke.path).toBe(given.rkePath);

    vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
    const { rkePath: _, ...withoutPath } = given;
    expect(checkSettings(withoutPath).rke.path).toBe("rke");
  });

  test("read ~/ as the operator's home", () => {
    expect(mistakesWith({ knownHostsFile: "~/.not-there/known_hosts" })).toEqual([
      "knownHostsFile names a file that is not there: ~/.not-there/known_hosts",
    ]);
    const { given } = complete();
    const fromHome = `~/${relative(homedir(), given.clusterFile ?? "")}`;
    expect(checkSettings({ ...given, clusterFile: fromHome }).cluster.path).toBe(given.clusterFile);
  });
});

describe("a setting that is wrong", () => {
  test.each([
    ["snapshot", "../base", "is a path"],
    ["snapshot", "a b", "may hold letters"],
    ...["latest", "stable", "v2.6-head", "master-head", "v2.5", "2.5.8"].map((tag): [string, string, string] => [
      "rancherVersion",
      tag,
      `names no version. Type the version that ran when the snapshot was taken, such as v2.5.8, and not ${tag}`,
    ]),
    ["rancherVersion", "v2 5", "is not an image tag"],
    ["rancherVersion", "-v2", "is not an image tag"],
    ["rancherUrl", "rancher.example.com", "is not an http:// or https:// address"],
    ["webhook", "hooks.example.com/sesame", "is not an http:// or https:// address"],
    ["rancherUrl", "ftp://rancher.example.com", "is not an http:// or https:// address"],
    ["rancherImage", "rancher/rancher:v2.5.8", "is not an image name without a tag"],
    ["rancherImage", "registry.example.com:5000/rancher/rancher:v2", "is not an image name without a tag"],
    ["rancherImage", "Rancher/Rancher", "is not an image name without a tag"],
    ["rancherImage", "rancher/$(id)", "is not an image name without a tag"],
    ["rancherNamespace", "Cattle", "is not a Kubernetes name"],
    ["rancherDeployment", "cattle;id", "is not a Kubernetes name"],
    ["rancherContainer", "-x", "is not a Kubernetes name"],
    ["rancherCaFile", "/not/there.pem", "names a file that is not there: /not/there.pem"],
    ["rkePath", "/not/there/rke", 'does not work: no program "/not/there/rke" was found'],
    ["rkeSilenceSeconds", "9", "is less than 10 seconds"],
    ["rkeSilenceSeconds", "soon", "is not a number of seconds"],
    ["rkeSilenceSeconds", "86401", "is more than 86400 seconds, a day"],
    ["restoreWith", "etcd", "is none of auto, in-place and rke"],
    ["acceptHazardsOf", "prod-eu", "is not a list of names or ids of clusters"],
    ["keepOldData", "-1", "is less than 0 days"],
    ["keepOldData", "366", "is more than 365 days, a year"],
    ["keepOldData", "a week", "is not a number of days"],
    ["waitSeconds", "60.5", "is not a whole number"],
    ["waitSeconds", "1e999", "is not a number of seconds"],
    ["waitSeconds", "9999999999", "is more than 86400 seconds, a day"],
    ["restartOrder", "random", "is neither parallel nor rolling"],
    ["restarts", "never", "is neither auto nor always"],
    ["rkeUp", "never", "is neither last nor first"],
    ["run", "0", "is less than 1"],
    ["run", "twice", "is not a number"],
    ["knownHostsFile", "/not/there", "names a file that is not there: /not/there"],
    ["allowUnknownHostKeys", "yes", "is neither true nor false"],
  ])("%s: %j %s", (key, value, wrong) => {
    expect(mistakesWith({ [key]: value })).toEqual([expect.stringContaining(`${key} ${wrong}`)]);
  });

  test.each(["snapshot", "clusterFile", "rancherVersion", "rancherUrl"])("of %s is text, not a number", (key) => {
    expect(mistakesWith({ [key]: 2.6 })).toEqual([expect.stringMatching(new RegExp(`^${key} .*is not text$`))]);
  });

  test.each(["snapshot", "clusterFile", "rancherVersion", "rancherUrl"])("is %s when it is missing", (key) => {
    expect(mistakesWith({ [key]: undefined })).toEqual([`${key} is missing`]);
  });

  test("is described in our words whatever kind of value it has", () => {
    expect(mistakesWith({ rancherCaFile: 7, snapshotSha256: ["x"], replacements: "x", rkePath: {} })).toEqual([
      "rancherCaFile is not text",
      "rkePath is not text",
      "replacements is not a list",
      "snapshotSha256 is not text",
    ]);
    expect(
      mistakesWith({ replacements: ["x", { kind: "existing", unresponsive: "a", address: "b", typo: 1 }] }),
    ).toEqual(["replacements[0] must say its kind: existing or ec2", "replacements[1] has nothing called typo"]);
  });

  test("is one that nobody knows, with the command that removes it", () => {
    expect(refused(complete().given, ["snapshotSourc", "a b"]).mistakes).toEqual([
      {
        key: "snapshotSourc",
        message: "snapshotSourc is not a setting; did you mean snapshotSource?",
        remedy: { text: "remove it", pulumi: "config rm snapshotSourc" },
      },
      { key: "a b", message: "a b is not a setting", remedy: { text: "remove it", pulumi: "config rm 'a b'" } },
    ]);
  });

  test("comes with all the others, each with its key, what is wrong and an example", () => {
    const { mistakes } = refused({
      snapshot: "../x",
      clusterFile: "/not/there.yml",
      rancherVersion: "latest",
      rancherImage: "A",
      rkePath: "/not/there/rke",
      waitSeconds: "1",
      knownHostsFile: "/not/there",
    });
    const keys = mistakes.map(({ key }) => key);
    expect([...keys].sort()).toEqual([
      "clusterFile",
      "knownHostsFile",
      "rancherImage",
      "rancherUrl",
      "rancherVersion",
      "rkePath",
      "snapshot",
      "waitSeconds",
    ]);
    for (const { key, message, remedy } of mistakes) {
      expect(message).toMatch(new RegExp(`^${key} \\S`));
      expect(remedy).toEqual({
        text: "for example",
        pulumi: expect.stringMatching(new RegExp(`^config set ${key} \\S`)),
      });
    }
  });

  test("has an example that is accepted itself, as far as it names no file", () => {
    const nothing = Object.fromEntries(
      ["snapshot", "rancherVersion", "rancherUrl", "rancherImage", "rancherNamespace", "rancherDeployment"]
        .concat(["rancherContainer", "rkeSilenceSeconds", "restartOrder", "restarts", "rkeUp", "run"])
        .concat(["allowUnknownHostKeys", "waitSeconds"])
        .map((key) => [key, "!"]),
    );
    const { given } = complete();
    const examples = refused({ ...given, ...nothing }).mistakes.map(({ remedy }) => {
      return typeof remedy === "object" && "pulumi" in remedy ? remedy.pulumi.split(" ").slice(2) : [];
    });
    expect(examples).toHaveLength(14);
    expect(() => checkSettings({ ...given, ...Object.fromEntries(examples) })).not.toThrow();
  });
});

test("a webhook's address is a secret, and no mistake shows it", () => {
  const webhook = "https://hooks.example.com/sesame";
  expect(checked({ webhook }).webhook).toBe(webhook);
  expect(checked().webhook).toBeUndefined();
  for (const mistakes of [mistakesWith({ webhook }, ["webhook"]), mistakesWith({ webhook: "x:sesame" }, ["webhook"])]) {
    expect(mistakes.join()).toMatch(/^webhook is /);
    expect(mistakes.join()).not.toContain("sesame");
  }
});

test("a command that rolls nothing back needs neither a version nor a snapshot, and still refuses wrong ones", () => {
  const { rancherVersion: _, snapshot: __, ...given } = complete().given;
  const settings = checkSettings(given, { clusterOnly: true });
  expect(settings).not.toHaveProperty("snapshot");
  expect(settings.rancher).toEqual({
    ...{ namespace: "cattle-system", deployment: "cattle", container: "cattle-server" },
    ...{ repository: "rancher/rancher", url: "https://rancher.example.com" },
  });
  expect(() => checkSettings({ ...given, rancherVersion: "latest" }, { clusterOnly: true })).toThrow(
    "names no version",
  );
  expect(() => checkSettings({ ...given, snapshot: "../x" }, { clusterOnly: true })).toThrow("is a path");
});
