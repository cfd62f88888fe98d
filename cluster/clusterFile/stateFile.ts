import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { jsonOf } from "../json.ts";
import { systemErrorText } from "../systemError.ts";

const version = z.object({ rkeConfig: z.object({ kubernetesVersion: z.string().min(1) }) });
const versionSchema = z.union([
  z.object({ currentState: version }).transform(({ currentState }) => currentState),
  z.object({ desiredState: version }).transform(({ desiredState }) => desiredState),
]);
const etcdImageSchema = z.object({
  desiredState: z.object({ rkeConfig: z.object({ systemImages: z.object({ etcd: z.string().min(1) }) }) }),
});
const caSchema = z.object({
  desiredState: z.object({
    certificatesBundle: z.object({
      "kube-ca": z.object({ keyPEM: z.string().optional(), certificatePEM: z.string().optional() }),
    }),
  }),
});

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
  const found = versionSchema.safeParse(jsonOf(text));
  if (!found.success) throw new Error(`${stateFile} does not say which Kubernetes version the cluster has`);
  return found.data.rkeConfig.kubernetesVersion;
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
  if (!existsSync(stateFile)) return undefined;
  const found = etcdImageSchema.safeParse(jsonOf(readFileSync(stateFile, "utf8")));
  return found.success ? found.data.desiredState.rkeConfig.systemImages.etcd : undefined;
}

/**
 * Whether the state has the cluster's CA without its private key, as after `rke up --custom-certs`. A restore without
 * that flag then ends with "CA Certificate or Key is empty" after the wipe (RKE v1.8.0 cmd/etcd.go, cluster/state.go
 * rebuildExistingState, pki/services.go; rke#1957).
 */
export function isCaKeyMissing(stateFile: string): boolean {
  if (!existsSync(stateFile)) return false;
  const found = caSchema.safeParse(jsonOf(readFileSync(stateFile, "utf8")));
  return found.success && !found.data.desiredState.certificatesBundle["kube-ca"].keyPEM;
}

/** The certificate of the cluster's CA, PEM; undefined where the state has none. */
export function readCa(stateFile: string): string | undefined {
  if (!existsSync(stateFile)) return undefined;
  const found = caSchema.safeParse(jsonOf(readFileSync(stateFile, "utf8")));
  return found.success ? found.data.desiredState.certificatesBundle["kube-ca"].certificatePEM : undefined;
}

/** Whether two PEM texts are one certificate. */
export function isSameCertificate(one: string | undefined, other: string | undefined): boolean {
  const [mine, others] = [one, other].map((pem) => pem?.replaceAll(/\s/g, ""));
  return mine !== undefined && mine !== "" && mine === others;
}

/**
 * RKE's state file as it goes into a snapshot's zip; undefined where there is none that RKE could restore with: a zip
 * with a broken one ends the restore (v1.8.0 cmd/etcd.go).
 */
export function readStateFile(stateFile: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(stateFile, "utf8");
  } catch {
    return undefined;
  }
  return z.object({ desiredState: z.object({}) }).safeParse(jsonOf(text)).success ? text : undefined;
}
