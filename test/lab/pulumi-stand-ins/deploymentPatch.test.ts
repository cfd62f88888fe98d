import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { deploymentPatch } from "../../../lab/pulumi-stand-ins/kubernetes/deploymentPatch.ts";
import { checkConfig, diffConfig } from "../../../lab/pulumi-stand-ins/kubernetes/provider.ts";
import { InitFailed } from "../../../lab/pulumi-stand-ins/provider.ts";
import { type Properties, UNKNOWN } from "../../../lab/pulumi-stand-ins/values.ts";
import { selfSigned } from "../../support/certificate.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { kubeconfigFor, kubernetesAnswers } from "../../support/kubernetes.ts";
import { type Asked, serve } from "../../support/server.ts";
import { recordingLog } from "./log.ts";

const tls = selfSigned();
const never = new AbortController().signal;
const DEPLOYMENT = "/apis/apps/v1/namespaces/cattle-system/deployments/cattle";
const PODS = "/api/v1/namespaces/cattle-system/pods?labelSelector=app%3Dcattle";

/** A patch as the program writes it. */
function inputs(image: string, annotations: Record<string, string> = {}): Properties {
  return {
    ...{ apiVersion: "apps/v1", kind: "Deployment" },
    metadata: {
      ...{ namespace: "cattle-system", name: "cattle" },
      annotations: {
        "pulumi.com/patchForce": "true",
        "pulumi.com/patchFieldManager": "me",
        "pulumi.com/timeoutSeconds": "0.01",
        ...annotations,
      },
    },
    spec: { template: { spec: { containers: [{ name: "cattle-server", image }] } } },
  };
}

/** A Kubernetes API with a Deployment that takes what is applied to it, and rolls it out or not. */
async function fakeCluster() {
  const state = { image: "app:1", annotations: {}, available: 1, gone: false, refusal: "" };
  const applied: Asked[] = [];
  const answersNow = () => kubernetesAnswers({ image: state.image });
  const deployment = (asked: Asked): [number, string] => {
    if (state.gone) return [404, '{"message":"not found"}'];
    if (asked.method === "PATCH") {
      if (state.refusal) return [422, JSON.stringify({ message: state.refusal })];
      applied.push(asked);
      const { metadata, spec } = JSON.parse(asked.body);
      Object.assign(state, { annotations: metadata.annotations, image: spec.template.spec.containers[0].image });
    }
    const found = JSON.parse(String(answersNow()[DEPLOYMENT]));
    found.metadata.annotations = state.annotations;
    found.status.availableReplicas = state.available;
    return [200, JSON.stringify({ apiVersion: "apps/v1", kind: "Deployment", ...found })];
  };
  const answers = { ...answersNow(), [PODS]: () => String(answersNow()[PODS]), [DEPLOYMENT]: deployment };
  const kubeconfig = textFile(join(tempFolder(), "kubeconfig"), kubeconfigFor(await serve(answers, tls), tls.caFile));
  const patchWith = (stop: AbortSignal) => {
    const patch = deploymentPatch(() => ({ kubeconfig }), stop);
    const common = { urn: "urn:cattle", name: "cattle", preview: false, log: recordingLog() };
    return {
      ...patch,
      create: (given: Properties, more = {}) => patch.create({ ...common, inputs: given, ...more }),
      update: (before: Properties, given: Properties, more = {}) =>
        patch.update({ ...common, id: "cattle-system/cattle", state: before, inputs: given, ...more }),
      read: (before: Properties, given: Properties) =>
        patch.read({ id: "cattle-system/cattle", state: before, inputs: given }),
    };
  };
  return { state, applied, patchWith, patch: patchWith(never) };
}

describe("a patch", { timeout: 60_000 }, () => {
  test("is applied by force on the server, and gives what the server made of it", async () => {
    const { patch, applied } = await fakeCluster();
    const { id, state } = await patch.create(inputs("app:2"));
    expect(id).toBe("cattle-system/cattle");
    expect(applied).toMatchObject([{ method: "PATCH", type: "application/apply-patch+yaml" }]);
    expect(JSON.parse(applied[0]?.body ?? "")).toEqual(inputs("app:2"));
    const containers = [{ name: "cattle-server", image: "app:2" }];
    expect(state).toMatchObject({
      spec: { replicas: 1, template: { spec: { containers } } },
      __inputs: inputs("app:2"),
    });
    const updated = await patch.update(state, inputs("app:3"));
    expect(updated).toMatchObject({ __inputs: inputs("app:3") });
  });

  test("does not touch the cluster in a preview", async () => {
    const { patch, applied } = await fakeCluster();
    expect((await patch.create(inputs("app:2"), { preview: true })).state).toEqual(inputs("app:2"));
    expect(await patch.update({}, inputs(UNKNOWN), { preview: true })).toEqual(inputs(UNKNOWN));
    expect(applied).toEqual([]);
  });

  test("fails with the server's own words where that refuses it, and leaves no state", async () => {
    const { patch, state } = await fakeCluster();
    state.refusal = "no such field";
    const failing = patch.create(inputs("app:2"));
    await expect(failing).rejects.toThrow(/not successfully created.*no such field/);
    await expect(failing).rejects.not.toBeInstanceOf(InitFailed);
  });

  test("waits for the rollout, and says for what", async () => {
    const { patch, state } = await fakeCluster();
    state.available = 0;
    const log = recordingLog();
    const info = (line: string) => {
      log.info(line);
      state.available = 1;
    };
    await patch.create(inputs("app:2", { "pulumi.com/timeoutSeconds": "30" }), { log: { info } });
    expect(log.lines).toEqual(["1 of 1 replicas updated, 0 available"]);
  });

  test("that does not roll out in time is in the state, with what is missing, so that the next update tries it again", async () => {
    const { patch, state } = await fakeCluster();
    const { state: before } = await patch.create(inputs("app:1"));
    state.available = 0;
    const failed = (failure: unknown) => failure as InitFailed;
    for (const tried of [patch.create(inputs("app:2")), patch.update(before, inputs("app:2"))]) {
      const error = await tried.then(() => undefined, failed);
      expect(error).toBeInstanceOf(InitFailed);
      expect(error).toMatchObject({ id: "cattle-system/cattle", state: { __inputs: inputs("app:2") } });
      expect(error?.reasons).toEqual([
        expect.stringContaining("'cattle' timed out waiting to be Ready: 1 of 1 replicas updated, 0 available"),
      ]);
    }
  });

  test("ends its wait when the operator stops", async () => {
    const { patchWith, state } = await fakeCluster();
    state.available = 0;
    const stop = new AbortController();
    const creating = patchWith(stop.signal).create(inputs("app:2", { "pulumi.com/timeoutSeconds": "60" }), {
      log: { info: () => stop.abort() },
    });
    await expect(creating).rejects.toThrow('Resource operation was cancelled for "cattle"');
  });

  test("fails at once where the cluster could not be reached", async () => {
    const patch = deploymentPatch(() => ({ unreachable: "nobody there" }), never);
    const request = { urn: "urn", name: "cattle", inputs: inputs("app:2"), preview: false, log: recordingLog() };
    await expect(patch.create(request)).rejects.toThrow("configured Kubernetes cluster is unreachable: nobody there");
  });

  test("changes by nothing the second time, is updated for its fields, and replaced for its object", async () => {
    const { patch } = await fakeCluster();
    const { state } = await patch.create(inputs("app:1"));
    expect((await patch.diff(state, inputs("app:1"))).changes.size).toBe(0);
    const edited = await patch.diff(state, inputs("app:2"));
    expect([...edited.changes]).toEqual([["spec.template.spec.containers[0].image", "update"]]);
    expect(edited.replaces).toEqual([]);
    const moved = { ...inputs("app:1"), metadata: { ...(inputs("app:1").metadata as object), name: "other" } };
    expect((await patch.diff(state, moved)).replaces).toEqual(["metadata.name"]);
  });

  test("shows after a refresh what others have changed, and that it is gone", async () => {
    const { patch, state: cluster } = await fakeCluster();
    const { state } = await patch.create(inputs("app:1"));
    cluster.image = "app:other";
    const read = await patch.read(state, inputs("app:1"));
    expect(read?.inputs).toMatchObject({ spec: { template: { spec: { containers: [{ image: "app:other" }] } } } });
    const difference = await patch.diff(read?.state ?? {}, inputs("app:1"));
    expect([...difference.changes.keys()]).toEqual(["spec.template.spec.containers[0].image"]);
    cluster.gone = true;
    expect(await patch.read(state, inputs("app:1"))).toBeUndefined();
  });

  test("cannot be taken back, and says what to do", async () => {
    const { patch } = await fakeCluster();
    const deleting = patch.delete({ id: "cattle-system/cattle", state: {}, log: recordingLog() });
    await expect(deleting).rejects.toThrow(/retainOnDelete.*containers\[0\]\.image/);
  });

  test("is refused where the stand-in would have to be another plugin", async () => {
    const { patch } = await fakeCluster();
    expect((await patch.check(inputs("app:1"))).failures).toEqual([]);
    const { failures } = await patch.check(inputs("app:1", { "pulumi.com/patchForce": "false" }));
    expect(failures).toMatchObject([{ property: "metadata", reason: expect.stringContaining("by force alone") }]);
  });
});

describe("the provider's configuration", () => {
  test("is refused where the stand-in would have to ignore it", () => {
    expect(checkConfig({ kubeconfig: "x", clusterIdentifier: "a", version: "4.34.2" })).toEqual([]);
    const properties = checkConfig({ context: "b" }).map(({ property }) => property);
    expect(properties).toEqual(["context", "kubeconfig", "clusterIdentifier"]);
  });

  test("replaces everything for another cluster, told by the identifier", () => {
    const before = { kubeconfig: "a", clusterIdentifier: "1" };
    expect(diffConfig(before, before).changes.size).toBe(0);
    expect(diffConfig(before, { ...before, kubeconfig: UNKNOWN })).toMatchObject({ replaces: [] });
    expect(diffConfig(before, { ...before, clusterIdentifier: "2" }).replaces).toEqual(["clusterIdentifier"]);
  });
});
