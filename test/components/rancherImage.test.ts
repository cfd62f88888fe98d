import { describe, expect, test } from "vitest";
import { buildRollback, PATCH, PROVIDER, request, resource } from "../support/rollback.ts";
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
