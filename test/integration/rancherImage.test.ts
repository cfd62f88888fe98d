import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeScript } from "../../cluster/history/restores.ts";
import { refuseTo } from "../../components/announcement.ts";
import { RancherImage } from "../../components/rancherImage.ts";
import { forgetRollbacks, kubectl, type LabCluster, onEveryNode } from "../../lab/cluster/cluster.ts";
import { labConfig } from "../../lab/rehearsals/rollbackStack.ts";
import { checkSettings } from "../../settings/checkSettings.ts";
import { TestStack } from "../lab/pulumi-stand-ins/stack.ts";
import { finishedRecord } from "../support/restores.ts";
import { closedWebhook, removeClosedWebhook } from "./closedWebhook.ts";
import { healthyCluster, PRIOR } from "./support.ts";

// The lab's Kubernetes is older than v1.22, and its API knows server-side apply all the same.
describe("the Rancher image of a Kubernetes from v1.22 on", () => {
  let cluster: LabCluster;
  let stack: TestStack;

  beforeAll(async () => {
    const healthy = await healthyCluster();
    cluster = healthy.cluster;
    stack = await TestStack.open(healthy.engine);
  });
  afterAll(async () => {
    await stack.remove();
    await removeClosedWebhook(cluster);
    await forgetRollbacks(cluster);
  });

  /** The program's own component, as the restarts before it have run at `after`. */
  function setsImage(
    version: string,
    after: string,
    {
      kubernetesVersion = "v1.22.17-rancher1-1",
      isUnverified,
    }: { kubernetesVersion?: string; isUnverified?: () => boolean } = {},
  ): void {
    const settings = { ...checkSettings(labConfig(cluster, "none", version)), kubernetesVersion };
    const refuse = refuseTo(() => {}, { stack: "test", program: "pulumi" });
    const heldLock = { id: "none", hosts: [], taken: [], snapshot: "none" };
    const args = { settings, after, refuse, lock: "none", heldLock, isUnverified };
    stack.program = async () => ({ image: new RancherImage("rancher-image", args).image });
  }

  const deployed = async () => {
    const ask = "jsonpath={.spec.template.spec.containers[0].image} {.status.updatedReplicas}";
    const args = ["-n", "cattle-system", "get", "deployment", "cattle", "-o", ask];
    return await kubectl(cluster, args);
  };

  test("is set by server-side apply, which waits for the rollout", async () => {
    setsImage("v2.5.7", "first");
    const { steps, outputs } = await stack.up();
    // The component and the patch have one name.
    expect(steps["rancher-image"]).toEqual(["create", "create"]);
    expect(outputs.image?.value).toBe("rancher/rancher:v2.5.7");
    expect(await deployed()).toMatch(/^rancher\/rancher:v2\.5\.7 [1-9]/);
  });

  test("is set again after a rollback to it, whoever has changed it meanwhile", async () => {
    await kubectl(cluster, ["-n", "cattle-system", "set", "image", "deployment/cattle", `*=rancher/rancher:${PRIOR}`]);
    setsImage("v2.5.7", "second");
    expect((await stack.up()).steps["rancher-image"]).toEqual(["same", "update"]);
    expect(await deployed()).toMatch(/^rancher\/rancher:v2\.5\.7 [1-9]/);
    expect((await stack.up()).steps["rancher-image"]).toEqual(["same", "same"]);
  });

  test("is left as the step has set it where Kubernetes has become v1.22 since", async () => {
    await stack.stack.destroy();
    setsImage(PRIOR, "third", { kubernetesVersion: "v1.20.15-rancher2-2" });
    expect((await stack.up()).steps).toMatchObject({ "rancher-image": ["create"], "rancher-image-api": ["create"] });
    await kubectl(cluster, ["-n", "cattle-system", "set", "image", "deployment/cattle", "*=rancher/rancher:v2.5.7"]);
    setsImage(PRIOR, "third");
    const { steps } = await stack.up();
    expect(steps).toMatchObject({ "rancher-image": ["same", "create"], "rancher-image-api": ["same"] });
    expect(await deployed()).toMatch(/^rancher\/rancher:v2\.5\.7 [1-9]/);
  });

  test("is set once the webhook that fails closed has stopped to refuse it", async () => {
    await closedWebhook(cluster, { inDryRuns: true });
    setsImage(PRIOR, "fourth");
    let removed: Promise<void> | undefined;
    const { steps } = await stack.up((line) => {
      console.log(line);
      if (line.includes("webhook")) removed ??= removeClosedWebhook(cluster);
    });
    await removed;
    expect(removed).toBeDefined();
    expect(steps["rancher-image"]).toEqual(["same", "update"]);
    expect(await deployed()).toMatch(new RegExp(`^rancher/rancher:${PRIOR} `));
  });

  test("is not set by pulumi where a rollback was given up before that, and is by the apply that abort names", async () => {
    await onEveryNode(cluster, writeScript(finishedRecord({ snapshot: "none" })));
    // It is asked for the patch itself alone.
    await closedWebhook(cluster, { inDryRuns: false });
    setsImage("v2.5.7", "fifth");
    expect((await stack.failingUp()).message).toContain("failed calling webhook");
    await removeClosedWebhook(cluster);

    const { message } = await stack.failingUp();
    expect(message).toContain("rancher/rancher:v2.5.7 would be set without a rollback");
    expect(message).toContain("run `rancher-rollback apply` instead");
    expect(await deployed()).toContain(PRIOR);

    setsImage("v2.5.7", "fifth", { isUnverified: () => true });
    const { steps } = await stack.up();
    expect(steps).toMatchObject({ "rancher-image": ["same", "update"], "rancher-image-api": ["same"] });
    expect(await deployed()).toMatch(/^rancher\/rancher:v2\.5\.7 [1-9]/);
  });

  test("stays when the stack is destroyed", async () => {
    await stack.stack.destroy();
    expect(await deployed()).toMatch(/^rancher\/rancher:v2\.5\.7 [1-9]/);
  });
});
