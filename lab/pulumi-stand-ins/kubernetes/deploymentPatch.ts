import { randomBytes } from "node:crypto";
import { changesBetween } from "../diff.ts";
import { type Created, type Creation, InitFailed, type Reading, type Resource, type Update } from "../provider.ts";
import { copySecrecy, holdsUnknown, isObject, type Properties, reveal } from "../values.ts";
import { type Api, ApiError } from "./api.ts";
import { pruned } from "./prune.ts";
import { awaitRollout, NotReady, rolloutOf } from "./rollout.ts";

/** The cluster as it was found when the provider was configured. */
export type Cluster = { api: Api } | { unreachable: string };

/** `kubernetes.apps.v1.DeploymentPatch`: server-side apply of some fields of a Deployment that others made. */
export function deploymentPatch(cluster: () => Cluster, stop: AbortSignal): Resource {
  const api = () => {
    const found = cluster();
    if ("api" in found) return found.api;
    throw new Error(`configured Kubernetes cluster is unreachable: ${found.unreachable}`);
  };
  return {
    check: async (inputs) => {
      const { metadata } = inputs;
      if (!isObject(metadata) || !metadata.name)
        throw new Error("patch resources require the `.metadata.name` field to be set");
      if (!metadata.namespace)
        throw new Error("the lab's stand-in for the Kubernetes plugin requires `.metadata.namespace` too");
      return { inputs, failures: [] };
    },

    // What is compared is what the server made of the old inputs: after a refresh this shows what others have changed.
    diff: async (state, inputs) => {
      const { live, inputs: before } = split(reveal(state));
      const changes = changesBetween(pruned(live, before), reveal(inputs));
      const replaces = ["metadata", "metadata.name", "metadata.namespace"].filter((path) => changes.has(path));
      return { changes, replaces };
    },

    create: async (request) => {
      // The official plugin does not ask the server what a new patch would do either.
      if (request.preview) return { id: "", state: request.inputs };
      return await create(api(), request, stop);
    },

    update: async (request) => {
      if (request.preview && (holdsUnknown(request.inputs) || "unreachable" in cluster())) return request.inputs;
      return await update(api(), request, stop);
    },

    delete: async ({ state, log }) => {
      const found = cluster();
      if ("unreachable" in found)
        log.say("warning", `configured Kubernetes cluster is unreachable: ${found.unreachable}`);
      const { live, manager } = split(reveal(state));
      await relinquish(api(), live, manager).catch((error) => {
        if (!(error instanceof ApiError) || error.requiredFields.length === 0) throw error;
        throw new Error(
          `this Patch resource is currently managing a required field, so it can't be deleted directly. Either set the \`retainOnDelete\` resource option, or transfer ownership of the field before deleting: ${error.requiredFields[0]}`,
        );
      });
    },

    read: async (request) => {
      const found = cluster();
      if ("api" in found) return await read(found.api, request);
      request.log.say("warning", `configured Kubernetes cluster is unreachable: ${found.unreachable}`);
      throw new Error("failed to read resource state due to unreachable cluster");
    },
  };
}

async function create(api: Api, { urn, inputs, timeout, log }: Creation, stop: AbortSignal): Promise<Created> {
  const manager = managerOf(inputs) ?? `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
  const wanted = reveal(inputs);
  let live = await apply(api, wanted, manager).catch((error) => {
    throw new Error(`resource "${urn}" was not successfully created by the Kubernetes API server: ${error.message}`);
  });
  const done = (object: Properties): Created => ({ id: idOf(object), state: join(object, inputs, manager) });
  try {
    live = await awaitRollout(api, live, { timeout: timeoutOf(wanted, timeout), log, stop });
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    const what = `resource "${urn}" was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live`;
    throw initFailed(error, what, done(error.deployment));
  }
  return done(live);
}

async function update(api: Api, request: Update, stop: AbortSignal): Promise<Properties> {
  const { urn, state, inputs, preview, timeout, log } = request;
  const { live: old, manager: oldManager } = split(reveal(state));
  const manager = managerOf(inputs) ?? oldManager;
  const wanted = reveal(inputs);
  try {
    await api.request("GET", pathOf(old));
    let live = await apply(api, wanted, manager, preview);
    if (preview) return join(live, inputs, manager);
    live = await awaitRollout(api, live, { timeout: timeoutOf(wanted, timeout), log, stop });
    if (manager !== oldManager) await relinquish(api, live, oldManager);
    return join(live, inputs, manager);
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    const live = await api.request("GET", pathOf(old)).catch((reading: Error) => {
      throw new Error(
        `update of resource "${urn}" failed: ${failure.message}\nunable to get cluster state: ${reading.message}`,
      );
    });
    const what = `the Kubernetes API server reported that "${idOf(live)}" failed to fully initialize or become live`;
    throw initFailed(failure, what, { id: idOf(live), state: join(live, inputs, manager) });
  }
}

async function read(api: Api, { id, state, inputs }: Reading) {
  const { manager } = split(reveal(state));
  if (Object.keys(inputs).length === 0)
    throw new Error(
      "the lab's stand-in for the Kubernetes plugin reads only what is in the stack's state, and imports nothing",
    );
  const [namespace, name] = id.split("/");
  const live = await api.request("GET", pathOf({ metadata: { namespace, name } })).catch((error) => {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  });
  if (!live) return undefined;
  const liveInputs = copySecrecy(pruned(live, reveal(inputs)), inputs) as Properties;
  const found = { state: join(live, liveInputs, manager), inputs: liveInputs };
  const { ready, troubles } = await rolloutOf(api, live);
  if (ready) return found;
  const failure = `Resource '${name}' was created but failed to initialize`;
  throw new InitFailed(failure, { id, ...found, reasons: [failure, ...troubles] });
}

async function apply(api: Api, wanted: Properties, manager: string, dryRun = false): Promise<Properties> {
  const force = annotation(wanted, "patchForce") === "true";
  const query = new URLSearchParams({ fieldManager: manager, force: String(force), ...(dryRun && { dryRun: "All" }) });
  try {
    return await api.request("PATCH", `${pathOf(wanted)}?${query}`, wanted);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 409) throw error;
    throw new Error(
      `Server-Side Apply field conflict detected. Set the annotation "pulumi.com/patchForce": "true" to take the fields over\n: ${error.message}`,
    );
  }
}

/** Gives up all fields: those that nobody else manages are removed. */
async function relinquish(api: Api, live: Properties, manager: string): Promise<void> {
  const { namespace, name } = live.metadata as Properties;
  const bare = { apiVersion: live.apiVersion, kind: live.kind, metadata: { namespace, name } };
  await api.request("PATCH", `${pathOf(live)}?${new URLSearchParams({ fieldManager: manager })}`, bare);
}

/** The state: the object as the server has it, and beside it what the program asked for. */
function join(live: Properties, inputs: Properties, manager: string): Properties {
  const shown = copySecrecy(live, inputs) as Properties;
  return { ...shown, __inputs: inputs, __initialApiVersion: inputs.apiVersion, __fieldManager: manager };
}

function split(state: Properties): { live: Properties; inputs: Properties; manager: string } {
  const { __inputs: inputs, __initialApiVersion, __fieldManager: manager, ...live } = state;
  return { live, inputs: isObject(inputs) ? inputs : {}, manager: String(manager) };
}

function initFailed(error: Error, what: string, { id, state }: Created): InitFailed {
  const troubles = error instanceof NotReady ? error.troubles : [];
  return new InitFailed(error.message, { id, state, reasons: [`${what}: ${error.message}`, ...troubles] });
}

function pathOf({ metadata }: Properties): string {
  const { namespace, name } = metadata as { namespace: string; name: string };
  return `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/${encodeURIComponent(name)}`;
}

function idOf({ metadata }: Properties): string {
  const { namespace, name } = metadata as { namespace: string; name: string };
  return `${namespace}/${name}`;
}

function managerOf(inputs: Properties): string | undefined {
  return annotation(reveal(inputs), "patchFieldManager") || undefined;
}

/** In seconds. */
function timeoutOf(inputs: Properties, customTimeout: number): number {
  return customTimeout || Number(annotation(inputs, "timeoutSeconds")) || 600;
}

function annotation({ metadata }: Properties, name: string): string | undefined {
  const annotations = isObject(metadata) && isObject(metadata.annotations) ? metadata.annotations : {};
  const value = annotations[`pulumi.com/${name}`];
  return typeof value === "string" ? value : undefined;
}
