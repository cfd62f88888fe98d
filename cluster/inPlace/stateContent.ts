import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { rkeState } from "../clusterFile/stateFile.ts";

/**
 * What of RKE's state file an in-place restore must not change: the data are read with these. RKE's own restore deploys
 * the certificates and the encryption keys that the snapshot's state file has (RKE v1.8.0 cmd/etcd.go). Keys as sha256.
 */
export interface StateContent {
  /** Such as `v1.20.15-rancher2-2`. */
  kubernetesVersion?: string;
  /** The image of all of Kubernetes' components. */
  kubernetesImage?: string;
  ca?: string;
  /** What signs the tokens of service accounts, which are in etcd. */
  serviceAccountKey?: string;
  /** What encrypts secrets in etcd; absent where they are not encrypted. */
  encryption?: string;
}

/** RKE's state file → what matters of it; empty for a text that is none. Nothing secret is kept. */
export function parseStateContent(text: string): StateContent {
  const { desiredState, currentState } = rkeState(text);
  if (!desiredState) return {};
  // RKE empties the current state while it restores.
  const { kubernetesVersion, systemImages } = currentState?.rkeConfig ?? desiredState.rkeConfig ?? {};
  const bundle = desiredState.certificatesBundle ?? {};
  const ca = bundle["kube-ca"]?.certificatePEM;
  const key = bundle["kube-service-account-token"]?.keyPEM;
  return {
    ...(kubernetesVersion && { kubernetesVersion }),
    ...(systemImages?.kubernetes && { kubernetesImage: systemImages.kubernetes }),
    ...(ca && { ca: sha256(ca) }),
    ...(key && { serviceAccountKey: sha256(key) }),
    ...(desiredState.encryptionConfig && { encryption: sha256(desiredState.encryptionConfig) }),
  };
}

/** The state file beside the cluster file; undefined where there is none. */
export function readStateContent(stateFile: string): StateContent | undefined {
  return existsSync(stateFile) ? parseStateContent(readFileSync(stateFile, "utf8")) : undefined;
}

function sha256(text: string): string {
  return createHash("sha256").update(text.trim()).digest("hex");
}
