/** A Docker release line with the Kubernetes minor versions under which RKE supports it: the first and the last one. */
type Line = readonly [docker: string, first: number, last?: number];

/** `K8sVersionDockerInfo` in the metadata of RKE v1.8.0 (data/data.json), Kubernetes 1.9 to 1.32, the other way round. */
const LINES: readonly Line[] = [
  ["1.11", 9, 13],
  ["1.12", 9, 13],
  ["1.13", 9],
  ["17.03", 9],
  ["17.06", 12],
  ["17.09", 12],
  ["18.06", 9],
  ["18.09", 9],
  ["19.03", 9],
  ["20.10", 9],
  ["23.0", 23],
  ["24.0", 23],
  ["25.0", 25],
  ["26.0", 27],
  ["26.1", 27],
  ["27.0", 27],
  ["27.1", 27],
  ["27.2", 27],
  ["27.3", 27],
  ["27.4", 27],
  ["27.5", 28],
];

/**
 * The Docker release lines (`20.10`) that RKE supports for a Kubernetes version such as `v1.20.15-rancher2-2`. RKE drops a
 * host with another one from the cluster with no more than a warning.
 * @throws Error when the text is not a Kubernetes version that RKE1 can have.
 */
export function supportedDocker(kubernetesVersion: string): string[] {
  const minor = Number(/^v?1\.(\d+)(\.|$)/.exec(kubernetesVersion)?.[1] ?? Number.NaN);
  if (!(minor >= 9 && minor <= 32))
    throw new Error(`"${kubernetesVersion}" is not a Kubernetes version of RKE, 1.9 to 1.32`);
  return LINES.filter(([, first, last = minor]) => first <= minor && minor <= last).map(([docker]) => docker);
}

/** `20.10.24+dfsg1` → `20.10`; undefined for what is not a version. Debian writes an epoch before it, and 17.03 as 17.03. */
export function dockerLine(version: string): string | undefined {
  const [, major, minor] = /^(?:\d+:)?(\d+)\.(\d+)(?:[.~+-]|$)/.exec(version) ?? [];
  return major === undefined ? undefined : `${major}.${minor}`;
}
