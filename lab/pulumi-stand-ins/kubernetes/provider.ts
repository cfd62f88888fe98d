import { apiErrorMessage } from "../../../cluster/kubernetes/apiError.ts";
import { KubernetesReader } from "../../../cluster/kubernetes/reader.ts";
import { changesBetween } from "../diff.ts";
import type { Difference, Failure, Provider } from "../provider.ts";
import { type Properties, reveal } from "../values.ts";
import { type Cluster, deploymentPatch } from "./deploymentPatch.ts";

/** A stand-in for the official Kubernetes plugin: a provider and `apps.v1.DeploymentPatch`, and nothing else. */
export function kubernetesProvider(): Provider {
  const stop = new AbortController();
  let cluster: Cluster = { unreachable: "the provider's configuration is not known yet" };
  return {
    name: "kubernetes",
    version: "4.34.2",
    checkConfig,
    diffConfig,
    configure: async (config) => {
      cluster = await findCluster(String(reveal(config.kubeconfig)));
    },
    resources: { "kubernetes:apps/v1:DeploymentPatch": deploymentPatch(() => cluster, stop.signal) },
    cancel: () => stop.abort(),
  };
}

const SETTINGS = ["kubeconfig", "clusterIdentifier"];

export function checkConfig(config: Properties): Failure[] {
  const environment = Object.keys(process.env).filter((name) => name.startsWith("PULUMI_K8S_"));
  const unknown = [...Object.keys(config), ...environment].filter((name) => ![...SETTINGS, "version"].includes(name));
  const missing = SETTINGS.filter((name) => typeof reveal(config[name]) !== "string");
  const failure = (property: string, what: string) => ({
    property,
    reason: `the lab's stand-in for the Kubernetes plugin ${what} ${property}`,
  });
  return [
    ...unknown.map((property) => failure(property, "does not know")),
    ...missing.map((property) => failure(property, "needs")),
  ];
}

/** Another cluster, which the identifier tells, means that everything on it is replaced. */
export function diffConfig(before: Properties, after: Properties): Difference {
  const changes = changesBetween(before, after);
  return { changes, replaces: changes.has("clusterIdentifier") ? ["clusterIdentifier"] : [] };
}

/** Found out once, here: a cluster that comes up later does not become reachable for this provider. */
async function findCluster(kubeconfig: string): Promise<Cluster> {
  try {
    await new KubernetesReader(kubeconfig).version();
    return { kubeconfig };
  } catch (error) {
    return { unreachable: `unable to load schema information from the API server: ${apiErrorMessage(error)}` };
  }
}
