import type { OpenedSnapshot } from "../opened/open.ts";
import { FLEET_CLUSTER, FLEET_CLUSTERS } from "./questions.ts";

/** What fleet has deployed into a cluster: below the namespace that fleet has made for it. */
const BUNDLE_DEPLOYMENTS = "/registry/fleet.cattle.io/bundledeployments/";
/** The names of Rancher's own parts in a cluster. */
const OWN = /^(fleet-agent-|mcc-)/;

/**
 * By the id of a cluster, what fleet has deployed into it since the snapshot. fleet's agent uninstalls the releases of Helm
 * that it finds no BundleDeployment for (rancher/fleet internal/cmd/agent/deployer/cleanup).
 */
export function deployedSince({ opened, live, answers }: OpenedSnapshot): Map<string, string[]> {
  const found = new Map<string, string[]>();
  if ("unknown" in live) return found;
  const ids = new Map<unknown, unknown>();
  for (const [key, { opened: before, live: now }] of answers) {
    if (!key.startsWith(FLEET_CLUSTERS)) continue;
    const first = (path: string) => (now[path] ?? before[path])?.[0];
    ids.set(first(FLEET_CLUSTER.namespace), first(FLEET_CLUSTER.id));
  }
  for (const key of live.keys.keys()) {
    if (!key.startsWith(BUNDLE_DEPLOYMENTS) || opened.keys.has(key)) continue;
    const [namespace, name = ""] = key.slice(BUNDLE_DEPLOYMENTS.length).split("/");
    const id = ids.get(namespace);
    if (typeof id === "string" && !OWN.test(name)) found.set(id, [...(found.get(id) ?? []), name]);
  }
  return found;
}
