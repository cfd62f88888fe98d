import { z } from "zod";
import type { KubernetesReader } from "../kubernetes/reader.ts";

/** A cluster that Rancher manages, as it last saw it. */
export const connectionSchema = z.object({
  id: z.string(),
  name: z.string(),
  ready: z.boolean(),
  connected: z.boolean().optional().describe("absent where this Rancher does not say it"),
  wantedKubernetes: z.string().optional().describe("of an RKE1 cluster: the version that Rancher is asked for"),
});
export type Connection = z.infer<typeof connectionSchema>;

export interface ManagedCluster {
  metadata?: { name?: string };
  spec?: { displayName?: string; rancherKubernetesEngineConfig?: { kubernetesVersion?: string } };
  status?: { serviceAccountToken?: string; conditions?: { type: string; status: string }[] };
}

/** The clusters that Rancher manages, but the one that it runs on, and whether they are ready; none where this Rancher has none. */
export async function readConnections(api: KubernetesReader): Promise<Connection[]> {
  const clusters = await api.rancherObjects<ManagedCluster>("clusters");
  return clusters
    .filter(({ metadata }) => metadata?.name !== "local")
    .map(({ metadata, spec, status }) => {
      const id = metadata?.name ?? "";
      const condition = (wanted: string) => status?.conditions?.find(({ type }) => type === wanted)?.status === "True";
      const tells = status?.conditions?.some(({ type }) => type === "Connected") ?? false;
      const wantedKubernetes = spec?.rancherKubernetesEngineConfig?.kubernetesVersion;
      return {
        ...{ id, name: spec?.displayName ?? id, ready: condition("Ready") },
        ...(tells && { connected: condition("Connected") }),
        ...(wantedKubernetes && { wantedKubernetes }),
      };
    });
}

/** Whether Rancher works with it. */
export function isWell({ ready, connected = true }: Connection): boolean {
  return ready && connected;
}

/** In words; undefined where there are none. */
export function connectionsText(all: Connection[]): string | undefined {
  if (all.length === 0) return undefined;
  const not = all.filter((one) => !isWell(one));
  const names = not.map(({ name, connected }) => `${name} (${connected === false ? "not connected" : "not ready"})`);
  return `${all.length - not.length} of ${all.length} ready${names.length > 0 ? `; not: ${names.join(", ")}` : ""}`;
}
