import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RestoreRecord } from "../../cluster/history/restores.ts";
import { announceRestore, type RestoreHooks, restoreAnnouncement } from "../../components/announcement.ts";
import { RancherRollback } from "../../components/rancherRollback.ts";
import type { Settings } from "../../settings/settings.ts";
import { program, tempFolder } from "../support/folder.ts";
import { recordResources } from "../support/recordingMonitor.ts";
import { requestOf, someReport } from "../support/reports.ts";
import { someSettings } from "../support/settings.ts";

const RESTORED: RestoreRecord = {
  ...{ snapshot: "base", run: 1, stack: "prod", holder: "ops@laptop" },
  ...{ startedAt: "2026-11-23T03:00:00.000Z", finishedAt: "2026-11-23T03:05:00.000Z" },
};

let programs: string;
const sshWasCalled = () => existsSync(join(programs, "called"));

/** Every host of the cluster remembers these restores. */
function remembered(...records: RestoreRecord[]): void {
  const lines = records.map((record) => `echo 'restore ${JSON.stringify(record)}'`);
  program(join(programs, "ssh"), [`: >'${programs}/called'`, "cat >/dev/null", ...lines].join("\n"));
}

beforeEach(() => {
  programs = tempFolder();
  remembered();
  vi.stubEnv("PATH", programs + delimiter + process.env.PATH);
});
afterEach(() => void vi.unstubAllEnvs());

describe("the announcement", () => {
  test("names what is lost, the snapshot, the cluster, every node and the point of no return", () => {
    const text = restoreAnnouncement(someSettings(), "prod");
    expect(text).toContain("WILL DESTROY DATA (nothing is done yet)");
    expect(text).toContain("every change made to this cluster since that snapshot");
    for (const word of ["base", "prod", "/clusters/rancher-cluster.yml", "node1", "198.18.0.12", "node3"]) {
      expect(text).toContain(word);
    }
    expect(text).toContain("cattle-system/cattle is set to rancher/rancher:v2.5.8");
    expect(text).toContain("Cleaning old kubernetes cluster");
  });

  test("says how this very restore is confirmed, until it is", () => {
    const asks = (consent: string) => `pulumi config set acceptDataLossOf ${consent} --stack prod`;
    expect(restoreAnnouncement(someSettings(), "prod")).toContain(asks("base"));
    expect(restoreAnnouncement(someSettings({ acceptDataLossOf: "other" }), "prod")).toContain(asks("base"));
    expect(restoreAnnouncement(someSettings({ acceptDataLossOf: "base" }), "prod")).not.toContain("not confirmed");
    const second = { run: 2, acceptDataLossOf: "base" };
    expect(restoreAnnouncement(someSettings(second), "prod")).toContain(asks("'base#2'"));
    expect(restoreAnnouncement(someSettings({ run: 2, acceptDataLossOf: "base#2" }), "prod")).not.toContain(
      "not confirmed",
    );
  });
});

describe("before the lock, the hook", () => {
  test("refuses an update that is not confirmed, and names the stack it was made for wherever the engine calls it", async () => {
    const { hooks } = await hooksOf({});
    // The engine calls it from outside the program, where an inline program's stack is not known.
    await pulumi.runtime.setMocks(
      { call: () => ({}), newResource: () => ({ id: "", state: {} }) },
      "another",
      "another",
    );
    await expect(called(hooks.lockHook)).rejects.toThrow("pulumi config set acceptDataLossOf base --stack test");
  });

  test.each<[consent: string, Partial<Settings>]>([
    ["another snapshot", { acceptDataLossOf: "other" }],
    ["the restore before this one", { run: 2, acceptDataLossOf: "base" }],
    ["the restore after this one", { acceptDataLossOf: "base#2" }],
  ])("refuses the consent to %s", async (_, changes) => {
    const { hooks } = await hooksOf(changes);
    await expect(called(hooks.lockHook)).rejects.toThrow(`acceptDataLossOf is ${changes.acceptDataLossOf}`);
  });

  test.each<Partial<Settings>>([{ acceptDataLossOf: "base" }, { run: 2, acceptDataLossOf: "base#2" }])(
    "lets this very restore go once it is confirmed, by %j, without a look at the hosts",
    async (changes) => {
      const { hooks } = await hooksOf(changes);
      await called(hooks.lockHook);
      expect(sshWasCalled()).toBe(false);
    },
  );

  test("asks for no consent where that restore was done before: the lock step then restores nothing", async () => {
    remembered(RESTORED);
    await called((await hooksOf({})).hooks.lockHook);
    const { finishedAt: _, ...unfinished } = RESTORED;
    for (const record of [unfinished, { ...RESTORED, run: 2 }, { ...RESTORED, snapshot: "other" }]) {
      remembered(record);
      await expect(called((await hooksOf({})).hooks.lockHook)).rejects.toThrow("is not confirmed");
    }
  });

  test("lets a preview go", async () => {
    const { hooks } = await hooksOf({}, { preview: true });
    await called(hooks.lockHook);
    expect(sshWasCalled()).toBe(false);
  });
});

describe("before the restore, the hook", () => {
  test("announces in a preview what will be lost, and does not read the cluster where the settings say so", async () => {
    const { hooks, said } = await hooksOf({}, { preview: true });
    await called(hooks.restoreHook);
    expect(said).toEqual([restoreAnnouncement(someSettings(), "test")]);
    expect(sshWasCalled()).toBe(false);
  });

  test("says nothing in an update, as the preview has", async () => {
    const { hooks, said } = await hooksOf({ acceptDataLossOf: "base" });
    await called(hooks.restoreHook);
    expect(said).toEqual([]);
  });
});

describe("before a replacement node, the hook", () => {
  test.each([{ preview: true }, { preview: false }])("refuses where no restore is due, with %j", async (mode) => {
    remembered(RESTORED);
    const { hooks } = await hooksOf({}, mode);
    await expect(called(hooks.nodeHook)).rejects.toThrow(
      /none is due.*Nothing was done.*config set run 2 --stack test/,
    );
  });

  test("lets it be made where one is due", async () => {
    await called((await hooksOf({})).hooks.nodeHook);
    remembered(RESTORED);
    await called((await hooksOf({ run: 2 })).hooks.nodeHook);
  });
});

test("the lock, which is taken first, and the restore each have their hook, and nothing else has one", async () => {
  const { resources, hooks } = await recordResources(
    (type, _, inputs) => ({
      ...inputs,
      ...(type === "command:local:Command" && { stdout: JSON.stringify(someReport(requestOf(inputs).step)) }),
    }),
    () => new RancherRollback("rollback", { settings: someSettings(), announce: () => {} }),
  );
  const hooked = [...resources.values()].filter(({ beforeCreateHooks }) => beforeCreateHooks.length > 0);
  expect(hooked.map(({ name, beforeCreateHooks }) => [name, ...beforeCreateHooks])).toEqual([
    ["lock", "announcement-lock"],
    ["etcd-restore", "announcement-restore"],
  ]);
  expect(hooks.sort()).toEqual(["announcement-lock", "announcement-node", "announcement-restore"]);
});

/** Calls a hook as the engine does. */
async function called(hook: pulumi.ResourceHook): Promise<void> {
  await hook.callback({} as pulumi.ResourceHookArgs);
}

/** The hooks of a preview or an update, and what they announce. */
async function hooksOf(changes: Partial<Settings>, mode = { preview: false }) {
  const said: string[] = [];
  let hooks: RestoreHooks | undefined;
  await recordResources(
    () => ({}),
    () => {
      hooks = announceRestore("announcement", someSettings(changes), (text) => said.push(text));
      const beforeCreate = Object.values(hooks);
      new Destruction("test:index:Destruction", "destruction", {}, { hooks: { beforeCreate } });
    },
    mode,
  );
  if (!hooks) throw new Error("no hooks were made");
  return { said, hooks };
}

class Destruction extends pulumi.CustomResource {}
