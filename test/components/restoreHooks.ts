import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { vi } from "vitest";
import type { RestoreRecord } from "../../cluster/history/restores.ts";
import type { Notice } from "../../cluster/problem.ts";
import { type Announce, announceRestore, type RestoreHooks } from "../../components/announcement.ts";
import type { Refused } from "../../messages/refusal.ts";
import type { RollbackPlan } from "../../plan/plan.ts";
import type { Guard, GuardReading } from "../../plan/restoreGuard.ts";
import type { Settings } from "../../settings/settings.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { program, tempFolder, textFile } from "../support/folder.ts";
import { recordResources } from "../support/recordingMonitor.ts";
import { someNode, someReplacement, someSettings } from "../support/settings.ts";

/** A restore of the settings' snapshot that each host may remember. */
export const FINISHED: RestoreRecord = {
  snapshot: "base",
  run: 1,
  startedAt: "2026-11-23T03:00:00Z",
  finishedAt: "2026-11-23T03:10:00Z",
  stack: "prod",
  holder: "ops@laptop",
};

/** Makes `ssh` answer with what each host remembers; a host not named remembers nothing. @returns the hosts asked so far. */
export function remember(history: Record<string, RestoreRecord[] | "unreachable">): () => string[] {
  const folder = tempFolder();
  const log = textFile(join(folder, "asked"), "");
  const hosts = [1, 2, 3, 4].map((number) => someNode(number));
  const cases = hosts.map(({ name, address }) => {
    const records = history[name] ?? [];
    const answer =
      records === "unreachable"
        ? `echo 'connect to host ${address}: refused' >&2; exit 255`
        : `printf '%s' '${records.map((record) => `restore ${JSON.stringify(record)}\n`).join("")}'`;
    return `*@${address}) echo ${name} >>'${log}'; cat >/dev/null; ${answer} ;;`;
  });
  program(join(folder, "ssh"), `for word; do case $word in ${cases.join("\n")}\nesac; done`);
  vi.stubEnv("PATH", `${folder}:${process.env.PATH}`);
  return () => readFileSync(log, "utf8").split("\n").filter(Boolean);
}

/** Settings whose cluster file is in a folder of its own; neither its Kubernetes API nor its Rancher answers. */
export function inFolder() {
  const folder = tempFolder();
  const { cluster, rancher } = someSettings();
  const path = clusterFileIn(folder);
  const stateFile = join(folder, "rancher-cluster.rkestate");
  return {
    cluster: { ...cluster, path, kubeconfig: join(folder, "kube_config.yml"), stateFile },
    rancher: { ...rancher, url: "http://127.0.0.1:1" },
  };
}

/**
 * The hooks of a preview or an update, as the engine calls them, and what they announce.
 * @param found what the downstream clusters' guard finds; `guarded` counts how often it was asked.
 */
export async function hooksOf(
  changes: Partial<Settings>,
  { preview = false, found = {} }: { preview?: boolean; found?: Partial<GuardReading> } = {},
) {
  let guarded = 0;
  const guard: Guard = async () => {
    guarded += 1;
    return { problems: [], warnings: [], ...found };
  };
  const plans: RollbackPlan[] = [];
  const refused: Refused[] = [];
  const warned: Notice[] = [];
  const announce: Announce = (announced) => {
    if (announced.kind === "plan") plans.push(announced.plan);
    else if (announced.kind === "warned") warned.push(announced.notice);
    else refused.push({ ...(announced.what && { what: announced.what }), problems: announced.problems });
  };
  const made: RestoreHooks[] = [];
  const secondHooks: (() => Promise<void>)[] = [];
  const pullHooks: pulumi.ResourceHook[] = [];
  const settings = someSettings(changes);
  const audience = { stack: "test", program: "pulumi" } as const;
  await recordResources(
    () => ({}),
    () => {
      const hooks = announceRestore("announcement", { settings, announce, audience, guard });
      made.push(hooks);
      const beforeCreate = [hooks.lockHook, hooks.restoreHook, hooks.nodeHook];
      if (settings.source) pullHooks.push(hooks.pullHook("node1", Promise.resolve("urn::snapshot-node1")));
      const another = hooks.secondHook(someReplacement(someNode(4)));
      secondHooks.push(async () => void (await another.callback({} as pulumi.ResourceHookArgs)));
      new Destruction("test:index:Destruction", "destruction", {}, { hooks: { beforeCreate } });
    },
    { preview },
  );
  const [hooks] = made;
  if (!hooks) throw new Error("no hooks were made");
  return {
    plans,
    refused,
    warned,
    guarded: () => guarded,
    pull: async () => await pullHooks[0]?.callback({} as pulumi.ResourceHookArgs),
    second: async () => await secondHooks[0]?.(),
    way: async () => await hooks.way(),
    refuse: hooks.refuse,
    call: async (name: Exclude<keyof RestoreHooks, "way" | "secondHook" | "pullHook" | "refuse">) =>
      await hooks[name].callback({} as pulumi.ResourceHookArgs),
  };
}

class Destruction extends pulumi.CustomResource {}
