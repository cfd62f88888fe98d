import semver from "semver";
import { tagOf } from "../../cluster/image.ts";
import { kubectl, type LabCluster } from "../cluster/cluster.ts";
import { forms, namespace } from "../cluster/rancherManifest.ts";
import { rancherVersions } from "../docker/images.ts";
import { Problem } from "../machine/problem.ts";

/** Rancher as restored data have it, and what of the lab runs in its place. */
export interface RestoredRancher {
  deployment: string;
  container: string;
  image: string;
  /** The Service before its pods, with port 80. */
  service: string;
  /** The version of the lab's stand-in. */
  version: string;
  /** Whether the stand-in has another name than the image, so that the Deployment of the snapshot does not start. */
  differs: boolean;
}

interface List<T> {
  items: T[];
}
interface Deployment {
  metadata: { name: string };
  spec: {
    template: {
      metadata: { labels?: Record<string, string> };
      spec: { containers: { name: string; image: string }[] };
    };
  };
}
interface Service {
  metadata: { name: string };
  spec: { selector?: Record<string, string>; ports: { port: number }[] };
}

/** Upgrades that fail: lab/README.md. */
const FAILING = ["v2.6.0", "v2.6.1"];

/** @throws Problem when the cluster holds no Rancher that could be rolled back. */
export async function readRestoredRancher(cluster: LabCluster): Promise<RestoredRancher> {
  const list = async (kind: string) => JSON.parse(await kubectl(cluster, ["-n", namespace, "get", kind, "-o", "json"]));
  return restoredRancher(await list("deployments"), await list("services"));
}

/** @throws Problem */
export function restoredRancher(deployments: List<Deployment>, services: List<Service>): RestoredRancher {
  const names = Object.values(forms).map(({ deployment }) => deployment);
  const found = deployments.items.find(({ metadata }) => names.includes(metadata.name));
  if (!found) throw new Problem(`the snapshot holds no Rancher: no Deployment ${names.join(" or ")} in ${namespace}`);
  const { metadata, spec } = found.spec.template;
  const container = spec.containers.find(({ image }) => /(^|\/)rancher[:@]/.test(image)) ?? spec.containers[0];
  const service = services.items.find(
    ({ spec: { selector, ports } }) =>
      selector !== undefined &&
      Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value) &&
      ports.some(({ port }) => port === 80),
  );
  if (!container || !service)
    throw new Problem(`the snapshot's Rancher has no Service with port 80 in ${namespace}, so nothing can ask it`);
  const version = standInFor(tagOf(container.image) ?? "");
  return {
    deployment: found.metadata.name,
    ...{ container: container.name, image: container.image, service: service.metadata.name, version },
    differs: container.image !== `rancher/rancher:${version}`,
  };
}

/** The lab's Rancher for a version: that very one, else the newest one before it, else the oldest. */
export function standInFor(version: string): string {
  const good = rancherVersions.filter((one) => !FAILING.includes(one));
  const wanted = semver.coerce(version);
  const notNewer = good.filter((one) => wanted && semver.lte(one, wanted));
  return notNewer.at(-1) ?? (good[0] as string);
}
