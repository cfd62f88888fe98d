import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { SERVERS, type SimulatedNode } from "./node.ts";

export const KUBERNETES = "v1.20.15";
export const RANCHER = "v2.5.8";
const IMAGE = `rancher/rancher:${RANCHER}`;
/** Of each kind that a preview counts. */
const WORKLOADS = 100;

/** The Kubernetes API of a cluster and Rancher's address, on one port of this machine alone. */
export interface Api {
  url: string;
  server: Server;
}

/** @param since when Rancher's pods began, ms since 1970. */
export async function serveApi(
  nodes: SimulatedNode[],
  since: number,
  tls: { key: Buffer; cert: Buffer },
): Promise<Api> {
  const server = createServer(tls, (request, response) => {
    const body = answerOf(new URL(request.url ?? "/", "http://api").pathname, nodes, since);
    response.writeHead(body === undefined ? 404 : 200, { "content-type": typeOf(body) });
    response.end(body ?? JSON.stringify({ kind: "Status", reason: "NotFound", code: 404 }));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

function typeOf(body: string | undefined): string {
  return body === undefined || body.startsWith("{") ? "application/json" : "text/plain";
}

/** What is answered to a GET; undefined where there is nothing. */
function answerOf(path: string, nodes: SimulatedNode[], since: number): string | undefined {
  const made = new Date(since).toISOString();
  const list = (items: object[]) => ({ metadata: {}, items });
  const several = (kind: string) =>
    list(
      Array.from({ length: WORKLOADS }, (_, at) => ({
        metadata: { name: `${kind}-${at}`, namespace: `team-${at % 10}`, creationTimestamp: made },
      })),
    );
  const management = "/apis/management.cattle.io/v3";
  const answers: Record<string, () => object | string> = {
    "/readyz": () => "ok",
    "/version": () => ({ major: "1", minor: "20", gitVersion: KUBERNETES }),
    "/api/v1/nodes": () => list(nodes.map((node) => kubernetesNode(node))),
    "/api/v1/namespaces": () => several("namespace"),
    "/apis/apps/v1/deployments": () => several("deployment"),
    "/apis/apps/v1/statefulsets": () => several("statefulset"),
    "/apis/apps/v1/daemonsets": () => several("daemonset"),
    "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases": () =>
      list(nodes.map(({ name }) => ({ metadata: { name }, spec: { holderIdentity: name, renewTime: microTime() } }))),
    "/apis/apps/v1/namespaces/cattle-system/deployments/cattle": () => deployment(),
    "/api/v1/namespaces/cattle-system/pods": () =>
      list(nodes.slice(0, SERVERS).map(({ name }, at) => pod(at + 1, name, made))),
    "/api/v1/namespaces/kube-system/configmaps/cattle-controllers": () => leaderLock(),
    [`${management}/settings/server-version`]: () => ({ metadata: { name: "server-version" }, value: RANCHER }),
    [`${management}/users`]: () => list([]),
    [`${management}/clusters`]: () => list([]),
    "/ping": () => "pong",
    "/v3/settings/cacerts": () => ({ name: "cacerts", value: "" }),
    "/VERSION.txt": () => RANCHER.slice(1),
  };
  const found = answers[path]?.();
  return typeof found === "object" ? JSON.stringify(found) : found;
}

/** As long as a real one, which lists the images that the node has. */
function kubernetesNode({ name, address }: SimulatedNode): object {
  const image = (at: number) => ({
    names: [`rancher/image-${at}@sha256:${String(at).padStart(64, "0")}`, `rancher/image-${at}:v1.${at}.0`],
    sizeBytes: 50_000_000 + at,
  });
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name } },
    status: {
      addresses: [{ type: "InternalIP", address }],
      conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: new Date().toISOString() }],
      images: Array.from({ length: 50 }, (_, at) => image(at)),
    },
  };
}

const containers = { containers: [{ name: "cattle-server", image: IMAGE }] };

function deployment(): object {
  return {
    metadata: { name: "cattle", namespace: "cattle-system", generation: 1 },
    spec: { replicas: SERVERS, selector: { matchLabels: { app: "cattle" } }, template: { spec: containers } },
    status: { observedGeneration: 1, replicas: SERVERS, updatedReplicas: SERVERS, availableReplicas: SERVERS },
  };
}

function pod(number: number, nodeName: string, startedAt: string): object {
  return {
    metadata: { name: `cattle-${number}`, namespace: "cattle-system" },
    spec: { ...containers, nodeName },
    status: {
      phase: "Running",
      containerStatuses: [{ name: "cattle-server", imageID: `docker://${IMAGE}`, state: { running: { startedAt } } }],
    },
  };
}

/** Renewed at each request. */
function leaderLock(): object {
  const record = { holderIdentity: "cattle-1", leaseDurationSeconds: 45, renewTime: new Date().toISOString() };
  return { metadata: { annotations: { "control-plane.alpha.kubernetes.io/leader": JSON.stringify(record) } } };
}

function microTime(): string {
  return new Date().toISOString().replace("Z", "000Z");
}
