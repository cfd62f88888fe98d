import { dirname, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { readText } from "../clusterFile/encoding.ts";
import { Fields } from "../clusterFile/fields.ts";
import { valueIn } from "../clusterFile/rkeYaml.ts";
import { textIn } from "../json.ts";
import type { DeploymentRef } from "../kubernetes/deployment.ts";
import type { Problem } from "../problem.ts";

/**
 * The operator's own add-ons: the texts of `addons` and `addons_include` in the cluster file. RKE applies them by a job, last in
 * every `rke up` and in the one within `rke etcd snapshot-restore` (v1.8.0: cmd/etcd.go, RestoreEtcdSnapshot; cmd/up.go,
 * ClusterUp; cluster/cluster.go, ConfigureCluster; cluster/addons.go, deployUserAddOns). From v1.3.15 on the job always
 * runs again (v1.3.15 and v1.8.0: k8s/job.go, ApplyK8sSystemJob; rke#3033). Before, it does so only where its text differs from
 * the ConfigMap that RKE has kept of it, which a restore takes back as well, or where it had not completed.
 */
interface Addon {
  /** The key of the cluster file that brings it. */
  key: "addons" | "addons_include";
  file: string;
  /** Of that file, or of the value of `addons`. */
  text: string;
}

/** Rancher as the rollback starts it. */
type Wanted = DeploymentRef & { image: string };

/** Rancher's image under any registry. */
const IS_RANCHER_IMAGE = /^(?:.*\/)?rancher\/rancher(?:[:@].*)?$/;

/**
 * The Ranchers in add-ons that are other than the one that the rollback starts: its own runs of RKE would start them on the
 * restored data, in place in the last `rke up`, by RKE before the image is set. The same image under another name is another
 * one, too: the verification that follows wants the name that was set.
 * @throws ClusterFileError where the cluster file cannot be read.
 */
export function otherRancherInAddons(clusterFile: string, wanted: Wanted): Problem[] {
  return readAddons(clusterFile).read.flatMap((addon) => {
    const images = new Set(imagesIn(addon.text, wanted).filter((one) => one !== wanted.image));
    return [...images].map((image) => otherRancher(addon, image, wanted));
  });
}

/** Entries of `addons_include` whose content is not known here, without passwords and signatures: addresses, and what is no file. */
export function unreadAddons(clusterFile: string): string[] {
  return readAddons(clusterFile).unread;
}

function otherRancher({ key, file, text }: Addon, image: string, wanted: Wanted): Problem {
  const lines = linesOf(key === "addons" ? readText(file).text : text, image);
  const named = key === "addons" ? `addons in ${file}` : `${file}, which addons_include names,`;
  const at = lines.length > 0 ? ` at ${lines.length > 1 ? "lines" : "line"} ${lines.join(" and ")}` : "";
  const inside = at === "" && key === "addons" ? ", in addons" : at;
  return {
    message: `${named} has the image ${image}: RKE deploys that with every \`rke up\`, also with those of this rollback, and this Rancher would start on the restored data in the place of ${wanted.image}`,
    remedy: `write image: ${wanted.image} in ${file}${inside}`,
  };
}

/** Where an image stands as a value of its own, from 1. */
function linesOf(text: string, image: string): number[] {
  return imagesByLine(text).flatMap((one, at) => (one === image ? [at + 1] : []));
}

/** The image that each line gives as a value of its own; comments give none. */
function imagesByLine(text: string): (string | undefined)[] {
  return text.split("\n").map((line) => /^[^#]*\bimage["']?\s*:\s*["']?([^\s"',}]+)/.exec(line)?.[1]);
}

function readAddons(clusterFile: string): { read: Addon[]; unread: string[] } {
  const source = readText(clusterFile).text;
  const addons = valueIn(source, "addons");
  const read: Addon[] = addons === undefined ? [] : [{ key: "addons", file: clusterFile, text: addons }];
  const unread: string[] = [];
  for (const entry of Fields.read(source).texts("addons_include")) {
    // RKE runs in the cluster file's folder, and expands no `~`.
    const file = resolve(dirname(clusterFile), entry);
    const text = entry.startsWith("http") ? undefined : textIn(file);
    if (text === undefined) unread.push(withoutSecrets(entry));
    else read.push({ key: "addons_include", file, text });
  }
  return { read, unread };
}

function withoutSecrets(entry: string): string {
  if (!URL.canParse(entry)) return entry.replace(/(:\/\/).*@/, "$1").replace(/(:\/\/[^?#]*).*/, "$1");
  const { protocol, host, pathname } = new URL(entry);
  return `${protocol}//${host}${pathname}`;
}

/** Rancher's images in an add-on: those of the Deployment's container, whatever they are called, and those of its name. */
function imagesIn(text: string, wanted: DeploymentRef): string[] {
  const objects = objectsIn(text);
  if (objects === undefined)
    return imagesByLine(text).flatMap((image) => (image !== undefined && IS_RANCHER_IMAGE.test(image) ? [image] : []));
  return objects.flatMap((object) => [...ofDeployment(object, wanted), ...namedAsRancher(object)]);
}

/** Its documents, and the items of its lists; undefined where it is no YAML. */
function objectsIn(text: string): unknown[] | undefined {
  const documents = parseAllDocuments(text, { uniqueKeys: false, merge: true });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return undefined;
  try {
    return documents.flatMap((document) => {
      const object: unknown = document.toJS();
      const items = at(object, "items");
      return Array.isArray(items) ? items : [object];
    });
  } catch {
    // Aliases that lead nowhere, or to too much.
    return undefined;
  }
}

function ofDeployment(object: unknown, { namespace, deployment, container }: DeploymentRef): string[] {
  const isIt =
    at(object, "kind") === "Deployment" &&
    at(object, "metadata", "name") === deployment &&
    at(object, "metadata", "namespace") === namespace;
  return isIt ? imagesOf(containersOf(object).filter((one) => at(one, "name") === container)) : [];
}

/** A Rancher that serves: a job may have its image for the tools in it. */
function namedAsRancher(object: unknown): string[] {
  if (at(object, "kind") === "Job") return [];
  return imagesOf(containersOf(object)).filter((image) => IS_RANCHER_IMAGE.test(image));
}

/** Of a Pod, or of what makes pods. */
function containersOf(object: unknown): unknown[] {
  const containers = at(object, "spec", "template", "spec", "containers") ?? at(object, "spec", "containers");
  return Array.isArray(containers) ? containers : [];
}

function imagesOf(containers: unknown[]): string[] {
  return containers.map((one) => at(one, "image")).filter((image) => typeof image === "string");
}

function at(object: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | null | undefined)?.[key], object);
}
