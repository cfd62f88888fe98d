import { setTimeout as sleep } from "node:timers/promises";
import {
  AppsV1Api,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  Health,
  type KubeConfig,
  type V1ConfigMap,
  type V1Deployment,
  type V1Lease,
  type V1ObjectMeta,
  type V1ValidatingWebhookConfiguration,
  VersionApi,
} from "@kubernetes/client-node";
import { type FailClosed, failClosed } from "./admission.ts";
import { ifFound } from "./apiError.ts";
import { type DeploymentRef, describeRollout, type RancherDeployment } from "./deployment.ts";
import { loadKubeconfig } from "./kubeconfig.ts";
import type { NodeIdentity } from "./matchNodes.ts";

export interface KubernetesNode extends NodeIdentity {
  ready: boolean;
  /**
   * When its kubelet last renewed its lease, or the node's condition where there are no leases, ms since 1970: a node that
   * is off stays "Ready" for a while (rr#13578).
   */
  renewedAt?: number;
}

/** Something in the cluster and when it was made, ms since 1970. */
export interface CreatedObject {
  name: string;
  uid?: string;
  at: number;
}

/** Reads a cluster through the kubeconfig that RKE writes. Nothing is changed. Errors are those of the API client. */
export class KubernetesReader {
  private readonly config: KubeConfig;

  /** @throws KubeconfigError */
  constructor(kubeconfig: string) {
    this.config = loadKubeconfig(kubeconfig);
  }

  get server(): string {
    return this.config.getCurrentCluster()?.server ?? "no server in the kubeconfig";
  }

  /** @param seconds to wait for the answer. */
  async isReady(seconds?: number): Promise<boolean> {
    return await answered(new Health(this.config).readyz({}), seconds);
  }

  async nodes(): Promise<KubernetesNode[]> {
    const coordination = this.config.makeApiClient(CoordinationV1Api);
    const [nodes, leases] = await Promise.all([
      answered(this.config.makeApiClient(CoreV1Api).listNode()),
      // Kubernetes before v1.14 has none.
      ifFound(answered(coordination.listNamespacedLease({ namespace: "kube-node-lease" })), { items: [] }),
    ]);
    return nodes.items.map((node) => {
      const name = node.metadata?.name ?? "";
      const hostname = node.metadata?.labels?.["kubernetes.io/hostname"];
      const addresses = node.status?.addresses ?? [];
      const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
      const lease = leases.items.find(({ metadata }) => metadata?.name === name)?.spec?.renewTime;
      const renewed = lease ?? ready?.lastHeartbeatTime;
      return {
        name,
        ...(hostname && { hostname }),
        internalIps: addresses.flatMap(({ type, address }) => (type === "InternalIP" ? [address] : [])),
        ready: ready?.status === "True",
        ...(renewed && { renewedAt: new Date(renewed).getTime() }),
      };
    });
  }

  /** Such as `v1.20.15`. @param seconds to wait for the answer. */
  async version(seconds?: number): Promise<string> {
    return (await answered(this.config.makeApiClient(VersionApi).getCode(), seconds)).gitVersion;
  }

  async namespaces(): Promise<CreatedObject[]> {
    return made((await answered(this.config.makeApiClient(CoreV1Api).listNamespace())).items);
  }

  /** Deployments, StatefulSets and DaemonSets, as `namespace/name`. */
  async workloads(): Promise<CreatedObject[]> {
    const apps = this.config.makeApiClient(AppsV1Api);
    const lists = await Promise.all([
      answered(apps.listDeploymentForAllNamespaces()),
      answered(apps.listStatefulSetForAllNamespaces()),
      answered(apps.listDaemonSetForAllNamespaces()),
    ]);
    return lists.flatMap(({ items }) => made(items));
  }

  async ofRancher(plural: "users" | "clusters"): Promise<CreatedObject[]> {
    return made(await this.rancherObjects<ListedObject>(plural));
  }

  /** Rancher's own objects; none where this Rancher has no such kind. */
  async rancherObjects<T>(plural: "users" | "clusters"): Promise<T[]> {
    const custom = this.config.makeApiClient(CustomObjectsApi);
    const kind = { group: "management.cattle.io", version: "v3", plural };
    return (await ifFound(answered(custom.listClusterCustomObject(kind)) as Promise<{ items: T[] }>, { items: [] }))
      .items;
  }

  /** A setting of Rancher; `value` is empty where its default holds. */
  async setting(name: string): Promise<{ value?: string; default?: string }> {
    const custom = this.config.makeApiClient(CustomObjectsApi);
    const kind = { group: "management.cattle.io", version: "v3", plural: "settings" };
    return (await answered(custom.getClusterCustomObject({ ...kind, name }))) as { value?: string; default?: string };
  }

  /** The names of a namespace's jobs. @param seconds to wait for the answer. */
  async jobs(namespace: string, seconds?: number): Promise<string[]> {
    const { items } = await answered(this.config.makeApiClient(BatchV1Api).listNamespacedJob({ namespace }), seconds);
    return items.flatMap(({ metadata }) => metadata?.name ?? []);
  }

  async configMap(namespace: string, name: string): Promise<V1ConfigMap> {
    return await answered(this.config.makeApiClient(CoreV1Api).readNamespacedConfigMap({ namespace, name }));
  }

  async lease(namespace: string, name: string): Promise<V1Lease> {
    return await answered(this.config.makeApiClient(CoordinationV1Api).readNamespacedLease({ namespace, name }));
  }

  async deployment({ namespace, deployment }: DeploymentRef): Promise<V1Deployment> {
    const apps = this.config.makeApiClient(AppsV1Api);
    return await answered(apps.readNamespacedDeployment({ namespace, name: deployment }));
  }

  /** Webhooks that refuse Rancher's image, or its pods, while nothing serves for them. */
  async failClosed(asked: DeploymentRef): Promise<FailClosed[]> {
    const core = this.config.makeApiClient(CoreV1Api);
    const [validating, mutating, namespace, deployment] = await Promise.all([
      this.webhookConfigurations("validatingwebhookconfigurations"),
      this.webhookConfigurations("mutatingwebhookconfigurations"),
      answered(core.readNamespace({ name: asked.namespace })),
      this.deployment(asked),
    ]);
    return failClosed([...validating, ...mutating], {
      namespace: namespace.metadata?.labels ?? {},
      deployment: deployment.metadata?.labels ?? {},
      pod: deployment.spec?.template.metadata?.labels ?? {},
    });
  }

  private async webhookConfigurations(plural: string): Promise<V1ValidatingWebhookConfiguration[]> {
    const custom = this.config.makeApiClient(CustomObjectsApi);
    const list = (version: string) => {
      const kind = { group: "admissionregistration.k8s.io", version, plural };
      return answered(custom.listClusterCustomObject(kind)) as Promise<{ items: V1ValidatingWebhookConfiguration[] }>;
    };
    // Kubernetes before v1.16 has v1beta1 alone, and before v1.9 none.
    const { items } = (await ifFound(list("v1"), undefined)) ?? (await ifFound(list("v1beta1"), { items: [] }));
    return items;
  }

  async rancher(asked: DeploymentRef): Promise<RancherDeployment> {
    const { namespace, container } = asked;
    const found = await this.deployment(asked);
    const labels = Object.entries(found.spec?.selector.matchLabels ?? {});
    const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(",");
    const pods = await answered(this.config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace, labelSelector }));
    return describeRollout(found, pods.items, container);
  }
}

interface ListedObject {
  metadata?: V1ObjectMeta | undefined;
  username?: string;
  spec?: object | undefined;
}

/** People know a user by the login name and a cluster by the name they gave it. */
function made(items: ListedObject[]): CreatedObject[] {
  return items.map(({ metadata, username, spec }) => {
    const { namespace, name = "" } = metadata ?? {};
    const known = username ?? (spec as { displayName?: string } | undefined)?.displayName ?? name;
    return {
      name: namespace ? `${namespace}/${known}` : known,
      ...(metadata?.uid && { uid: metadata.uid }),
      at: new Date(metadata?.creationTimestamp ?? 0).getTime(),
    };
  });
}

const ANSWER_SECONDS = 20;

/** A frozen API server takes a connection and never answers; the client itself would wait for minutes. */
async function answered<T>(asked: Promise<T>, seconds = ANSWER_SECONDS): Promise<T> {
  const tooLong = sleep(seconds * 1000, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${seconds} s`);
  });
  return await Promise.race([asked, tooLong]);
}
