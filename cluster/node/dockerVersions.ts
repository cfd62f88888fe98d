/** Docker release lines with the Kubernetes minor versions under which RKE supports them: the first and the last one. */
type Lines = readonly [docker: string, first: number, last?: number];

/** `K8sVersionDockerInfo` in the metadata of RKE v1.8.0 (data/data.json), Kubernetes 1.9 to 1.32, the other way round. */
const LINES: readonly Lines[] = [
  ["1.11 1.12", 9, 13],
  ["1.13 17.03", 9],
  ["17.06 17.09", 12],
  ["18.06 18.09 19.03 20.10", 9],
  ["23.0 24.0", 23],
  ["25.0", 25],
  ["26.0 26.1 27.0 27.1 27.2 27.3 27.4", 27],
  ["27.5", 28],
];

/**
 * The Docker release lines (`20.10`) that RKE supports for a Kubernetes version such as `v1.20.15-rancher2-2`. RKE drops a
 * host with another one from the cluster with no more than a warning.
 * @throws Error when the text is not a Kubernetes version that RKE1 can have.
 */
export function supportedDocker(kubernetesVersion: string): string[] {
  if (!isOfRke(kubernetesVersion))
    throw new Error(`"${kubernetesVersion}" is not a Kubernetes version of RKE, 1.9 to 1.32`);
  const minor = minorOf(kubernetesVersion);
  return LINES.filter(([, first, last = minor]) => first <= minor && minor <= last).flatMap(([docker]) =>
    docker.split(" "),
  );
}

/** Whether it is one of the Kubernetes versions that RKE can have. */
export function isOfRke(kubernetesVersion: string): boolean {
  const minor = minorOf(kubernetesVersion);
  return minor >= 9 && minor <= 32;
}

function minorOf(kubernetesVersion: string): number {
  return Number(/^v?1\.(\d+)(\.|$)/.exec(kubernetesVersion)?.[1] ?? Number.NaN);
}

/** Whether RKE supports this Docker for a Kubernetes version. @throws as supportedDocker. */
export function isSupportedDocker(docker: string, kubernetesVersion: string): boolean {
  return supportedDocker(kubernetesVersion).includes(dockerLine(docker) ?? "");
}

/** `20.10.24+dfsg1` → `20.10`; undefined for what is not a version. Debian writes an epoch before it, and 17.03 as 17.03. */
export function dockerLine(version: string): string | undefined {
  const [, major, minor] = /^(?:\d+:)?(\d+)\.(\d+)(?:[.~+-]|$)/.exec(version) ?? [];
  return major === undefined ? undefined : `${major}.${minor}`;
}
