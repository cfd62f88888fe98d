import { existsSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import type { RestoreRecord } from "../../cluster/history/restores.ts";
import { shellCommand } from "../../cluster/shell.ts";
import { type Announced, refuseTo } from "../../components/announcement.ts";
import { imageHooks } from "../../components/imageTurn.ts";
import type { Settings } from "../../settings/settings.ts";
import { recordResources } from "../support/recordingMonitor.ts";
import { finishedRecord } from "../support/restores.ts";
import { buildRollback, recordRollback, resource } from "../support/rollback.ts";
import { someNode, someReplacement, someSettings } from "../support/settings.ts";
import { sshIs } from "../support/sshIs.ts";

const OWN = "aaaaaaaa";
const WANTED = "rancher/rancher:v2.5.8";
const UPGRADED = "rancher/rancher:v2.6.3";
const RESTARTED = "2026-11-23T03:10:00.000Z";

class Patch extends pulumi.CustomResource {}

/** What a patch of the image has as inputs. @param after when the restarts ended after which it is set. */
const patch = (image?: string, after = RESTARTED) => ({
  metadata: { name: "cattle", annotations: { "rancher-rollback/after": after } },
  ...(image !== undefined && { spec: { template: { spec: { containers: [{ name: "cattle-server", image }] } } } }),
});

/** Makes the etcd hosts say who holds them, and what they remember. Returns the path of a file that is there once a host was asked. */
function heldBy(id: string | undefined, remembered: RestoreRecord[] = []): string {
  const lines = [
    ...(id === undefined ? [] : [`held {"id":"${id}"}`]),
    ...remembered.map((record) => `restore ${JSON.stringify(record)}`),
  ];
  return join(sshIs(`: >"\${0%/*}/asked"; cat >/dev/null; printf '%s\\n' ${shellCommand(lines)}`), "asked");
}

/** The hooks as the engine calls them. */
async function hooks({
  preview = false,
  isUnverified,
  ...changes
}: Partial<Settings> & { preview?: boolean; isUnverified?: () => boolean } = {}) {
  const announced: Announced[] = [];
  const made: ReturnType<typeof imageHooks>[] = [];
  await recordResources(
    () => ({}),
    () => {
      const audience = { stack: "test", program: "pulumi" } as const;
      const refuse = refuseTo((one) => announced.push(one), audience);
      const args = { settings: someSettings(changes), refuse, lock: OWN, isUnverified };
      const own = imageHooks("rancher-image-turn", args);
      made.push(own);
      const beforeCreate = [own.apiHook, own.imageHook];
      new Patch("test:index:Patch", "patch", {}, { hooks: { beforeCreate } });
    },
    { preview },
  );
  const { apiHook, imageHook } = made[0] as ReturnType<typeof imageHooks>;
  return {
    announced,
    waitForApi: async () => await apiHook.callback({} as pulumi.ResourceHookArgs),
    set: async (oldInputs: object | undefined, newInputs: object) =>
      await imageHook.callback({ newInputs, oldInputs } as pulumi.ResourceHookArgs),
  };
}

/** What there is of a rollback whose lock was released. */
interface GivenUp {
  isVerified: boolean;
  before: object;
  first: RestoreRecord[];
  later: RestoreRecord[];
  holder: string;
}

describe("the Rancher image", () => {
  test.each([false, true])(
    "is not set because a refresh has found another one, with the way to keep that (preview: %s)",
    async (preview) => {
      heldBy(undefined);
      const { set, announced } = await hooks({ preview, readCluster: true });
      await expect(set(patch(UPGRADED), patch(WANTED))).rejects.toThrow(
        /^Deployment cattle-system\/cattle asks for rancher\/rancher:v2\.6\.3, and rancher\/rancher:v2\.5\.8 would be set without a rollback: .*\. Nothing was done\. .*: pulumi config set rancherVersion v2\.6\.3 --stack test$/,
      );
      expect(announced).toMatchObject([{ kind: "refused" }]);
    },
  );

  test("is not set by a rollback of another stack that holds the cluster, nor where no host answers", async () => {
    heldBy("bbbbbbbb");
    await expect((await hooks()).set(patch(UPGRADED), patch(WANTED))).rejects.toThrow("without a rollback");
    sshIs("exit 255");
    await expect((await hooks()).set(patch(UPGRADED), patch(WANTED))).rejects.toThrow("without a rollback");
  });

  test("is not set where the refresh has found no Deployment, and the state nothing any more", async () => {
    heldBy(undefined);
    await expect((await hooks()).set(undefined, patch(WANTED))).rejects.toThrow(
      /the stack's state has no image of Deployment cattle-system\/cattle, .*kubectl -n cattle-system get deployment cattle -o wide/,
    );
  });

  test("is set where the API was waited for in this update: in a rollback, and for another rancherVersion", async () => {
    heldBy(undefined);
    for (const before of [undefined, patch(UPGRADED)]) {
      const { waitForApi, set, announced } = await hooks();
      await waitForApi();
      await expect(set(before, patch(WANTED))).resolves.toBeUndefined();
      expect(announced).toEqual([]);
    }
  });

  test("is set where a rollback goes on that has waited for the API before, also after a refresh", async () => {
    const asked = heldBy(OWN);
    for (const before of [undefined, patch(UPGRADED)]) {
      const { set, announced } = await hooks();
      await expect(set(before, patch(WANTED))).resolves.toBeUndefined();
      expect(announced).toEqual([]);
    }
    expect(existsSync(asked)).toBe(true);
  });

  test("is set where that rollback has replaced every etcd host: it holds the machines that have come", async () => {
    heldBy(OWN);
    const replacements = [1, 2, 3].map((number) => someReplacement(someNode(number)));
    const { set, announced } = await hooks({ replacements });
    await set(patch(UPGRADED), patch(WANTED));
    expect(announced).toEqual([]);
  });

  test.each([false, true])(
    "is set where a rollback goes on whose lock was released, as `abort` does (preview: %s)",
    async (preview) => {
      heldBy(undefined, [finishedRecord()]);
      for (const before of [undefined, patch(UPGRADED, "of the rollback before")]) {
        const { set, announced } = await hooks({ preview, readCluster: true, isUnverified: () => true });
        await expect(set(before, patch(WANTED))).resolves.toBeUndefined();
        expect(announced).toEqual([]);
      }
    },
  );

  test.each([
    ["was verified since", { isVerified: true }],
    ["has set the image already, which was changed since", { before: patch(UPGRADED) }],
    ["is not the cluster's last restore", { later: [finishedRecord({ snapshot: "later", number: 2 })] }],
    ["is not known to the cluster", { first: [] }],
    ["is held by another one", { holder: "bbbbbbbb" }],
  ])(
    "is not set without the lock where the stack's rollback %s",
    async (_, { isVerified = false, before, first = [finishedRecord()], later = [], holder }: Partial<GivenUp>) => {
      heldBy(holder, [...first, ...later]);
      const { set } = await hooks({ isUnverified: () => !isVerified });
      await expect(set(before, patch(WANTED))).rejects.toThrow("without a rollback");
    },
  );

  test("is not set for a restore that only a machine tells that has come from another cluster", async () => {
    const replacements = [1, 2, 3].map((number) => someReplacement(someNode(number), `dead${number}`));
    const { set } = await hooks({ replacements, isUnverified: () => true });
    heldBy(undefined, [finishedRecord({ nodes: ["10.9.9.1"] })]);
    await expect(set(undefined, patch(WANTED))).rejects.toThrow("without a rollback");
    heldBy(undefined, [finishedRecord({ nodes: ["dead1"] }), finishedRecord({ snapshot: "later", number: 2 })]);
    await expect(set(undefined, patch(WANTED))).resolves.toBeUndefined();
  });

  test("is not set where nobody has read the stack's state, with what finishes a rollback that was given up", async () => {
    heldBy(undefined, [finishedRecord()]);
    await expect((await hooks()).set(undefined, patch(WANTED))).rejects.toThrow("run `rancher-rollback apply` instead");
    const known = (await hooks({ isUnverified: () => false })).set(undefined, patch(WANTED));
    await expect(known).rejects.not.toThrow("rancher-rollback apply");
  });

  test("is set again where its rollout has failed, and left out where the step before has set it", async () => {
    heldBy(undefined);
    const { set, announced } = await hooks();
    await set(patch(WANTED), patch(WANTED));
    await set(patch(UPGRADED), patch());
    expect(announced).toEqual([]);
  });

  test("is not asked about in a preview that may not read the cluster", async () => {
    const asked = heldBy("bbbbbbbb");
    const { set, announced } = await hooks({ preview: true, readCluster: false });
    await expect(set(patch(UPGRADED), patch(WANTED))).resolves.toBeUndefined();
    expect(announced).toEqual([]);
    expect(existsSync(asked)).toBe(false);
  });
});

test("the hooks are on the image, however it comes to be set, and on the step before it, from Kubernetes v1.22 on", async () => {
  const rollback = await buildRollback();
  const hooked = ({ beforeCreateHooks, beforeUpdateHooks }: ReturnType<typeof resource>) => [
    beforeCreateHooks,
    beforeUpdateHooks,
  ];
  expect(hooked(resource(rollback, "rancher-image"))).toEqual([["rancher-image-turn"], ["rancher-image-turn"]]);
  expect(hooked(resource(rollback, "rancher-image-api"))).toEqual([["rancher-image-turn-api"], []]);
  const old = await recordRollback({ ...someSettings(), kubernetesVersion: "v1.21.14-rancher1-1" });
  expect(hooked(resource(old, "rancher-image-api"))).toEqual([[], []]);
});
