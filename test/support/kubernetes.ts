import { join } from "node:path";
import { KubernetesReader } from "../../cluster/kubernetes/reader.ts";
import { kubeconfigFor } from "../../lab/bench/scale/kubeconfig.ts";
import { selfSigned } from "./certificate.ts";
import { tempFolder, textFile } from "./folder.ts";
import { type Answers, type Asked, closedPort, serve } from "./server.ts";

export { kubeconfigFor };

let tls: ReturnType<typeof selfSigned> | undefined;

/** An API server with these answers, or an address where none is, and the kubeconfig for it. */
export async function apiServer(answers?: Answers): Promise<{ server: string; kubeconfig: string }> {
  tls ??= selfSigned();
  const server = answers ? await serve(answers, tls) : `https://127.0.0.1:${await closedPort()}`;
  return { server, kubeconfig: kubeconfigFor(server, tls.caFile) };
}

/** A reader of such an API server. */
export async function apiReader(answers?: Answers): Promise<KubernetesReader> {
  const { kubeconfig } = await apiServer(answers);
  return new KubernetesReader(textFile(join(tempFolder(), "kube_config"), kubeconfig));
}

export interface FakeCluster {
  /** Names of nodes by whether they are Ready. */
  nodes?: Record<string, boolean>;
  /** When the nodes' kubelets renewed their leases, ISO 8601. */
  renewTime?: string;
  image?: string;
  /** How many replicas of the Deployment are wanted, and how many of them are available. */
  replicas?: [wanted: number, available: number];
  /** Images of the pods; by default one runs the Deployment's. */
  podImages?: string[];
  /** Rancher's setting server-version; empty when there is none. */
  serverVersion?: string;
  /** The pod that holds Rancher's leader lock and renews it at each request; empty when there is no lock. */
  leader?: string;
}

/** When the containers of Rancher's pods started. */
const STARTED = "2026-11-23T15:30:00Z";

/** The answers of a Kubernetes API with nodes, leases and Rancher's Deployment "cattle". */
export function kubernetesAnswers(cluster: FakeCluster = {}): Answers {
  const {
    nodes = { node1: true },
    renewTime = "2026-11-23T16:00:00.000000Z",
    image = "rancher/rancher:v2.5.8",
    replicas: [wanted, available] = [1, 1],
    podImages = [image],
    serverVersion = "v2.5.8",
    leader = "cattle-1",
  } = cluster;
  let renewals = 0;
  const lock = () => {
    const renewTime = new Date(Date.parse(STARTED) + ++renewals * 2000).toISOString();
    const record = JSON.stringify({ holderIdentity: leader, leaseDurationSeconds: 45, renewTime });
    return JSON.stringify({ metadata: { annotations: { "control-plane.alpha.kubernetes.io/leader": record } } });
  };
  const containers = (of: string) => ({ containers: [{ name: "cattle-server", image: of }] });
  const list = (items: object[]) => JSON.stringify({ items });
  const deployment = {
    metadata: { name: "cattle", namespace: "cattle-system", generation: 3 },
    spec: { replicas: wanted, selector: { matchLabels: { app: "cattle" } }, template: { spec: containers(image) } },
    status: { observedGeneration: 3, replicas: wanted, updatedReplicas: wanted, availableReplicas: available },
  };
  return {
    "/readyz": "ok",
    "/api/v1/nodes": list(
      Object.entries(nodes).map(([name, ready]) => ({
        metadata: { name, labels: { "kubernetes.io/hostname": name } },
        status: {
          addresses: [
            { type: "InternalIP", address: "10.0.0.1" },
            { type: "Hostname", address: name },
          ],
          conditions: [
            { type: "MemoryPressure", status: "False" },
            { type: "Ready", status: ready ? "True" : "Unknown" },
          ],
        },
      })),
    ),
    "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases": list(
      Object.keys(nodes).map((name) => ({ metadata: { name }, spec: { holderIdentity: name, renewTime } })),
    ),
    "/apis/apps/v1/namespaces/cattle-system/deployments/cattle": JSON.stringify(deployment),
    "/api/v1/namespaces/cattle-system/pods?labelSelector=app%3Dcattle": list(
      podImages.map((of, at) => ({
        metadata: { name: `cattle-${at + 1}` },
        spec: { ...containers(of), nodeName: Object.keys(nodes)[0] },
        status: {
          phase: "Running",
          containerStatuses: [
            { name: "cattle-server", imageID: `docker://${of}`, state: { running: { startedAt: STARTED } } },
          ],
        },
      })),
    ),
    ...(serverVersion && {
      "/apis/management.cattle.io/v3/settings/server-version": JSON.stringify({
        ...{ apiVersion: "management.cattle.io/v3", kind: "Setting", metadata: { name: "server-version" } },
        ...{ value: serverVersion, default: "dev", customized: false },
      }),
    }),
    ...(leader && { "/api/v1/namespaces/kube-system/configmaps/cattle-controllers": lock }),
  };
}

/** Where its Deployment is. */
export const CATTLE_PATH = "/apis/apps/v1/namespaces/cattle-system/deployments/cattle";

/** The answers of a cluster whose Deployment takes a patch of its image. */
export function takesImage(deployed: { image: string }, patches: Asked[] = []): Answers {
  const answer = (asked: Asked) => {
    if (asked.method === "PATCH") {
      patches.push(asked);
      deployed.image = JSON.parse(asked.body).spec.template.spec.containers[0].image;
    }
    return kubernetesAnswers(deployed)[CATTLE_PATH] as string;
  };
  return { ...kubernetesAnswers(), [CATTLE_PATH]: answer };
}
