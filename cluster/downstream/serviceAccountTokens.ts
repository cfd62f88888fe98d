import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CustomObjectsApi, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { z } from "zod";
import { loadKubeconfig } from "../kubernetes/kubeconfig.ts";
import { KubernetesReader } from "../kubernetes/reader.ts";
import { sync, writeSynced } from "../stateFolder/keep.ts";
import type { ManagedCluster } from "./connections.ts";

/** In the folder of a safety copy. */
export const TOKENS_FILE = "service-account-tokens.json";

/** A cluster's id and the token with which Rancher logs in to it. */
const tokensSchema = z.array(z.object({ name: z.string(), token: z.string() }));
type Tokens = z.infer<typeof tokensSchema>;

/** The tokens of clusters whose service account is a new one; none where this Rancher has no clusters. */
export async function readTokens(kubeconfig: string): Promise<Tokens> {
  const clusters = await managedClusters(kubeconfig);
  return clusters.flatMap(({ metadata, status }) => {
    const isMigrated = status?.conditions?.some(({ type }) => type === "ServiceAccountMigrated");
    const [name, token] = [metadata?.name, status?.serviceAccountToken];
    return isMigrated && name && token ? [{ name, token }] : [];
  });
}

/** Keeps them for the operator alone. */
export function keepTokens(folder: string, tokens: Tokens): void {
  writeSynced(join(folder, TOKENS_FILE), JSON.stringify(tokens, undefined, 2));
  sync(folder);
}

/** What keepTokens kept; none where it kept none. */
export function keptTokens(folder: string): Tokens {
  const file = join(folder, TOKENS_FILE);
  return existsSync(file) ? tokensSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : [];
}

/** Gives them to Rancher's clusters, where those still are and have others. @returns the ids of the clusters that got one. */
export async function putTokensBack(kubeconfig: string, tokens: Tokens): Promise<string[]> {
  const custom = loadKubeconfig(kubeconfig).makeApiClient(CustomObjectsApi);
  const clusters = await managedClusters(kubeconfig);
  const others = tokens.filter(({ name, token }) =>
    clusters.some(({ metadata, status }) => metadata?.name === name && status?.serviceAccountToken !== token),
  );
  for (const { name, token } of others) {
    await custom.patchClusterCustomObject(
      {
        group: "management.cattle.io",
        version: "v3",
        plural: "clusters",
        name,
        body: { status: { serviceAccountToken: token } },
      },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
  }
  return others.map(({ name }) => name);
}

async function managedClusters(kubeconfig: string): Promise<ManagedCluster[]> {
  return await new KubernetesReader(kubeconfig).rancherObjects<ManagedCluster>("clusters");
}
