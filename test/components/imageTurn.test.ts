import { existsSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { type Announced, refuseTo } from "../../components/announcement.ts";
import { imageHooks } from "../../components/imageTurn.ts";
import type { Settings } from "../../settings/settings.ts";
import { recordResources } from "../support/recordingMonitor.ts";
import { buildRollback, recordRollback, resource } from "../support/rollback.ts";
import { someNode, someReplacement, someSettings } from "../support/settings.ts";
import { sshIs } from "../support/sshIs.ts";

const OWN = "aaaaaaaa";
const WANTED = "rancher/rancher:v2.5.8";
const UPGRADED = "rancher/rancher:v2.6.3";

class Patch extends pulumi.CustomResource {}

/** What a patch of the image has as inputs. */
const patch = (image?: string) =>
  image === undefined
    ? { metadata: { name: "cattle" } }
    : { spec: { template: { spec: { containers: [{ name: "cattle-server", image }] } } } };

/** Makes the etcd hosts say who holds them. Returns the path of a file that is there once a host was asked. */
function heldBy(id: string | undefined): string {
  const answer = id === undefined ? "true" : `echo 'held {"id":"${id}"}'`;
  return join(sshIs(`: >"\${0%/*}/asked"; cat >/dev/null; ${answer}`), "asked");
}

/** The hooks as the engine calls them. */
async function hooks({ preview = false, ...changes }: Partial<Settings> & { preview?: boolean } = {}) {
  const announced: Announced[] = [];
  const made: ReturnType<typeof imageHooks>[] = [];
  await recordResources(
    () => ({}),
    () => {
      const audience = { stack: "test", program: "pulumi" } as const;
      const refuse = refuseTo((one) => announced.push(one), audience);
      const args = { settings: someSettings(changes), refuse, lock: OWN };
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
