import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { answerSchema } from "../../../cli/answers.ts";
import { prepare, preparedText } from "../../../cli/commands/prepare.ts";
import { SECRET, type WrittenSettings } from "../../../cli/stackConfig.ts";
import { provenSnapshots } from "../../../cluster/opened/provenSnapshots.ts";
import { untilEarlierRkeEnded } from "../../../cluster/rke/earlierRke.ts";
import { hold } from "../../support/aloneInFolder.ts";
import { textFile } from "../../support/folder.ts";
import { stored } from "../../support/protobuf.ts";
import { snapshotBytes } from "../../support/snapshot.ts";
import { someKeys, someUsers } from "../../support/snapshotHosts.ts";
import { cluster } from "./preparedCluster.ts";

const workspace = vi.hoisted(() => ({ current: undefined as unknown }));
vi.mock("../../../cli/workspace.ts", () => ({
  withWorkspace: async (_: unknown, look: (workspace: unknown) => unknown) => await look(workspace.current),
}));

const bucket = { kind: "s3", bucket: "etcd" } as const;
const url = { kind: "url", url: "https://files.example.com/before-2.5" } as const;

describe("a snapshot that is prepared", () => {
  test("is one file on every etcd host, proven and opened, and the way back names it and the Rancher that runs", async () => {
    const { hosts, clusterFile, folder, prepare } = await cluster();
    const { answered, way, text } = await prepare();
    expect(way).toEqual({ snapshot: "before", rancherVersion: "v2.5.8" });
    const [first] = hosts.map((host) => host.files()["before.zip"]);
    for (const host of hosts) {
      expect(host.names()).toEqual(["before.zip"]);
      expect(host.files()["before.zip"]).toEqual(first);
    }
    expect(answered).toMatchObject({
      saved: { state: true },
      inspection: { holds: { rancher: "v2.5.8" } },
      problems: [],
    });
    expect(readdirSync(join(folder, ".rancher-rollback/prepared/before")).sort()).toEqual([
      ...["deployment.json", "kube_config_rancher-cluster.yml", "manifest.json"],
      ...["rancher-cluster.rkestate", "rancher-cluster.yml"],
    ]);
    expect(provenSnapshots(clusterFile).map(({ name, how, by, nodes }) => [name, how, by, nodes.length])).toEqual([
      ["before", "opened", "prepare", 3],
      ["before", "hash", "prepare", 3],
    ]);
    expect(text[0]).toContain("before is proven and the same on node1, node2, node3");
    expect(text.at(-1)).toBe("if the upgrade fails: rancher-rollback apply --stack prod");
  });

  test("keeps every other run out of the folder meanwhile, which is told of no log, as no RKE runs", async () => {
    const { hosts, clusterFile, prepare } = await cluster();
    const { held, letGo } = hold(hosts.slice(0, 1), "*'snapshot save '*");
    const prepared = prepare();
    await held();
    const other = untilEarlierRkeEnded({ clusterFile, silenceSeconds: 60, say: () => {} });
    await expect(other).rejects.toThrow(/: process \d+ since \S+ \(rancher-rollback prepare\)$/);
    letGo();
    expect((await prepared).messages).toEqual([]);
  });

  test("stops no etcd, and leaves nothing else behind", async () => {
    const { hosts, prepare } = await cluster();
    await prepare();
    expect(hosts.flatMap(({ argv }) => argv).filter((line) => /^docker (stop|start) /.test(line))).toEqual([]);
    for (const { root } of hosts) expect(readdirSync(join(root, "etcd"))).toEqual([]);
  });

  test("leaves nothing of an earlier rollback in the way: its run, its sha256, another image, what was accepted", async () => {
    const { prepare } = await cluster({ image: "registry.example.com:5000/rancher/rancher:v2.5.8@sha256:12ab" });
    const { answered, way } = await prepare({ run: 3, snapshotSha256: "0".repeat(64), acceptHazardsOf: ["edge"] });
    expect(way).toEqual({
      ...{ snapshot: "before", rancherVersion: "v2.5.8", rancherImage: "registry.example.com:5000/rancher/rancher" },
      ...{ run: "1", snapshotSha256: answered.saved?.sha256, acceptHazardsOf: "[]" },
    });
  });

  const WITH_FILE = { snapshotSource: "file:/ops/before-2.5.zip" };

  test.each([
    ["a file, as the file says", {}, WITH_FILE, ""],
    ["a file, whatever this run was given", { source: bucket }, WITH_FILE, ""],
    ["one host", {}, { snapshotSource: "node:198.18.0.13" }, ""],
    ["an address that is secret", { source: url }, { snapshotSource: SECRET }, ""],
    ["a bucket, which is asked only for what is not on a host", {}, { snapshotSource: "s3://etcd" }, undefined],
    ["a bucket, though this run was given a file", { source: url }, { snapshotSource: "s3://etcd" }, undefined],
  ])("leaves no source in the way that gives another snapshot alone: %s", async (_, changes, written, expected) => {
    const { prepare } = await cluster();
    expect((await prepare(changes, written)).way?.snapshotSource).toBe(expected);
  });

  test("is written as apply will read the file, whatever this run alone was given", async () => {
    const image = "corp/rancher:v2.5.8";
    const { prepare, settings } = await cluster({ image });
    const rancher = { ...settings.rancher, repository: "corp/rancher" };
    expect((await prepare({ rancher })).way).toMatchObject({ rancherImage: "corp/rancher" });
  });

  test("resets what the file has of an earlier rollback, though this run was given something else", async () => {
    const { prepare } = await cluster();
    const written = {
      run: "3",
      snapshotSha256: "0".repeat(64),
      acceptHazardsOf: '["edge"]',
      rancherImage: "corp/rancher",
    };
    const { way, answered } = await prepare({}, written);
    expect(way).toMatchObject({ run: "1", snapshotSha256: answered.saved?.sha256, acceptHazardsOf: "[]" });
    expect(way).toMatchObject({ rancherImage: "rancher/rancher" });
  });

  test("is none where what was saved lacks most live objects: the config stays, and the operator reads where it is", async () => {
    const { prepare } = await cluster({ live: [...someKeys(), ...someUsers(15, 40)] });
    const { way, messages, text } = await prepare();
    expect(way).toBeUndefined();
    expect(messages).toEqual(["before lacks most live objects: it holds 0 of 40 objects of Rancher"]);
    expect(text[0]).toBe("NOT prepared; before is on node1, node2, node3, and the stack's config is as it was:");
  });

  test("is none where the saved file is damaged", async () => {
    const { hosts, prepare } = await cluster();
    for (const { root } of hosts) textFile(join(root, "saved"), snapshotBytes().subarray(0, 700).toString("latin1"));
    const { way, messages } = await prepare();
    expect([way, messages]).toEqual([undefined, [expect.stringContaining("the copy is cut short")]]);
    for (const host of hosts) expect(host.names()).toEqual([]);
  });
});

describe("a snapshot of another Rancher than the Deployment's", () => {
  test.each([
    ["in the middle of an upgrade", "rancher/rancher:v2.6.0", false],
    ["an image of one's own that begins with the version", "corp/rancher:v2.5.8-corp1", true],
    ["an image of one's own that counts by itself", "corp/rancher:v1.0.3", true],
  ])("is the way back or not: %s, %s: %s", async (_, image, expected) => {
    const { prepare } = await cluster({ image });
    const { way, messages, text } = await prepare();
    expect(way !== undefined).toBe(expected);
    if (expected) return;
    expect(messages).toEqual([`the Rancher Deployment asks for ${image}, and Rancher v2.5.8 wrote the data in before`]);
    expect(text[0]).toBe("NOT prepared; before is on node1, node2, node3, and the stack's config is as it was:");
    expect(text.join()).toContain("pulumi config set acceptRancherVersion v2.6.0 --stack prod");
  });

  test("is no way back where the Deployment got another image before it was saved", async () => {
    const container = { 1: "cattle-server", 2: "rancher/rancher:v2.6.0" };
    const value = stored("Deployment", { 2: { 3: { 2: { 2: container } } } });
    const key = "/registry/deployments/cattle-system/cattle";
    const { prepare } = await cluster({ opened: [...someKeys(), { key, created: 5, modified: 5, value }] });
    const { way, messages } = await prepare();
    expect([way, messages]).toEqual([undefined, [expect.stringMatching(/^an upgrade has begun: .*v2\.6\.0$/)]]);
  });

  test("is the way back where the operator says that the image is that one", async () => {
    const { prepare } = await cluster({ image: "corp/rancher:v2.6.0" });
    expect((await prepare({ acceptRancherVersion: "v2.6.0" })).way).toMatchObject({ rancherVersion: "v2.6.0" });
  });
});

describe("the command prepare", () => {
  /** What it keeps in the stack's file, and what it answers. */
  async function typed(changes: { live?: ReturnType<typeof someKeys> } = {}, written: WrittenSettings = {}) {
    const { settings } = await cluster(changes);
    const kept: Record<string, string>[] = [];
    const forThisRun: Record<string, string> = {};
    workspace.current = {
      configFile: "/ops/Pulumi.prod.yaml",
      set: (settings: Record<string, string>) => void Object.assign(forThisRun, settings),
      clusterSettings: async () => ({ ...settings, ...forThisRun }),
      written: () => written,
      keep: (settings: Record<string, string>) => void kept.push(settings),
    };
    const printed: string[] = [];
    vi.spyOn(console, "log").mockImplementation((line) => printed.push(line));
    vi.spyOn(console, "error").mockImplementation(() => {});
    const code = await prepare({
      stack: "prod",
      config: [],
      "config-folder": undefined,
      json: true,
      name: "before-2.6",
      upload: false,
    });
    return { code, kept, answered: answerSchema.parse(JSON.parse(printed.join("\n"))) };
  }

  test("writes the way back into the stack's file and says what it wrote, on standard output nothing but the answer", async () => {
    const { code, kept, answered } = await typed();
    const settings = { snapshot: "before-2.6", rancherVersion: "v2.5.8" };
    expect([code, kept]).toEqual([0, [settings]]);
    expect(answered).toMatchObject({ written: { file: "/ops/Pulumi.prod.yaml", settings, replaced: {} } });
  });

  test("answers what it replaced in the file, a secret without its value", async () => {
    const about = { rancherVersion: "v2.5.8", run: "2", acceptHazardsOf: '["edge"]' };
    const { answered } = await typed({}, { ...about, snapshotSource: "https://ops:word@files.example.com/old" });
    const replaced = { run: "2", acceptHazardsOf: '["edge"]', snapshotSource: SECRET };
    expect(answered).toMatchObject({ written: { replaced, settings: { snapshotSource: "" } } });
    expect(answered.command === "prepare" && preparedText(answered)).toEqual(
      expect.arrayContaining([
        ...["  snapshot: before-2.6", "  rancherVersion: v2.5.8", "  run: 2 → 1"],
        ...['  acceptHazardsOf: ["edge"] → []', "  snapshotSource: [secret] → none"],
      ]),
    );
  });

  test("writes nothing where the snapshot has a problem, and ends with 1", async () => {
    const { code, kept, answered } = await typed({ live: [...someKeys(), ...someUsers(15, 40)] });
    expect([code, kept]).toEqual([1, []]);
    expect(answered).not.toHaveProperty("written");
  });
});
