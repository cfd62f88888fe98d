import { loadKubeconfig } from "../../../cluster/kubernetes/kubeconfig.ts";
import { changesBetween } from "../diff.ts";
import type { Difference, Failure, Provider } from "../provider.ts";
import { isUnknown, type Properties, reveal, same } from "../values.ts";
import { Api } from "./api.ts";
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

const SETTINGS = new Set(["kubeconfig", "clusterIdentifier", "version"]);

export function checkConfig(config: Properties): Failure[] {
  const environment = Object.keys(process.env).filter((name) => name.startsWith("PULUMI_K8S_"));
  return [
    ...[...Object.keys(config), ...environment]
      .filter((setting) => !SETTINGS.has(setting))
      .map((setting) => ({
        property: setting,
        reason: `the lab's stand-in for the Kubernetes plugin does not know ${setting}`,
      })),
    ...(typeof reveal(config.kubeconfig) === "string"
      ? []
      : [{ property: "kubeconfig", reason: "kubeconfig must be the path of a kubeconfig" }]),
  ];
}

/** Another cluster means that everything on it is replaced; what another cluster is, the identifier tells if it can. */
export function diffConfig(before: Properties, after: Properties): Difference {
  const changes = changesBetween(before, after);
  if (changes.size === 0) return { changes, replaces: [] };
  const [was, is] = [reveal(before.clusterIdentifier), reveal(after.clusterIdentifier)];
  if (is !== undefined && same(was, is)) return { changes, replaces: [] };
  const replaces = was !== undefined && is !== undefined ? ["clusterIdentifier"] : [];
  if (isUnknown(reveal(after.kubeconfig))) return { changes, replaces: [...replaces, "kubeconfig"] };
  return { changes, replaces: [...replaces, ...(clusterChanged(before, after) ? ["kubeconfig"] : [])] };
}

function clusterChanged(before: Properties, after: Properties): boolean {
  if (!("kubeconfig" in before)) return false;
  const [was, is] = [before, after].map(({ kubeconfig }) =>
    loadKubeconfig(String(reveal(kubeconfig))).getCurrentCluster(),
  );
  return Boolean(was && is) && JSON.stringify(was) !== JSON.stringify(is);
}

/** Found out once, here: a cluster that comes up later does not become reachable for this provider. */
async function findCluster(kubeconfig: string): Promise<Cluster> {
  let api: Api;
  try {
    api = new Api(loadKubeconfig(kubeconfig));
  } catch (error) {
    const reason = messageOf(error);
    return { unreachable: `failed to parse kubeconfig data in \`kubernetes:config:kubeconfig\`- ${reason}` };
  }
  try {
    await api.request("GET", "/apis/apps/v1");
    return { api };
  } catch (error) {
    return { unreachable: `unable to load schema information from the API server: ${messageOf(error)}` };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
