import { describe, expect, test } from "vitest";
import { ApiError } from "../../../../lab/pulumi-stand-ins/kubernetes/api.ts";
import { deploymentPatch } from "../../../../lab/pulumi-stand-ins/kubernetes/deploymentPatch.ts";
import { InitFailed } from "../../../../lab/pulumi-stand-ins/provider.ts";
import { type Properties, UNKNOWN } from "../../../../lab/pulumi-stand-ins/values.ts";
import { FakeApi } from "../fakeApi.ts";
import { recordingLog } from "../log.ts";

function inputs(image: string, annotations: Record<string, string> = {}): Properties {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      namespace: "apps",
      name: "web",
      annotations: {
        "pulumi.com/patchForce": "true",
        "pulumi.com/patchFieldManager": "me",
        "pulumi.com/timeoutSeconds": "0.01",
        ...annotations,
      },
    },
    spec: { template: { spec: { containers: [{ name: "main", image }] } } },
  };
}

const never = new AbortController().signal;

async function created() {
  const fake = new FakeApi();
  const patch = patchOn(fake);
  return { fake, patch, state: (await patch.create(inputs("app:1"))).state };
}

function patchOn(fake: FakeApi, stop = never) {
  const patch = deploymentPatch(() => ({ api: fake.api }), stop);
  const common = { urn: "urn:web", name: "web", preview: false, timeout: 0, log: recordingLog() };
  return {
    ...patch,
    create: (given: Properties, more = {}) => patch.create({ ...common, inputs: given, ...more }),
    update: (state: Properties, given: Properties, more = {}) =>
      patch.update({ ...common, id: "apps/web", state, inputs: given, ...more }),
    read: (state: Properties, given: Properties) =>
      patch.read({ id: "apps/web", state, inputs: given, log: recordingLog() }),
  };
}

describe("creating a patch", () => {
  test("applies it by force under the given field manager, and gives what the server made of it", async () => {
    const fake = new FakeApi();
    const { id, state } = await patchOn(fake).create(inputs("app:2"));
    expect(id).toBe("apps/web");
    expect(fake.requests[0]).toEqual({
      method: "PATCH",
      path: "/apis/apps/v1/namespaces/apps/deployments/web?fieldManager=me&force=true",
      body: inputs("app:2"),
    });
    expect(state).toMatchObject({
      spec: { replicas: 2, template: { spec: { containers: [{ image: "app:2" }] } } },
      __inputs: inputs("app:2"),
      __fieldManager: "me",
    });
  });

  test("does not touch the cluster in a preview", async () => {
    const fake = new FakeApi();
    expect((await patchOn(fake).create(inputs("app:2"), { preview: true })).state).toEqual(inputs("app:2"));
    expect(fake.requests).toEqual([]);
  });

  test("fails for a conflict with the server's own words, and leaves no state", async () => {
    const fake = new FakeApi();
    fake.refusal = new ApiError(409, { message: "Apply failed with 1 conflict" }, "");
    const failing = patchOn(fake).create(inputs("app:2"));
    await expect(failing).rejects.toThrow(/field conflict detected.*\n: Apply failed with 1 conflict/);
    await expect(failing).rejects.not.toBeInstanceOf(InitFailed);
  });

  test("waits for the rollout, says for what, and goes on when it is done", async () => {
    const fake = new FakeApi();
    fake.replicas.ready = 1;
    const log = recordingLog(() => {
      fake.replicas.ready = 2;
    });
    await patchOn(fake).create(inputs("app:2", { "pulumi.com/timeoutSeconds": "30" }), { log });
    expect(log.lines).toEqual([
      "info Waiting for app ReplicaSet to be available (1/2 Pods available)",
      "info Deployment initialization complete",
    ]);
  });

  test("that does not roll out in time is in the state, with the pods' reasons", async () => {
    const fake = new FakeApi();
    fake.replicas.ready = 0;
    fake.waiting = { reason: "ImagePullBackOff", message: "Back-off pulling image" };
    const error = await patchOn(fake)
      .create(inputs("app:2"))
      .catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(InitFailed);
    const { id, state, reasons } = error as InitFailed;
    expect(id).toBe("apps/web");
    expect(state).toMatchObject({ __inputs: inputs("app:2") });
    expect(reasons).toEqual([
      expect.stringContaining("'web' timed out waiting to be Ready"),
      "Minimum number of Pods to consider the application live was not attained",
      "[Pod apps/web-x]: [ImagePullBackOff] Back-off pulling image",
    ]);
  });

  test("ends its wait when the operator stops", async () => {
    const fake = new FakeApi();
    fake.replicas.ready = 0;
    const stop = new AbortController();
    const waiting = inputs("app:2", { "pulumi.com/timeoutSeconds": "60" });
    // Right after it has said for what it waits.
    const log = recordingLog(() => setImmediate(() => stop.abort()));
    await expect(patchOn(fake, stop.signal).create(waiting, { log })).rejects.toThrow(
      'Resource operation was cancelled for "web"',
    );
  });

  test("fails at once where the cluster could not be reached", async () => {
    const patch = deploymentPatch(() => ({ unreachable: "nobody there" }), never);
    const request = { urn: "urn", name: "web", inputs: inputs("app:2"), timeout: 0, log: recordingLog() };
    expect((await patch.create({ ...request, preview: true })).state).toEqual(inputs("app:2"));
    await expect(patch.create({ ...request, preview: false })).rejects.toThrow(
      "configured Kubernetes cluster is unreachable: nobody there",
    );
  });
});

describe("updating a patch", () => {
  test("is tried on the server in a preview, unless something is not known yet", async () => {
    const { fake, patch, state } = await created();
    fake.requests.length = 0;
    await patch.update(state, inputs("app:2"), { preview: true });
    expect(fake.requests.at(-1)?.path).toContain("dryRun=All");
    expect(await patch.update(state, inputs(UNKNOWN), { preview: true })).toEqual(inputs(UNKNOWN));
  });

  test("that fails is in the state, so that the next update tries it again", async () => {
    const { fake, patch, state } = await created();
    fake.replicas.ready = 0;
    await expect(patch.update(state, inputs("app:2"))).rejects.toBeInstanceOf(InitFailed);
  });

  test("lets go of the fields of the field manager it had before", async () => {
    const { fake, patch, state } = await created();
    await patch.update(state, inputs("app:2", { "pulumi.com/patchFieldManager": "another" }));
    const patches = fake.requests.filter(({ method }) => method === "PATCH").map(({ path }) => path.split("?")[1]);
    expect(patches.slice(1)).toEqual(["fieldManager=another&force=true", "fieldManager=me"]);
  });
});

describe("what changes a patch", () => {
  test("is nothing the second time, an update for its fields, a replacement for its object", async () => {
    const { patch, state } = await created();
    expect((await patch.diff(state, inputs("app:1"))).changes.size).toBe(0);
    const edited = await patch.diff(state, inputs("app:2"));
    expect([...edited.changes]).toEqual([["spec.template.spec.containers[0].image", "update"]]);
    expect(edited.replaces).toEqual([]);
    const moved = { ...inputs("app:1"), metadata: { ...(inputs("app:1").metadata as object), name: "other" } };
    expect((await patch.diff(state, moved)).replaces).toEqual(["metadata.name"]);
  });

  test("is seen after a refresh where others have changed its fields", async () => {
    const { fake, patch, state } = await created();
    fake.image = "app:other";
    const read = await patch.read(state, inputs("app:1"));
    expect(read?.inputs).toMatchObject({ spec: { template: { spec: { containers: [{ image: "app:other" }] } } } });
    const difference = await patch.diff(read?.state ?? {}, inputs("app:1"));
    expect([...difference.changes.keys()]).toEqual(["spec.template.spec.containers[0].image"]);
  });

  test("is that it is gone", async () => {
    const { fake, patch, state } = await created();
    fake.gone = true;
    expect(await patch.read(state, inputs("app:1"))).toBeUndefined();
  });
});

describe("deleting a patch", () => {
  test("lets go of its fields, and says what to do where Kubernetes cannot do without them", async () => {
    const { fake, patch, state } = await created();
    await patch.delete({ id: "apps/web", state, log: recordingLog() });
    expect(fake.requests.at(-1)?.body).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace: "apps", name: "web" },
    });
    const causes = [{ reason: "FieldValueRequired", field: "spec.template.spec.containers[0].image" }];
    fake.refusal = new ApiError(422, { message: "invalid", details: { causes } }, "");
    await expect(patch.delete({ id: "apps/web", state, log: recordingLog() })).rejects.toThrow(
      /retainOnDelete.*containers\[0\]\.image/,
    );
  });
});

test("a patch needs a name, and a namespace", async () => {
  const { check } = patchOn(new FakeApi());
  await expect(check({ metadata: { namespace: "apps" } })).rejects.toThrow("`.metadata.name`");
  await expect(check({ metadata: { name: "web" } })).rejects.toThrow("`.metadata.namespace`");
});
