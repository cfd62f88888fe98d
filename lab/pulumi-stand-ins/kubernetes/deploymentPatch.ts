import { AppsV1Api, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { apiErrorMessage, ifFound } from "../../../cluster/kubernetes/apiError.ts";
import { loadKubeconfig } from "../../../cluster/kubernetes/kubeconfig.ts";
import { KubernetesReader } from "../../../cluster/kubernetes/reader.ts";
import type { DeploymentRef } from "../../../cluster/rancher/deployment.ts";
import { changesBetween } from "../diff.ts";
import { type Created, type Creation, type Failure, InitFailed, type Resource } from "../provider.ts";
import { copySecrecy, isObject, type Properties, reveal } from "../values.ts";
import { pruned } from "./prune.ts";
import { awaitRollout } from "./rollout.ts";

/** The cluster as it was found when the provider was configured. */
export type Cluster = { kubeconfig: string } | { unreachable: string };

/** `kubernetes.apps.v1.DeploymentPatch`: server-side apply of some fields of a Deployment that others made, by force. */
export function deploymentPatch(cluster: () => Cluster, stop: AbortSignal): Resource {
  const reached = () => {
    const found = cluster();
    if ("kubeconfig" in found) return found.kubeconfig;
    throw new Error(`configured Kubernetes cluster is unreachable: ${found.unreachable}`);
  };
  return {
    check: async (inputs) => ({ inputs, failures: mistakes(inputs) }),

    // What is compared is what the server made of the old inputs: after a refresh this shows what others have changed.
    diff: async (state, inputs) => {
      const { __inputs: before, ...live } = reveal(state);
      const changes = changesBetween(pruned(live, isObject(before) ? before : {}), reveal(inputs));
      return { changes, replaces: ["metadata.name", "metadata.namespace"].filter((path) => changes.has(path)) };
    },

    create: async (request) =>
      request.preview ? { id: "", state: request.inputs } : await rollOut(reached(), request, stop),

    update: async (request) => (request.preview ? request.inputs : (await rollOut(reached(), request, stop)).state),

    // Kubernetes does not let go of a container's image.
    delete: async () => {
      throw new Error(
        "this Patch resource is currently managing a required field, so it can't be deleted directly. Either set the `retainOnDelete` resource option, or transfer ownership of the field before deleting: spec.template.spec.containers[0].image",
      );
    },

    read: async ({ id, inputs }) => {
      const [namespace = "", deployment = ""] = id.split("/");
      const api = new KubernetesReader(reached());
      const found = await ifFound(api.deployment({ namespace, deployment, container: "" }), undefined);
      if (!found) return undefined;
      const live = plain(found);
      const liveInputs = copySecrecy(pruned(live, reveal(inputs)), inputs) as Properties;
      return { state: stateOf(live, liveInputs), inputs: liveInputs };
    },
  };
}

/** As the program writes a patch; of what the official plugin takes beside that the stand-in knows nothing. */
interface Patch {
  metadata: { namespace: string; name: string; annotations: Record<string, string> };
  spec?: { template: { spec: { containers: { name: string }[] } } };
}

function mistakes(inputs: Properties): Failure[] {
  const { namespace, name, annotations } = (reveal(inputs) as Partial<Patch>).metadata ?? {};
  const [force, manager] = ["patchForce", "patchFieldManager"].map((key) => annotations?.[`pulumi.com/${key}`]);
  if (namespace && name && force === "true" && manager) return [];
  const reason = "the lab's stand-in applies a patch with a namespace, a name and a field manager, and by force alone";
  return [{ property: "metadata", reason }];
}

async function rollOut(kubeconfig: string, { urn, inputs, log }: Creation, stop: AbortSignal): Promise<Created> {
  const patch = reveal(inputs) as unknown as Patch;
  const { namespace, name, annotations } = patch.metadata;
  const container = patch.spec?.template.spec.containers[0]?.name ?? "";
  const asked: DeploymentRef = { namespace, deployment: name, container };
  const api = new KubernetesReader(kubeconfig);
  const applied = await apply(kubeconfig, patch).catch((error) => {
    const reason = apiErrorMessage(error);
    throw new Error(`resource "${urn}" was not successfully created by the Kubernetes API server: ${reason}`);
  });
  const seconds = Number(annotations["pulumi.com/timeoutSeconds"]);
  const trouble = await awaitRollout(api, asked, { seconds, log, stop });
  const live = await api.deployment(asked).catch(() => applied);
  const created = { id: `${namespace}/${name}`, state: stateOf(plain(live), inputs) };
  if (trouble === undefined) return created;
  const what = `the Kubernetes API server reported that "${created.id}" failed to fully initialize or become live`;
  throw new InitFailed(trouble, { ...created, reasons: [`${what}: ${trouble}`] });
}

async function apply(kubeconfig: string, body: Patch): Promise<object> {
  const { namespace, name, annotations } = body.metadata;
  const fieldManager = annotations["pulumi.com/patchFieldManager"] ?? "";
  return await loadKubeconfig(kubeconfig)
    .makeApiClient(AppsV1Api)
    .patchNamespacedDeployment(
      { namespace, name, body, fieldManager, force: true },
      setHeaderOptions("Content-Type", PatchStrategy.ServerSideApply),
    );
}

/** The object as the server has it, and beside it what the program asked for. */
function stateOf(live: Properties, inputs: Properties): Properties {
  return { ...(copySecrecy(live, inputs) as Properties), __inputs: inputs };
}

/** Without the client's classes and what is undefined in them. */
function plain(object: object): Properties {
  return JSON.parse(JSON.stringify(object));
}
