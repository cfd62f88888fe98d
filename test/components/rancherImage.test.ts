import { describe, expect, test } from "vitest";
import {
  buildRollback,
  commands,
  PATCH,
  PROVIDER,
  recordRollback,
  request,
  resource,
  triggers,
} from "../support/rollback.ts";
import { someSettings } from "../support/settings.ts";

describe("the Rancher image", () => {
  test("is patched by force, by one field manager, and stays when the stack is destroyed", async () => {
    const patch = resource(await buildRollback(), "rancher-image");
    expect(patch.type).toBe(PATCH);
    expect(patch.retainOnDelete).toBe(true);
    const { metadata, spec } = patch.inputs as { metadata: { annotations: object }; spec: object };
    expect(metadata).toMatchObject({ namespace: "cattle-system", name: "cattle" });
    expect(metadata.annotations).toMatchObject({
      "pulumi.com/patchForce": "true",
      "pulumi.com/patchFieldManager": "rancher-rollback",
    });
    expect(spec).toEqual({
      template: { spec: { containers: [{ name: "cattle-server", image: "rancher/rancher:v2.5.8" }] } },
    });
  });

  test("is set again after every rollback, also to the same version", async () => {
    const annotations = async (finished: string) => {
      const { metadata } = resource(await buildRollback({}, finished), "rancher-image").inputs;
      return (metadata as { annotations: Record<string, string> }).annotations;
    };
    expect(await annotations("has run again")).not.toEqual(await annotations("has run"));
  });

  test("goes to the Deployment and container of a Helm installation and a private registry too", async () => {
    const rollback = await buildRollback({
      rancher: {
        ...someSettings().rancher,
        deployment: "rancher",
        container: "rancher",
        image: "registry.example.com/rancher/rancher:v2.5.8",
      },
    });
    expect(resource(rollback, "rancher-image").inputs).toMatchObject({
      metadata: { name: "rancher" },
      spec: {
        template: { spec: { containers: [{ name: "rancher", image: "registry.example.com/rancher/rancher:v2.5.8" }] } },
      },
    });
    const waitsFor = { namespace: "cattle-system", deployment: "rancher", container: "rancher" };
    expect(request(rollback, "rancher-image-api").input).toMatchObject(waitsFor);
  });

  test.each([{}, { kubernetesVersion: "v1.13.5-rancher1-3" }, { kubernetesVersion: "v1.21.14-rancher1-1" }])(
    "is set by the step that waits for the API, without server-side apply, before Kubernetes v1.22: %o",
    async (version) => {
      const { kubernetesVersion: _, ...unknown } = someSettings();
      const rollback = await recordRollback({ ...unknown, ...version });
      expect(request(rollback, "rancher-image-api").input).toMatchObject({ image: "rancher/rancher:v2.5.8" });
      for (const name of ["rancher-image", "rancher-image-cluster"]) expect(rollback.has(name), name).toBe(false);
      const since = await buildRollback();
      expect(request(since, "rancher-image-api").input).not.toHaveProperty("image");
      // An upgrade of Kubernetes or of this program runs nothing again.
      for (const { name } of commands(since)) expect(triggers(rollback, name), name).toEqual(triggers(since, name));
    },
  );

  test("is not set once more where Kubernetes has become v1.22 since it was set without server-side apply", async () => {
    const patched = { "rancher-image-api": { patched: "rancher/rancher:v2.5.8" } };
    const rollback = await recordRollback(someSettings(), { reported: patched });
    expect(resource(rollback, "rancher-image").inputs).not.toHaveProperty("spec");
  });

  test("comes with the tokens of now where Rancher is from before 2.0.11 or 2.1.6, and no other step gets them", async () => {
    const old = await buildRollback({ rancher: { ...someSettings().rancher, version: "v2.1.5" } });
    expect(request(old, "safety-copy").input).toMatchObject({ keepTokens: true });
    expect(request(old, "rancher-image-api").input.tokens).toEqual({
      lock: { id: "aaaaaaaa", hosts: ["node1", "node2", "node3"] },
      folder: "/clusters/.rancher-rollback/safety-copy-1",
    });
    const rollback = await buildRollback();
    expect(request(rollback, "safety-copy").input).not.toHaveProperty("keepTokens");
    expect(request(rollback, "rancher-image-api").input).not.toHaveProperty("tokens");
  });

  test("finds the cluster through the kubeconfig beside the cluster file, only once the API has answered", async () => {
    const provider = resource(await buildRollback(), "rancher-image-cluster");
    expect(provider.type).toBe(PROVIDER);
    expect(provider.inputs).toEqual({
      kubeconfig: "/clusters/kube_config_rancher-cluster.yml",
      clusterIdentifier: "prod",
    });
    expect(provider.dependencies).toEqual(["rancher-image-api"]);
  });
});
