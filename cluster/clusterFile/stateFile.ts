import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { jsonOf, textIn } from "../json.ts";
import { systemErrorText } from "../systemError.ts";

const ifThere = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);
const text = ifThere(z.string());
const certificate = ifThere(z.object({ certificatePEM: text, keyPEM: text }));
const images = ifThere(z.object({ etcd: text, kubernetes: text }));
const state = ifThere(
  z.object({
    rkeConfig: ifThere(z.object({ kubernetesVersion: text, systemImages: images })),
    certificatesBundle: ifThere(z.object({ "kube-ca": certificate, "kube-service-account-token": certificate })),
    encryptionConfig: text,
  }),
);
const stateSchema = z.object({ desiredState: state, currentState: state }).catch({});

/** What the program reads in RKE's state file, secrets among it; whatever is missing or not as RKE writes it is left out. */
export function rkeState(text: string): z.infer<typeof stateSchema> {
  return stateSchema.parse(jsonOf(text));
}

/**
 * The cluster's Kubernetes version, such as `v1.20.15-rancher2-2`, from what RKE keeps beside the cluster file
 * (cluster/state.go v1.8.0). A cluster file need not name it.
 * @throws Error, a sentence without the file's content, which is secret.
 */
export function readKubernetesVersion(stateFile: string): string {
  let text: string;
  try {
    text = readFileSync(stateFile, "utf8");
  } catch (error) {
    throw new Error(`${stateFile} cannot be read: ${systemErrorText(error)}`);
  }
  const { currentState, desiredState } = rkeState(text);
  const version = currentState?.rkeConfig?.kubernetesVersion || desiredState?.rkeConfig?.kubernetesVersion;
  if (!version) throw new Error(`${stateFile} does not say which Kubernetes version the cluster has`);
  return version;
}

/** The cluster's Kubernetes version; undefined where RKE has not written it down, as before v0.2.0. */
export function kubernetesVersionOf(stateFile: string): string | undefined {
  try {
    return readKubernetesVersion(stateFile);
  } catch {
    return undefined;
  }
}

/** The image of etcd that RKE last brought the cluster up with; undefined where the state does not say. */
export function readEtcdImage(stateFile: string): string | undefined {
  return readDesired(stateFile)?.rkeConfig?.systemImages?.etcd || undefined;
}

/**
 * Whether the state has the cluster's CA without its private key, as after `rke up --custom-certs`. A restore without
 * that flag then ends with "CA Certificate or Key is empty" after the wipe (RKE v1.8.0 cmd/etcd.go, cluster/state.go
 * rebuildExistingState, pki/services.go; rke#1957).
 */
export function isCaKeyMissing(stateFile: string): boolean {
  const ca = readDesired(stateFile)?.certificatesBundle?.["kube-ca"];
  return ca !== undefined && !ca.keyPEM;
}

/** The certificate of the cluster's CA, PEM; undefined where the state has none. */
export function readCa(stateFile: string): string | undefined {
  return readDesired(stateFile)?.certificatesBundle?.["kube-ca"]?.certificatePEM;
}

export function isSameCertificate(one: string | undefined, other: string | undefined): boolean {
  const [mine, others] = [one, other].map((pem) => pem?.replaceAll(/\s/g, ""));
  return mine !== undefined && mine !== "" && mine === others;
}

/**
 * RKE's state file as it goes into a snapshot's zip; undefined where there is none that RKE could restore with: a zip
 * with a broken one ends the restore (v1.8.0 cmd/etcd.go).
 */
export function readStateFile(stateFile: string): string | undefined {
  const text = textIn(stateFile) ?? "";
  return rkeState(text).desiredState && text;
}

function readDesired(stateFile: string): ReturnType<typeof rkeState>["desiredState"] {
  return existsSync(stateFile) ? rkeState(readFileSync(stateFile, "utf8")).desiredState : undefined;
}
