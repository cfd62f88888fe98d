import { type Api, ApiError } from "../../../lab/pulumi-stand-ins/kubernetes/api.ts";
import type { Properties } from "../../../lab/pulumi-stand-ins/values.ts";

/** A Kubernetes API with one Deployment that rolls out, or does not, as the test wants it. */
export class FakeApi {
  readonly requests: { method: string; path: string; body?: Properties }[] = [];
  image = "app:1";
  annotations: Properties = {};
  replicas = { wanted: 2, ready: 2 };
  /** Why the containers of the pods wait. */
  waiting: { reason: string; message: string } | undefined;
  /** What the next PATCH is answered. */
  refusal: ApiError | undefined;
  gone = false;

  get api(): Api {
    return this as unknown as Api;
  }

  async request(method: string, path: string, body?: Properties): Promise<Properties> {
    this.requests.push({ method, path, ...(body && { body }) });
    if (this.gone) throw new ApiError(404, { message: 'deployments.apps "web" not found' }, "");
    if (path.includes("/replicasets")) return { items: [this.replicaSet()] };
    if (path.includes("/pods")) return { items: [this.pod()] };
    if (method === "PATCH") this.patch(path, body ?? {});
    return this.deployment();
  }

  private patch(path: string, body: Properties): void {
    if (this.refusal) throw this.refusal;
    if (path.includes("dryRun")) return;
    const { metadata, spec } = body as {
      metadata: { annotations?: Properties };
      spec?: { template: { spec: { containers: { image: string }[] } } };
    };
    this.annotations = metadata.annotations ?? {};
    this.image = spec?.template.spec.containers[0]?.image ?? this.image;
  }

  private deployment(): Properties {
    const done = this.replicas.ready >= this.replicas.wanted;
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        namespace: "apps",
        name: "web",
        uid: "d",
        generation: 7,
        annotations: { "deployment.kubernetes.io/revision": "3", ...this.annotations },
      },
      spec: {
        replicas: this.replicas.wanted,
        template: { spec: { containers: [{ name: "main", image: this.image }] } },
      },
      status: {
        observedGeneration: 7,
        conditions: [
          { type: "Available", status: "True" },
          { type: "Progressing", status: "True", reason: done ? "NewReplicaSetAvailable" : "ReplicaSetUpdated" },
        ],
      },
    };
  }

  private replicaSet(): Properties {
    return {
      metadata: {
        uid: "rs",
        ownerReferences: [{ uid: "d" }],
        annotations: { "deployment.kubernetes.io/revision": "3" },
      },
      spec: { replicas: this.replicas.wanted },
      status: { readyReplicas: this.replicas.ready },
    };
  }

  private pod(): Properties {
    return {
      metadata: { namespace: "apps", name: "web-x", ownerReferences: [{ uid: "rs" }] },
      status: { containerStatuses: [{ name: "main", state: this.waiting ? { waiting: this.waiting } : {} }] },
    };
  }
}
