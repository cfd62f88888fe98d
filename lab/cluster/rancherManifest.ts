import { labToken } from "./rancherApi.ts";

/** How Rancher is installed: by the RKE add-on of the runbook's time, or by the Helm chart. */
export type RancherForm = "add-on" | "chart";

export const namespace = "cattle-system";
/** Rancher redirects http on a port to https on the port that ends in 443 of the same thousand. */
export const ports = { http: 30080, https: 30443 };

/** What the Deployment and its container are called (Rancher v2.0.8 rke-templates, v2.5.8 chart/templates). */
export const forms = {
  "add-on": { deployment: "cattle", container: "cattle-server", account: "cattle-admin", service: "cattle-service" },
  chart: { deployment: "rancher", container: "rancher", account: "rancher", service: "rancher" },
} satisfies Record<RancherForm, { deployment: string; container: string; account: string; service: string }>;

export function rancherManifest(form: RancherForm, version: string, url: string): string {
  const { deployment, account, service } = forms[form];
  const labels = { app: deployment };
  const objects = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: account, namespace } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: form === "chart" ? "rancher" : "cattle-crb" },
      subjects: [{ kind: "ServiceAccount", name: account, namespace }],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: service, namespace, labels },
      spec: {
        type: "NodePort",
        selector: labels,
        ports: [
          { name: "http", port: 80, nodePort: ports.http },
          { name: "https", port: 443, nodePort: ports.https },
        ],
      },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: deployment, namespace, labels: { ...labels, ...chartLabels(form, version) } },
      spec: {
        replicas: 3,
        selector: { matchLabels: labels },
        ...(form === "chart" && {
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
        }),
        template: {
          metadata: { labels: { ...labels, ...(form === "chart" && { release: "rancher" }) } },
          spec: {
            serviceAccountName: account,
            tolerations: [{ operator: "Exists" }],
            containers: [container(form, version, url)],
          },
        },
      },
    },
  ];
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
}

function chartLabels(form: RancherForm, version: string): object {
  return form === "chart" ? { chart: `rancher-${version.slice(1)}`, heritage: "Helm", release: "rancher" } : {};
}

/** The add-on has no probes: its pods count as available when their containers run. */
function container(form: RancherForm, version: string, url: string): object {
  const healthz = { path: "/healthz", port: 80 };
  return {
    name: forms[form].container,
    image: `rancher/rancher:${version}`,
    imagePullPolicy: "IfNotPresent",
    ports: [{ containerPort: 80 }, { containerPort: 443 }],
    env: [
      { name: "CATTLE_SERVER_URL", value: url },
      { name: "LAB_TOKEN", value: labToken },
    ],
    ...(form === "chart" && {
      livenessProbe: { httpGet: healthz, initialDelaySeconds: 60, periodSeconds: 30 },
      readinessProbe: { httpGet: healthz, initialDelaySeconds: 5, periodSeconds: 30 },
    }),
  };
}
