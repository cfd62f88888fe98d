import { rancherVersions } from "../docker/images.ts";
import { Problem } from "../machine/problem.ts";
import { type Progress, timed, waitFor } from "../machine/progress.ts";
import type { LabCluster } from "./cluster.ts";
import { kubectl, tryKubectl } from "./kubectl.ts";

const namespace = "cattle-system";
const port = 30080;

export function rancherUrlOf(address: string): string {
  return `http://${address}:${port}`;
}

/** Installs Rancher at a version, or brings it there, and waits until it answers with that version. */
export async function deployRancher(cluster: LabCluster, version: string, progress: Progress): Promise<void> {
  mustBeKnown(version);
  await timed(progress, `cluster ${cluster.name}: Rancher ${version}`, async () => {
    await kubectl(cluster, ["apply", "-f", "-"], rancherManifest(version));
    const rollout = ["-n", namespace, "rollout", "status", "deployment/cattle", "--timeout", "90s"];
    const done = await tryKubectl(cluster, ["--request-timeout", "0", ...rollout]);
    const answered =
      done.code === 0 && (await waitFor(async () => (await rancherVersion(cluster)) === version, 30_000));
    if (answered) return;
    const logs = await tryKubectl(cluster, ["-n", namespace, "logs", "deployment/cattle", "--tail", "3"]);
    throw new Problem(
      `Rancher ${version} does not answer on ${cluster.rancherUrl}: ${done.stderr.trim()}\n${logs.stdout}`,
    );
  });
}

/** Sets the image and nothing else: an operator's upgrade, which may fail. */
export async function setRancherImage(cluster: LabCluster, version: string): Promise<void> {
  mustBeKnown(version);
  await kubectl(cluster, [
    "-n",
    namespace,
    "set",
    "image",
    "deployment/cattle",
    `cattle-server=rancher/rancher:${version}`,
  ]);
}

/** The version Rancher answers with, or undefined when it does not answer. */
export async function rancherVersion(cluster: LabCluster): Promise<string | undefined> {
  try {
    const answer = await fetch(`${cluster.rancherUrl}/v3/settings/server-version`, {
      signal: AbortSignal.timeout(3000),
    });
    return ((await answer.json()) as { value?: string }).value;
  } catch {
    return undefined;
  }
}

function mustBeKnown(version: string): void {
  if (rancherVersions.includes(version)) return;
  throw new Problem(
    `the lab has no Rancher ${version}, only ${rancherVersions.join(", ")} (v2.6.0 is the one that fails)`,
  );
}

function rancherManifest(version: string): string {
  const labels = { app: "cattle" };
  const objects = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "cattle-admin", namespace } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "cattle-crb" },
      subjects: [{ kind: "ServiceAccount", name: "cattle-admin", namespace }],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "cattle-service", namespace, labels },
      spec: { type: "NodePort", selector: labels, ports: [{ name: "http", port: 80, nodePort: port }] },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "cattle", namespace, labels },
      spec: {
        replicas: 3,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: "cattle-admin",
            terminationGracePeriodSeconds: 2,
            tolerations: [{ operator: "Exists" }],
            containers: [
              {
                name: "cattle-server",
                image: `rancher/rancher:${version}`,
                imagePullPolicy: "IfNotPresent",
                ports: [{ containerPort: 80 }],
                readinessProbe: { httpGet: { path: "/ping", port: 80 }, periodSeconds: 2 },
              },
            ],
          },
        },
      },
    },
  ];
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
}
