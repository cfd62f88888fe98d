import { deployRancher, forgetLocks, kubectl, type LabCluster, type Progress } from "./cluster.ts";

/** The users Rancher knows, by its own API, sorted. */
export async function users({ rancherUrl }: LabCluster): Promise<string[]> {
  const { data } = (await ask(`${rancherUrl}/v3/users`)) as { data: { username?: string }[] };
  return data.map(({ username }) => username ?? "(unreadable)").sort();
}

/** Adds a user through Rancher's API. */
export async function addUser({ rancherUrl }: LabCluster, username: string): Promise<void> {
  await ask(`${rancherUrl}/v3/users`, { method: "POST", body: JSON.stringify({ username }) });
}

/** Rancher at a version and without any data, whatever an upgrade or a rollback has made of it before. */
export async function freshRancher(cluster: LabCluster, version: string, progress: Progress): Promise<void> {
  await forgetLocks(cluster);
  await kubectl(cluster, [
    "delete",
    "namespace",
    "cattle-system",
    "before-snapshot",
    "after-snapshot",
    "--ignore-not-found",
  ]);
  const kinds = (await kubectl(cluster, ["get", "crd", "-o", "name"]))
    .split("\n")
    .filter((name) => name.includes(".cattle.io"));
  if (kinds.length > 0) await kubectl(cluster, ["delete", ...kinds]);
  await deployRancher(cluster, version, progress);
}

/** Those namespaces that a rehearsal makes, sorted. */
export async function namespaces(cluster: LabCluster): Promise<string[]> {
  const names = await kubectl(cluster, ["get", "namespaces", "-o", "jsonpath={.items[*].metadata.name}"]);
  return names
    .split(/\s+/)
    .filter((name) => /^(before|after)-/.test(name))
    .sort();
}

async function ask(url: string, request: RequestInit = {}): Promise<unknown> {
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${url} answers with HTTP ${response.status}: ${await response.text()}`);
  return await response.json();
}
